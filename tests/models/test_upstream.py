"""One model's server."""

import asyncio

import pytest
from tests.models.asking import QUESTION, STREAMED, announced, client, everything, one, text
from tests.stub_upstream import SECRET, StubUpstream, close, stall, status, well

from sekisho.core.errors import ConfigurationError, UpstreamBroken, UpstreamBusy, UpstreamRefused
from sekisho.core.settings import Model, Timeouts
from sekisho.models.flaw import Flaw


async def test_a_stale_connection_is_replaced_without_anybody_noticing():
    async with StubUpstream() as stub, one(stub) as models:
        stub.then(well, close(), well)
        await models.complete(["m"], QUESTION)
        assert text((await models.complete(["m"], QUESTION)).payload) == "関所とは何ですか"
        assert stub.connections == 2


async def test_a_stale_connection_is_replaced_for_streams_too():
    async with StubUpstream() as stub, one(stub) as models:
        stub.then(well, close(), well)
        await models.complete(["m"], QUESTION)
        assert await everything(await models.stream(["m"], STREAMED))


async def test_a_connection_is_replaced_once_and_not_for_ever():
    async with StubUpstream() as stub, one(stub) as models:
        stub.then(well, close(), close())
        await models.complete(["m"], QUESTION)
        with pytest.raises(UpstreamBroken, match=Flaw.NO_RESPONSE.words["en"]):
            await models.complete(["m"], QUESTION)
        assert len(stub.received) == 3


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_is_never_followed(code):
    async with StubUpstream() as other, StubUpstream() as stub, one(stub) as models:
        stub.plan = status(code, headers=f"Location: {other.url}/chat/completions\r\n")
        with pytest.raises(UpstreamRefused) as caught:
            await models.complete(["m"], QUESTION)
        assert (caught.value.status_code, caught.value.status) == (code, 502)
        assert other.connections == 0


@pytest.mark.parametrize("code", [400, 401, 404, 429, 500, 503])
async def test_words_of_the_upstream_never_pass(code):
    async with StubUpstream(plan=status(code)) as stub, one(stub) as models:
        with pytest.raises(UpstreamRefused) as caught:
            await models.complete(["m"], QUESTION)
    fault = caught.value
    assert SECRET not in repr((fault, fault.details, fault.say("ja"), fault.say("en"), fault.__cause__))


async def test_no_more_requests_than_allowed_are_under_way():
    async with StubUpstream() as stub, one(stub, concurrency=2, timeouts=Timeouts(connect=5.0)) as models:
        most = 0

        async def plan(conversation):
            nonlocal most
            most = max(most, stub.open)
            await well(conversation)

        stub.plan = plan
        await asyncio.gather(*(models.complete(["m"], QUESTION) for _ in range(20)))
        assert (most, stub.connections) == (2, 2)


async def test_who_finds_every_place_taken_is_told_so_in_time():
    async with StubUpstream() as stub, one(stub, concurrency=1, timeouts=Timeouts(connect=0.05)) as models:
        go_on, arrived = asyncio.Event(), asyncio.Event()

        async def plan(conversation):
            arrived.set()
            await go_on.wait()
            await well(conversation)

        stub.plan = plan
        first = asyncio.create_task(models.complete(["m"], QUESTION))
        await arrived.wait()
        with pytest.raises(UpstreamBusy):
            await models.complete(["m"], QUESTION)
        go_on.set()
        assert (await first).model == "m"
        assert len(stub.received) == 1


async def test_a_stream_holds_its_place_until_it_ends():
    async with StubUpstream() as stub, one(stub, concurrency=1, timeouts=Timeouts(connect=0.05)) as models:
        arrived = asyncio.Event()
        stub.plan = announced(stall(), arrived)
        asking = asyncio.create_task(models.stream(["m"], STREAMED))
        await arrived.wait()
        with pytest.raises(UpstreamBusy):
            await models.stream(["m"], STREAMED)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        stub.plan = well
        assert await everything(await models.stream(["m"], STREAMED))


async def test_a_caller_that_leaves_makes_the_upstream_stop():
    arrived = asyncio.Event()
    plan = announced(stall(), arrived)
    async with StubUpstream(plan=plan) as stub, one(stub, timeouts=Timeouts()) as models:
        asking = asyncio.create_task(models.complete(["m"], QUESTION))
        await arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await stub.left.wait()


async def test_a_server_that_is_not_up_is_busy_and_becomes_reachable():
    urls = {}
    settings = {"m": Model(path="x.gguf", sha256="0" * 64)}
    async with StubUpstream() as stub, client(settings, urls=urls.get) as models:
        for ask in (models.complete, models.stream):
            with pytest.raises(UpstreamBusy) as caught:
                await ask(["m"], QUESTION)
            assert caught.value.status == 503
        urls["m"] = stub.url
        assert (await models.complete(["m"], QUESTION)).model == "m"


async def test_a_url_that_cannot_be_used_is_refused_at_the_start():
    with pytest.raises(ConfigurationError):
        async with client({"m": Model(url="http://a/v1?x")}):
            pass


async def test_a_raw_prompt_goes_to_plain_completions():
    async with StubUpstream() as stub, one(stub) as models:
        await models.complete_prompt(["m"], {"prompt": "x"})
        await models.complete(["m"], QUESTION)
        assert [each.path for each in stub.received] == ["/v1/completions", "/v1/chat/completions"]
