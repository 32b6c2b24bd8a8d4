"""Connections that are kept."""

import asyncio
import socket

import pytest
import uvloop
from tests.models.asking import QUESTION, STREAMED, announced, client, everything, one
from tests.stub_upstream import StubUpstream, events, stall

from sekisho.core.errors import UpstreamBroken, UpstreamTimeout, UpstreamUnreachable
from sekisho.core.settings import Model, Timeouts
from sekisho.models.endpoint import Endpoint
from sekisho.models.flaw import Flaw
from sekisho.models.pool import Pool


def pool(url, most_idle=2):
    return Pool("m", Endpoint.of(url, "here"), Timeouts(), most_idle)


async def test_the_newest_connection_is_used_first():
    async with StubUpstream() as stub:
        kept = pool(stub.url)
        older, newer = await kept.connect(1.0), await kept.connect(1.0)
        kept.rest(older)
        kept.rest(newer)
        assert [kept.take(), kept.take(), kept.take()] == [newer, older, None]
        await kept.close()


async def test_no_more_are_kept_at_rest_than_allowed():
    async with StubUpstream() as stub:
        kept = pool(stub.url, most_idle=1)
        connections = [await kept.connect(1.0) for _ in range(3)]
        for connection in connections:
            kept.rest(connection)
        assert kept.take() is connections[0]
        assert kept.take() is None
        await kept.close()
        assert kept.size == 0


async def test_a_connection_that_the_server_closed_is_forgotten():
    async with StubUpstream() as stub, one(stub) as models:
        await models.complete(["m"], QUESTION)
        await stub.hang_up()
        await models.complete(["m"], QUESTION)
        assert stub.connections == 2


class Given(Pool):
    """A pool whose asker gives up at the moment in which its connection opens."""

    asker: "asyncio.Task[object] | None" = None

    def opened(self, connection):
        super().opened(connection)
        self.asker.cancel()


def test_a_connection_that_is_given_up_as_it_opens_is_forgotten():
    async def given_up():
        async with StubUpstream() as stub:
            kept = Given("m", Endpoint.of(stub.url, "here"), Timeouts(), 2)
            kept.asker = asyncio.create_task(kept.connect(1.0))
            with pytest.raises(asyncio.CancelledError):
                await kept.asker
            await asyncio.wait_for(kept.close(), 300)
            assert kept.size == 0

    uvloop.run(given_up())


async def test_nobody_listening_is_unreachable():
    async with StubUpstream() as stub:
        url = stub.url
    with pytest.raises(UpstreamUnreachable):
        await pool(url).connect(1.0)


async def test_a_host_name_that_cannot_be_is_unreachable():
    with pytest.raises(UpstreamUnreachable):
        await pool(f"http://{'a' * 70}.invalid/v1").connect(1.0)


async def test_connecting_has_its_own_time():
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = pool(f"http://127.0.0.1:{server.getsockname()[1]}/v1")
        with pytest.raises(UpstreamTimeout, match="0 seconds passed before it took the connection"):
            await kept.connect(0)
        await kept.close()


async def test_a_server_that_speaks_no_tls_where_it_should_is_unreachable():
    served = asyncio.Event()

    async def serve(reader, writer):
        await reader.read(1000)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()
        served.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(UpstreamUnreachable):
        await pool(f"https://127.0.0.1:{port}/v1").connect(5.0)
    await served.wait()
    server.close()
    await server.wait_closed()


async def test_closing_cuts_answers_under_way_and_waits_until_all_is_closed():
    arrived = asyncio.Event()
    plan = announced(stall(), arrived)
    async with StubUpstream(plan=plan) as stub, one(stub, timeouts=Timeouts()) as models:
        asking = asyncio.create_task(models.complete(["m"], QUESTION))
        await arrived.wait()
        await models.close()
        with pytest.raises(UpstreamBroken, match=Flaw.CUT_SHORT.words["en"]):
            await asking


async def test_a_pool_that_is_retired_lets_answers_under_way_end():
    urls = {}
    settings = {"m": Model(path="x.gguf", sha256="0" * 64)}
    async with StubUpstream() as stub, StubUpstream() as other, client(settings, urls=urls.get) as models:
        urls["m"] = stub.url
        stub.then(events(*[b'{"n": %d}' % n for n in range(5)]))
        stream = await models.stream(["m"], STREAMED)
        urls["m"] = other.url
        await models.complete(["m"], QUESTION)
        assert len(await everything(stream)) == 5
        assert (len(stub.received), len(other.received)) == (1, 1)
        await stub.left.wait()


async def test_a_closed_pool_opens_nothing():
    async with StubUpstream() as stub:
        kept = pool(stub.url)
        await kept.close()
        with pytest.raises(UpstreamUnreachable):
            await kept.connect(1.0)
