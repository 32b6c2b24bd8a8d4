"""Which model is asked, and which one after it."""

import logging

import orjson
import pytest
from tests.models.asking import IMPATIENT, QUESTION, STREAMED, client, everything, one, spoken
from tests.stub_upstream import OK_STREAM, SECRET, StubUpstream, chunk, close, event, events, raw, stall, status, well

from sekisho.core.errors import (
    ConfigurationError,
    UnknownModel,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamRefused,
    UpstreamUnreachable,
)
from sekisho.core.settings import Model
from sekisho.models.router import Models


def two(first, second, **settings):
    return client(
        {
            "first": Model(url=first.url, timeouts=IMPATIENT, **{"retries": 0, "fallback": ["second"], **settings}),
            "second": Model(url=second.url, timeouts=IMPATIENT, retries=0),
        }
    )


async def test_the_model_is_asked_by_the_name_its_server_knows():
    async with StubUpstream() as stub, one(stub, model="served-name") as models:
        await models.complete(["m"], {**QUESTION, "model": "whatever", "temperature": 0.5})
        assert stub.received[0].body == {**QUESTION, "model": "served-name", "temperature": 0.5}


async def test_what_passes_by_itself_is_asked_again():
    async with StubUpstream() as stub, one(stub, retries=2) as models:
        stub.then(status(503), status(429, retry_after=1), well)
        assert (await models.complete(["m"], QUESTION)).model == "m"
        assert len(stub.received) == 3


async def test_no_more_often_than_the_settings_say():
    async with StubUpstream(plan=status(503)) as stub, one(stub, retries=2) as models:
        with pytest.raises(UpstreamRefused):
            await models.complete(["m"], QUESTION)
        assert len(stub.received) == 3


async def test_a_stream_is_asked_again_while_nothing_of_it_came():
    async with StubUpstream() as stub, one(stub, retries=1) as models:
        stub.then(status(502), well)
        assert await everything(await models.stream(["m"], STREAMED))


async def test_a_stream_that_broke_after_its_first_event_is_asked_neither_again_nor_elsewhere():
    async with StubUpstream() as stub, StubUpstream() as other, two(stub, other, retries=5) as models:
        stub.plan = raw(OK_STREAM, chunk(event(b'{"choices": []}')), pause_s=0.02)
        stream = await models.stream(["first"], STREAMED)
        with pytest.raises(UpstreamBroken):
            await everything(stream)
        assert (len(stub.received), len(other.received)) == (1, 0)


@pytest.mark.parametrize(
    "plan",
    [
        raw(OK_STREAM, then="stall"),
        raw(OK_STREAM, *[chunk(b": still here\n\n")] * 100, pause_s=0.02),
        raw(OK_STREAM),
        raw(OK_STREAM, chunk(b'data: {"choices"')),
        events(b"<html>"),
        events(b'{"error": {"code": 500}}'),
        events(),
    ],
    ids=["stalls", "says only that it lives", "dies", "dies within an event", "garbage", "an error", "nothing"],
)
async def test_a_stream_that_fails_after_its_header_and_before_its_first_event_is_asked_for_elsewhere(plan):
    async with StubUpstream(plan=plan) as stub, StubUpstream() as other, two(stub, other) as models:
        stream = await models.stream(["first"], STREAMED)
        assert stream.model == "second"
        assert spoken(await everything(stream)) == "関所とは何ですか"


@pytest.mark.parametrize("plan", [status(500), status(401), status(429), status(404), close(), stall()])
async def test_a_model_that_cannot_answer_is_passed_over(plan):
    async with StubUpstream(plan=plan) as stub, StubUpstream() as other, two(stub, other) as models:
        assert (await models.complete(["first"], QUESTION)).model == "second"
        assert (await models.stream(["first"], STREAMED)).model == "second"


@pytest.mark.parametrize("code", [400, 413, 422])
async def test_what_the_caller_must_mend_is_told_at_once(code):
    async with StubUpstream(plan=status(code)) as stub, StubUpstream() as other, two(stub, other) as models:
        with pytest.raises(UpstreamRefused) as caught:
            await models.complete(["first"], QUESTION)
        assert caught.value.status == code
        stub.plan = events(b'{"error": {"code": %d}}' % code)
        with pytest.raises(UpstreamRefused) as caught:
            await models.stream(["first"], STREAMED)
        assert caught.value.status == code
        assert other.received == []


async def test_when_none_answers_the_error_of_the_wanted_one_is_told():
    async with StubUpstream(plan=status(500)) as stub, StubUpstream(plan=status(503)) as other:
        async with two(stub, other) as models:
            with pytest.raises(UpstreamRefused) as caught:
                await models.complete(["first"], QUESTION)
        assert caught.value.details == {"model": "first", "status_code": "500"}
        assert len(other.received) == 1


