import asyncio
from contextlib import asynccontextmanager

import pytest

from sekisho.models.endpoint import Endpoint
from sekisho.server.posting import PostFailed, post


@asynccontextmanager
async def answering(answer, *, hold=False):
    """A server that answers every request with these bytes; with `hold` it does not close. What it got is recorded."""
    got, done = [], asyncio.Event()

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        got.append(head + await reader.readexactly(length))
        writer.write(answer)
        if hold:
            await done.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield Endpoint.of(f"http://{host}:{port}/base/", "test"), got
    finally:
        done.set()
        server.close()
        await server.wait_closed()


async def test_the_body_is_sent_and_the_answer_comes_whatever_its_status():
    body = b"HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 3\r\n\r\n12\n"
    async with answering(body) as (endpoint, got):
        answer = await post(endpoint, "/add-checkpoint", b"asked")
    assert (answer.status, answer.kind, answer.body) == (409, "text/x.tlog.size", b"12\n")
    assert got[0].startswith(b"POST /base/add-checkpoint HTTP/1.1\r\nHost: 127.0.0.1:")
    assert got[0].endswith(b"\r\n\r\nasked")


async def test_a_redirect_is_an_answer_and_not_followed():
    async with answering(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n") as (endpoint, got):
        assert (await post(endpoint, "/", b"")).status == 302
    assert len(got) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "ended early"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "ended early"),
        (b"nonsense\r\n\r\n", "HTTP"),
        (b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 99_999, "too long"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, "too long"),
    ],
)
async def test_what_is_no_whole_answer_of_a_decent_length_fails(answer, said):
    async with answering(answer) as (endpoint, _):
        with pytest.raises(PostFailed, match=said):
            await post(endpoint, "/", b"")


async def test_a_server_that_never_ends_is_given_up():
    async with answering(b"HTTP/1.1 200 OK\r\n", hold=True) as (endpoint, _):
        with pytest.raises(PostFailed, match="within"):
            await post(endpoint, "/", b"", total_s=0.05)


async def test_a_server_that_is_not_there_fails():
    async with answering(b"") as (endpoint, _):
        pass
    with pytest.raises(PostFailed):
        await post(endpoint, "/", b"")


async def test_a_host_whose_name_is_none_fails():
    with pytest.raises(PostFailed):
        await post(Endpoint.of("http://a..b/", "test"), "/", b"")
