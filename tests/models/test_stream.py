"""Answers event by event."""

import asyncio

import pytest
from tests.models.asking import QUESTION, STREAMED, everything, one, spoken
from tests.stub_upstream import OK_STREAM, StubUpstream, chunk, event, events, raw, stall, well, whole

from sekisho.core.errors import UpstreamBroken, UpstreamError, UpstreamRefused, UpstreamTimeout
from sekisho.core.settings import Timeouts
from sekisho.models.breaker import Breaker
from sekisho.models.connection import Head
from sekisho.models.flaw import Flaw
from sekisho.models.phase import Phase
from sekisho.models.stream import UNREAD_BYTES, Events, Stream
from sekisho.models.turn import take_turn

ONE, TWO = b'{"choices": [1]}', b'{"choices": [2]}'


async def broken_after(plan):
    """The events that came, and then why no more did; the first of `plan` comes before what breaks it."""
    taken = []
    async with StubUpstream(plan=plan) as stub, one(stub) as models:
        with pytest.raises(UpstreamBroken) as caught:  # noqa: PT012 - the events before the fault count too
            async for batch in await models.stream(["m"], STREAMED):
                taken += batch
        assert len(stub.received) == 1
    return taken, caught.value.details["why"]


async def test_a_stream_is_read_to_its_end_and_its_connection_serves_again():
    async with StubUpstream() as stub, one(stub) as models:
        for _ in range(3):
            assert spoken(await everything(await models.stream(["m"], STREAMED))) == "関所とは何ですか"
        await models.complete(["m"], QUESTION)
        assert stub.connections == 1


async def test_half_an_event_is_not_given_out_and_no_clean_end():
    half = raw(OK_STREAM + chunk(event(ONE)), chunk(b'data: {"half'), pause_s=0.02)
    assert await broken_after(half) == ([ONE], Flaw.CUT_SHORT)


async def test_an_upstream_that_dies_in_mid_stream_is_no_clean_end():
    plan = raw(OK_STREAM + chunk(event(ONE)), chunk(event(TWO)), pause_s=0.02)
    assert await broken_after(plan) == ([ONE, TWO], Flaw.CUT_SHORT)


async def test_a_stream_that_ends_well_but_without_done_is_no_clean_end():
    plan = raw(OK_STREAM + chunk(event(ONE)), b"0\r\n\r\n", pause_s=0.02, then="keep")
    assert await broken_after(plan) == ([ONE], Flaw.CUT_SHORT)


async def test_invalid_utf8_ends_the_stream_after_the_events_before_it():
    plan = raw(OK_STREAM + chunk(event(ONE)), chunk(event(b"\xe9\x96") + event(TWO)), pause_s=0.02, then="keep")
    assert await broken_after(plan) == ([ONE], Flaw.NOT_UTF8)


@pytest.mark.parametrize(
    ("payload", "flaw"),
    [
        (b"\xff", Flaw.NOT_UTF8),
        (b"<html>", Flaw.NOT_JSON),
        (b"7", Flaw.NOT_JSON),
        (b"[DONE]", Flaw.NO_EVENT),
        (b'{"error": {"message": "no"}}', Flaw.ERROR_EVENT),
    ],
)
async def test_a_stream_is_never_begun_where_its_first_event_is_none_of_an_answer(payload, flaw):
    async with StubUpstream(plan=events(payload)) as stub, one(stub) as models:
        with pytest.raises(UpstreamBroken, match=flaw.words["en"]):
            await models.stream(["m"], STREAMED)
        stub.plan = well
        assert await everything(await models.stream(["m"], STREAMED))


@pytest.mark.parametrize(
    ("error", "code"),
    [(b'{"code": 400, "message": "too long"}', 400), (b'{"code": "x", "status": 413}', 413), (b'{"code": 503}', 503)],
)
async def test_an_error_event_with_a_status_is_the_same_as_an_answer_with_it(error, code):
    async with StubUpstream(plan=events(b'{"error": %b}' % error)) as stub, one(stub) as models:
        with pytest.raises(UpstreamRefused) as caught:
            await models.stream(["m"], STREAMED)
        assert caught.value.status_code == code


@pytest.mark.parametrize(
    "error",
    [b'{"code": 400}', b'{"code": true}', b'{"code": []}', b'{"code": 200}', b'{"message": "no"}', b'"no"', b"null"],
)
async def test_whoever_causes_errors_in_streams_takes_the_model_from_nobody(error):
    async with StubUpstream(plan=events(b'{"error": %b}' % error)) as stub, one(stub, concurrency=1) as models:
        for _ in range(10):
            with pytest.raises(UpstreamError):
                await models.stream(["m"], STREAMED)
        assert not models.failing("m")
        assert len(stub.received) == 10