async def test_the_order_is_that_of_the_request_then_of_the_fallbacks_and_each_is_asked_once():
    asked = []

    def refusing(name):
        async def plan(conversation):
            asked.append(name)
            await status(500)(conversation)

        return plan

    async with (
        StubUpstream(plan=refusing("a")) as a,
        StubUpstream(plan=refusing("b")) as b,
        StubUpstream(plan=refusing("c")) as c,
        client(
            {
                "a": Model(url=a.url, fallback=["c", "b"]),
                "b": Model(url=b.url, fallback=["a"]),
                "c": Model(url=c.url, fallback=["a"]),
            }
        ) as models,
    ):
        with pytest.raises(UpstreamRefused):
            await models.complete(["b", "a"], QUESTION)
    assert asked == ["b", "a", "c"]


async def test_after_five_failures_the_model_is_left_alone_and_probed_later():
    now = [0.0]
    async with (
        StubUpstream(plan=status(500)) as stub,
        client({"m": Model(url=stub.url)}, clock=lambda: now[0]) as models,
    ):
        for _ in range(5):
            assert not models.failing("m")
            with pytest.raises(UpstreamRefused):
                await models.complete(["m"], QUESTION)
        with pytest.raises(UpstreamBusy) as caught:
            await models.complete(["m"], QUESTION)
        assert caught.value.details["retry_s"] == "10"
        assert models.failing("m")
        assert not models.failing("another")
        assert len(stub.received) == 5
        now[0], stub.plan = 10.0, well
        assert await everything(await models.stream(["m"], STREAMED))
        assert not models.failing("m")
        await models.complete(["m"], QUESTION)


async def test_a_name_that_does_not_exist_is_told_in_bounded_length():
    async with client({}) as models:
        with pytest.raises(UnknownModel) as caught:
            await models.complete(["x" * 1000], QUESTION)
        assert len(caught.value.details["model"]) == 100


async def test_a_model_without_a_url_is_looked_up_at_each_request():
    places = {"m": ""}
    async with (
        StubUpstream() as stub,
        client({"m": Model(path="x", sha256="0" * 64)}, urls=lambda name: places[name]) as models,
    ):
        with pytest.raises(UpstreamBusy):
            await models.complete(["m"], QUESTION)
        places["m"] = stub.url
        await models.complete(["m"], QUESTION)


async def test_the_key_comes_from_the_environment_and_goes_to_its_model_only():
    async with StubUpstream() as stub, StubUpstream() as other:
        settings = {"m": Model(url=stub.url, key_env="A_KEY"), "n": Model(url=other.url)}
        async with client(settings, environ={"A_KEY": " sk-1\n"}) as models:
            await models.complete(["m"], QUESTION)
            await models.complete(["n"], QUESTION)
        assert stub.received[0].headers["authorization"] == "Bearer sk-1"
        assert "authorization" not in other.received[0].headers


def test_a_key_that_would_break_the_header_is_refused_without_being_shown():
    with pytest.raises(ConfigurationError) as caught:
        Models({"m": Model(url="http://a/v1", key_env="A_KEY")}, environ={"A_KEY": "sk-1\r\nX: y"})
    assert "sk-1" not in str(caught.value)


def test_a_key_that_is_not_set_is_told_to_the_operator(caplog):
    Models({"m": Model(url="http://a/v1", key_env="A_KEY")}, environ={})
    assert "A_KEY is not set" in caplog.text


async def test_the_log_holds_kinds_and_no_words(caplog):
    caplog.set_level(logging.DEBUG, "sekisho")
    async with StubUpstream(plan=status(500)) as stub, one(stub) as models:
        with pytest.raises(UpstreamRefused):
            await models.complete(["m"], QUESTION)
    assert "model m, try 1: upstream_refused status_code=500" in caplog.text
    assert SECRET not in caplog.text
    assert QUESTION["messages"][0]["content"] not in caplog.text


async def test_an_upstream_that_is_gone_is_unreachable():
    async with StubUpstream() as stub:
        url = stub.url
    async with client({"m": Model(url=url)}) as models:
        with pytest.raises(UpstreamUnreachable):
            await models.complete(["m"], QUESTION)


async def test_a_large_request_arrives_whole():
    body = {"messages": [{"role": "user", "content": "関" * 2_000_000}]}
    async with StubUpstream() as stub, one(stub) as models:
        reply = await models.complete(["m"], body)
        assert orjson.loads(reply.payload)["choices"][0]["message"]["content"] == "関" * 2_000_000


async def test_a_model_that_may_not_be_asked_is_passed_over_also_as_a_fallback():
    async with StubUpstream(plan=status(503)) as stub, StubUpstream() as other, two(stub, other) as models:
        with pytest.raises(UpstreamRefused):
            await models.complete(["first"], QUESTION, lambda name: name != "second")
        assert not other.received
        with pytest.raises(UnknownModel):
            await models.complete(["first"], QUESTION, lambda _name: False)


async def test_a_reserved_model_is_asked_by_name_and_answers_nobody_else():
    async with StubUpstream() as stub, client({"m": Model(url=stub.url)}, reserved=["m"]) as models:
        assert models.names == ()
        assert (await models.complete(["m"], QUESTION)).model == "m"