async def test_error_events_with_a_status_of_the_server_count_against_it():
    async with StubUpstream(plan=events(b'{"error": {"code": 500}}')) as stub, one(stub) as models:
        for _ in range(5):
            with pytest.raises(UpstreamRefused):
                await models.stream(["m"], STREAMED)
        assert models.failing("m")


async def test_a_stream_is_begun_with_its_first_event_and_not_before():
    go_on, headed = asyncio.Event(), asyncio.Event()

    async def plan(conversation):
        await conversation.send(OK_STREAM)
        headed.set()
        await go_on.wait()
        await conversation.send(chunk(event(ONE) + event(b"[DONE]")))

    async with StubUpstream(plan=plan) as stub, one(stub, timeouts=Timeouts()) as models:
        asking = asyncio.create_task(models.stream(["m"], STREAMED))
        await headed.wait()
        go_on.set()
        assert await everything(await asking) == [ONE]


async def test_100_megabytes_on_one_line_are_given_up_at_the_limit():
    sent = []

    async def plan(conversation):
        await conversation.send(OK_STREAM)
        await asyncio.sleep(0.02)
        await conversation.send(chunk(event(ONE)) + chunk(b"data: "))
        for _ in range(100):
            await conversation.send(chunk(b"x" * 1_000_000))
            sent.append(1)

    assert await broken_after(plan) == ([ONE], Flaw.EVENT_TOO_LARGE)
    assert len(sent) < 50


async def test_an_answer_that_is_no_stream_is_not_read_as_one():
    async with StubUpstream(plan=raw(whole(b"{}"))) as stub, one(stub) as models:
        with pytest.raises(UpstreamBroken, match=Flaw.NOT_A_STREAM.words["en"]):
            await models.stream(["m"], STREAMED)


@pytest.mark.parametrize(
    ("plan", "phase"),
    [
        (raw(OK_STREAM, then="stall"), "first_token"),
        (events(ONE, done=False, then="stall"), "between_tokens"),
        (raw(OK_STREAM, *[chunk(b": still here\n\n")] * 100, pause_s=0.02), "first_token"),
    ],
    ids=["after the header", "after an event", "comments only"],
)
async def test_a_stream_that_stalls_runs_into_its_time(plan, phase):
    async with StubUpstream(plan=plan) as stub, one(stub) as models:
        with pytest.raises(UpstreamTimeout) as caught:
            await everything(await models.stream(["m"], STREAMED))
        assert caught.value.details["phase"] == phase


async def test_a_header_that_never_comes_runs_into_the_time_to_the_first_token():
    async with StubUpstream(plan=stall()) as stub, one(stub) as models:
        with pytest.raises(UpstreamTimeout, match=Phase.FIRST_TOKEN.words["en"]):
            await models.stream(["m"], STREAMED)


async def test_a_reader_that_leaves_makes_the_upstream_stop():
    async with StubUpstream(plan=events(ONE, done=False, then="stall")) as stub, one(stub) as models:
        stream = await models.stream(["m"], STREAMED)
        assert await anext(stream) == [ONE]
        await stream.aclose()
        await stub.left.wait()
        with pytest.raises(UpstreamBroken):
            await anext(stream)


async def test_a_reader_whose_task_is_cancelled_makes_the_upstream_stop():
    async with StubUpstream(plan=events(ONE, done=False, then="stall")) as stub, one(stub) as models:
        stream = await models.stream(["m"], STREAMED)
        assert await anext(stream) == [ONE]
        reader = asyncio.create_task(everything(stream))
        await asyncio.sleep(0)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await stub.left.wait()


async def test_leaving_a_stream_that_was_read_to_its_end_changes_nothing():
    async with StubUpstream() as stub, one(stub) as models:
        stream = await models.stream(["m"], STREAMED)
        await everything(stream)
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        await models.complete(["m"], QUESTION)
        assert stub.connections == 1


async def test_what_follows_done_is_dropped():
    async with StubUpstream() as stub, one(stub) as models:
        stub.then(events(ONE, b"[DONE]", TWO), well)
        assert await everything(await models.stream(["m"], STREAMED)) == [ONE]


class Recorder:
    """Stands in for a connection and keeps what it is told."""

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        return lambda *_: self.told.append(name)


async def test_a_reader_that_is_slow_stops_the_upstream_from_sending_and_lets_it_go_on():
    connection = Recorder()
    turn = await take_turn("m", asyncio.Semaphore(1), Breaker(lambda: 0.0), 1.0)
    received = Events("m", connection, turn)
    received.begin(Head(200, {b"content-type": b"text/event-stream"}))
    payload = b'{"x": "%b"}' % (b"x" * 50_000)
    while "pause" not in connection.told:
        received.take([event(payload)])
    assert connection.told.count("progress") == UNREAD_BYTES // len(payload) + 1
    stream = Stream("m", received)
    assert len(await anext(stream)) == UNREAD_BYTES // len(payload) + 1
    assert connection.told[-1] == "resume"
    await stream.aclose()
