import asyncio
import inspect
import json
import re

import orjson
import pytest
from tests.pipeline.making import (
    BAD,
    KEY,
    MASKING,
    NAME,
    PHONE,
    Log,
    Models,
    answer,
    body,
    caller,
    event,
    pipeline,
    profile,
    read,
    said,
)

from sekisho.core.errors import (
    InvalidField,
    LedgerFault,
    NoModel,
    Stopped,
    UnknownModel,
    UnreadableBody,
    UpstreamBroken,
    UpstreamTimeout,
)
from sekisho.core.verdict import Verdict
from sekisho.pipeline import run

START, END = [event(role="assistant", content="")], [event(finish="stop")]


def words(*texts):
    return [[event(content=text)] for text in texts]


async def whole(models, raw=None, *, who=None, **more):
    outcome = await pipeline(models, **more).run(raw or body(), who or caller())
    return orjson.loads(outcome.payload), outcome


async def begun(batches, *, who=None, raw=None, **more):
    """An exchange whose stream has begun: its events, and the models."""
    models = Models(batches=batches)
    outcome = await pipeline(models, **more).run(raw or body(stream=True), who or caller())
    assert outcome.events is not None
    return outcome, models


async def streamed(batches, **more):
    outcome, models = await begun(batches, **more)
    sent = [part async for part in outcome.events]
    return read(sent), outcome, models


def last(payloads):
    return orjson.loads(payloads[-1])


def test_the_steps_in_the_code_are_those_of_the_docstring_in_their_order():
    told = dict(re.findall(r"^(\d)\. ([^:]+):", run.__doc__, re.MULTILINE))
    done = [
        step
        for line in inspect.getsource(run).split('"""', 2)[2].splitlines()
        if line.strip().startswith("# ")
        for step in re.findall(r"(\d)\. ([A-Z][a-z ]*)", line)
    ]
    assert list(told) == [str(number) for number in range(1, 8)]
    assert done == list(told.items())


async def test_the_model_sees_placeholders_and_the_caller_their_own_data():
    async def echo(asked):
        return answer(asked["messages"][0]["content"] + "ですね")

    models, log = Models(echo), Log()
    payload, outcome = await whole(models, body(f"{NAME}の番号は{PHONE}"), log=log)
    assert models.asked[0][1]["messages"][0]["content"] == "[PERSON_1]の番号は[PHONE_1]"
    assert payload["choices"][0]["message"]["content"] == f"{NAME}の番号は{PHONE}ですね"
    (statement,) = log.statements
    assert (statement["verdict"], statement["finish"], statement["tokens"]) == ("mask", "stop", 3)
    assert statement["categories"] == ["privacy.person_name", "privacy.phone"]
    assert NAME not in json.dumps(statement, ensure_ascii=False)
    assert log.contents[0]["answer"][0]["content"] == f"{NAME}の番号は{PHONE}ですね"
    assert outcome.receipt.count(".") == 1


async def test_the_history_of_tool_calls_is_inspected_behind_its_escapes():
    arguments = json.dumps({"tel": "".join(f"\\u{ord(c):04x}" for c in PHONE)}).replace("\\\\", "\\")
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    raw = orjson.dumps({"messages": [{"role": "assistant", "tool_calls": [call]}, {"role": "user", "content": PHONE}]})
    models = Models(answer("[PHONE_1]"))
    payload, _ = await whole(models, raw)
    (seen, user) = models.asked[0][1]["messages"]
    assert json.loads(seen["tool_calls"][0]["function"]["arguments"]) == {"tel": "[PHONE_1]"}
    assert user["content"] == "[PHONE_1]"
    assert payload["choices"][0]["message"]["content"] == PHONE


async def test_names_of_fields_are_masked_as_well():
    models = Models(answer())
    await whole(models, body(tools=[{"type": "function", "function": {"parameters": {PHONE: {"type": "string"}}}}]))
    assert models.asked[0][1]["tools"][0]["function"]["parameters"] == {"[PHONE_1]": {"type": "string"}}


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_refused_request_is_answered_in_form_and_the_model_is_not_asked(language):
    for stream in (False, True):
        models, log = Models(answer()), Log()
        who = caller(language=language)
        outcome = await pipeline(models, log=log).run(body(f"{BAD}は?", stream=stream), who)
        assert models.asked == []
        (statement,) = log.statements
        assert (statement["verdict"], statement["finish"], statement["tokens"]) == ("refuse", "content_filter", 0)
        if outcome.events is None:
            payload = orjson.loads(outcome.payload)
            text, finish = payload["choices"][0]["message"]["content"], payload["choices"][0]["finish_reason"]
        else:
            got = read([part async for part in outcome.events])
            assert got.done
            text, finish = said(got.payloads), last(got.payloads)["choices"][0]["finish_reason"]
            assert last(got.payloads)["sekisho"]["verdict"] == "refuse"
        assert finish == "content_filter"
        assert "test: entry.harm" in text
        assert BAD not in text


async def test_a_stream_that_is_refused_midway_ends_in_form_and_lets_the_model_go():
    got, outcome, models = await streamed([START, *words("まず、", BAD, "。"), [event(content="あと")], END])
    assert got.done
    text = said(got.payloads)
    assert text.startswith("まず、\n\n")
    assert "test: exit.harm" in text
    assert BAD not in text
    assert "あと" not in text
    finishes = [choice["finish_reason"] for one in got.payloads for choice in orjson.loads(one)["choices"]]
    assert finishes[-1] == "content_filter"
    assert finishes[:-1] == [None] * (len(finishes) - 1)
    assert models.streams.closed
    assert outcome.passage.exchange.verdict is Verdict.REFUSE


async def test_streamed_and_whole_a_refusal_reads_the_same():
    for text in (f"まず、{BAD}。", BAD, f"{KEY}と{PHONE}と{BAD}と"):
        payload, _ = await whole(Models(answer(text)))
        got, *_ = await streamed([START, *words(*text), END])
        assert said(got.payloads) == payload["choices"][0]["message"]["content"]
        assert payload["choices"][0]["finish_reason"] == last(got.payloads)["choices"][0]["finish_reason"]


@pytest.mark.parametrize(("verdict", "finish"), [(Verdict.REPLACE, "stop"), (Verdict.HOLD, "content_filter")])
async def test_what_is_replaced_or_held_shows_nothing_of_the_answer(verdict, finish):
    who = caller(profile(exit={"harm": verdict}))
    payload, _ = await whole(Models(answer(f"まず、{BAD}")), who=who)
    got, *_ = await streamed([START, *words("まず、", BAD), END], who=who)
    text = said(got.payloads)
    assert text == payload["choices"][0]["message"]["content"]
    assert "まず" not in text
    assert text == "別の文章" if verdict is Verdict.REPLACE else "test: exit.harm" in text
    assert last(got.payloads)["choices"][0]["finish_reason"] == payload["choices"][0]["finish_reason"] == finish


@pytest.mark.parametrize(
    "fault", [UpstreamBroken(model="m", why="cut short"), UpstreamTimeout(model="m", phase="total", limit=1)]
)
async def test_an_upstream_that_dies_is_reported_as_that(fault):
    log = Log()
    got, _, models = await streamed([START, *words("はい、", "[PHONE"), fault], log=log)
    assert not got.done
    assert said(got.payloads[:-1]) == "はい、"
    assert last(got.payloads)["error"]["code"] == fault.code
    assert all(choice["finish_reason"] is None for one in got.payloads[:-1] for choice in orjson.loads(one)["choices"])
    assert log.statements[0]["finish"] == fault.code
    assert log.contents[0]["answer"] == [{"index": 0, "content": "はい、"}]
    assert models.streams.closed


async def test_a_stream_that_ends_without_a_finish_reason_was_cut_short():
    log = Log()
    got, *_ = await streamed([START, *words("はい、", "いいえ")], log=log)
    assert not got.done
    assert last(got.payloads)["error"]["code"] == "upstream_broken"
    assert log.contents[0]["answer"][0]["content"] == said(got.payloads[:-1])


async def test_a_model_that_fails_before_it_answers_is_recorded_and_the_error_names_the_exchange():
    for stream in (False, True):
        log = Log()
        with pytest.raises(UpstreamTimeout) as caught:
            await pipeline(Models(UpstreamTimeout(model="m", phase="connect", limit=1)), log=log).run(
                body(stream=stream), caller()
            )
        assert log.statements[0]["finish"] == "upstream_timeout"
        assert caught.value.exchange == log.records[0].exchange


async def test_an_answer_that_is_none_is_recorded_as_broken():
    log = Log()
    with pytest.raises(UpstreamBroken):
        await whole(Models(b"<html>"), log=log)
    assert log.statements[0]["finish"] == "upstream_broken"


async def test_our_own_mistake_is_recorded_as_one():
    for stream in (False, True):
        log = Log()
        with pytest.raises(ZeroDivisionError):
            await pipeline(Models(ZeroDivisionError()), log=log).run(body(stream=stream), caller())
        assert log.statements[0]["finish"] == "defect"
    log = Log()
    outcome, _ = await begun([START, ZeroDivisionError()], log=log)
    with pytest.raises(ZeroDivisionError):
        await anext_all(outcome.events)
    assert [one["finish"] for one in log.statements] == ["defect"]


async def anext_all(events):
    return [part async for part in events]


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_a_client_that_leaves_is_recorded_with_what_it_got(taken):
    log = Log()
    outcome, models = await begun([START, *words("はい、", "そうです。"), END], log=log)
    sent = [await anext(outcome.events) for _ in range(taken)]
    await outcome.events.aclose()
    assert [one["finish"] for one in log.statements] == ["client_left"]
    assert models.streams.closed
    got = "".join(one.get("content", "") for one in log.contents[0]["answer"])
    assert got == said(read(sent).payloads)


async def test_a_client_that_leaves_while_the_model_thinks_is_recorded():
    thinking = asyncio.Event()

    async def think(*_):
        thinking.set()
        await asyncio.Event().wait()

    log = Log()
    task = asyncio.create_task(whole(Models(think), log=log))
    await thinking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    thinking.clear()
    outcome, models = await begun([START, think], log=log)
    task = asyncio.create_task(anext_all(outcome.events))
    await thinking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [one["finish"] for one in log.statements] == ["client_left", "client_left"]
    assert models.streams.closed


async def test_the_stop_switch_ends_a_stream_in_form_and_holds_back_what_is_held():
    log, stops = Log(), []

    async def stop():
        stops.append("m")

    got, _, models = await streamed(
        [START, *words("はい、", "[PHONE"), stop, *words("あと。", "もっと。"), END],
        log=log, stopped=lambda model, profile: stops[0] if stops else None,
    )  # fmt: skip
    assert got.done
    text = said(got.payloads)
    assert "m" in text
    assert "あと" not in text
    assert "もっと" not in text
    assert "PHONE" not in text
    assert last(got.payloads)["choices"][0]["finish_reason"] == "content_filter"
    assert log.statements[0]["finish"] == "content_filter"
    assert models.streams.closed


async def test_the_stop_switch_withholds_a_whole_answer_that_came_after_it():
    log, stops = Log(), []

    async def late(asked):
        stops.append("m")
        return answer()

    with pytest.raises(Stopped):
        await whole(Models(late), log=log, stopped=lambda model, profile: stops[0] if stops else None)
    assert log.statements[0]["finish"] == "stopped"


async def test_what_is_stopped_is_not_asked_and_the_next_in_order_is():
    models = Models(answer())
    stopped = {"m": "m"}
    await whole(models, body(model="unknown"), stopped=lambda model, profile: stopped.get(model))
    assert models.asked[0][0] == ["other"]
    stopped["other"] = "all"
    with pytest.raises(Stopped):
        await whole(models, body(model="unknown"), stopped=lambda model, profile: stopped.get(model))
    assert len(models.asked) == 1


async def test_nothing_of_the_last_part_goes_out_before_the_record_is_durable():
    log = Log()
    log.gate = asyncio.Event()
    outcome, _ = await begun([START, *words("はい、", "そうです"), END], log=log)
    sent = []

    async def client():
        async for part in outcome.events:
            sent.append(part)  # noqa: PERF401 - what came so far is looked at

    task = asyncio.create_task(client())
    await log.asked.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    before = b"".join(sent)
    assert b'finish_reason":"' not in before
    assert b"[DONE]" not in before
    assert said(read(sent).payloads) == "はい、そうで"
    log.gate.set()
    await task
    assert read(sent).done
    assert said(read(sent).payloads) == "はい、そうです"


async def test_a_whole_answer_waits_for_its_record():
    log = Log()
    log.gate = asyncio.Event()
    task = asyncio.create_task(whole(Models(answer()), log=log))
    await log.asked.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not task.done()
    log.gate.set()
    await task


async def test_without_a_record_there_is_no_end_of_the_answer_and_no_second_try():
    log = Log()
    log.fault = LedgerFault(why="disk full")
    tries = []
    append, log.append = log.append, lambda record: (tries.append(record), append(record))[1]
    got, *_ = await streamed([START, *words("はい、", "そうです"), END], log=log)
    assert not got.done
    assert said(got.payloads[:-1]) == "はい、そうで"
    assert last(got.payloads)["error"]["code"] == "ledger_fault"
    assert len(tries) == 1
    with pytest.raises(LedgerFault):
        await whole(Models(answer()), log=log)
    with pytest.raises(LedgerFault):
        await whole(Models(answer()), body(BAD), log=log)
    assert len(tries) == 3


async def test_a_failure_that_cannot_be_recorded_is_logged_and_told_as_what_it_was(caplog):
    log = Log()
    log.fault = LedgerFault(why="disk full")
    got, *_ = await streamed([START, UpstreamBroken(model="m", why="cut short")], log=log)
    assert last(got.payloads)["error"]["code"] == "upstream_broken"
    assert "is not recorded" in caplog.text


@pytest.mark.parametrize(
    ("wanted", "models", "strict", "order"),
    [("m", (), False, ["m"]), ("other", (), True, ["other"]), ("gpt-4", (), False, ["m", "other"]),
     ("", (), True, ["m", "other"]), ("gpt-4", ("other", "m"), False, ["other", "m"]),
     ("m", ("other",), False, ["other"]),
     ("m", ("absent", "m"), False, ["m"])],
)  # fmt: skip
async def test_which_models_are_asked_and_in_which_order(wanted, models, strict, order):
    asked = Models(answer())
    await whole(asked, body(model=wanted), who=caller(profile(models=models)), strict=strict)
    assert asked.asked[0][0] == order


@pytest.mark.parametrize(
    ("wanted", "models", "strict"),
    [
        ("gpt-4", (), True),
        ("m", ("other",), True),
        ("m", ("absent",), False),
        ("", ("absent",), False),
    ],
)
async def test_a_model_that_may_not_be_used_is_not_replaced_by_any_other(wanted, models, strict):
    asked = Models(answer())
    with pytest.raises(UnknownModel) as caught:
        await whole(asked, body(model=wanted), who=caller(profile(models=models)), strict=strict)
    assert caught.value.details["model"]
    assert asked.asked == []


async def test_without_any_model_that_is_said():
    with pytest.raises(NoModel):
        await whole(Models(names=()))


async def test_the_model_that_answered_is_the_one_that_is_told():
    _, outcome = await whole(Models(answer(), model="spare"))
    assert outcome.passage.exchange.model == "spare"


@pytest.mark.parametrize(("raw", "fault"), [(b"{", UnreadableBody), (b"{}", InvalidField)])
async def test_a_request_that_makes_no_sense_is_not_an_exchange(raw, fault):
    log = Log()
    with pytest.raises(fault):
        await whole(Models(answer()), raw, log=log)
    assert log.records == []


async def test_what_cannot_be_inspected_is_refused_unless_the_profile_says_otherwise():
    image = [{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
    models = Models(answer())
    payload, outcome = await whole(models, body(image))
    assert payload["choices"][0]["finish_reason"] == "content_filter"
    assert outcome.passage.exchange.judged[0].finding.category == "fault.uninspected"
    assert models.asked == []
    await whole(models, body(image), who=caller(profile(entry={"fault.uninspected": Verdict.ANNOTATE})))
    assert models.asked[0][1]["messages"][0]["content"] == image


async def test_several_choices_are_inspected_apart_and_finish_apart():
    got, *_ = await streamed(
        [
            [event(content="一。"), event(index=1, content=f"鍵は{KEY}。")],
            [event(index=1, finish="length"), event(finish="stop")],
        ]
    )
    assert said(got.payloads) == "一。"
    assert said(got.payloads, index=1) == "鍵は[APIキー]。"
    finishes = {c["index"]: c["finish_reason"] for one in got.payloads for c in orjson.loads(one)["choices"]}
    assert finishes == {0: "stop", 1: "length"}


async def test_tool_calls_go_out_whole_and_in_order():
    pieces = [
        {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"to":"[PHO'}},
        {"index": 0, "function": {"arguments": 'NE_1]"}'}},
    ]
    batches = [*([event(tool_calls=[piece])] for piece in pieces), [event(finish="tool_calls")]]
    got, *_ = await streamed(batches, raw=body(PHONE, stream=True))
    (calls,) = [c["delta"]["tool_calls"] for one in got.payloads for c in orjson.loads(one)["choices"] if c["delta"]]
    assert [(one["index"], one["id"], one["function"]["name"]) for one in calls] == [(0, "a", "f"), (1, "b", "g")]
    assert json.loads(calls[0]["function"]["arguments"]) == {"to": PHONE}
    assert last(got.payloads)["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("kind", [{}, {"response_format": {"type": "json_object"}}])
async def test_the_label_is_in_prose_only_and_the_same_streamed_and_whole(kind):
    who = caller(profile(label="visible"))
    payload, _ = await whole(Models(answer("はい。")), body(**kind), who=who)
    log = Log()
    got, *_ = await streamed([START, *words("はい。"), END], who=caller(profile(label="visible", keep_content=True)),
                             raw=body(stream=True, **kind), log=log)  # fmt: skip
    text = said(got.payloads)
    assert text == payload["choices"][0]["message"]["content"]
    assert (text == "はい。") == bool(kind)
    assert "".join(one.get("content", "") + one.get("label", "") for one in log.contents[0]["answer"]) == text


async def test_who_asks_for_it_gets_findings_and_what_the_model_saw():
    who = caller(profile(entry=MASKING, exit=MASKING), explain=True)
    payload, _ = await whole(Models(answer(KEY)), body(PHONE), who=who)
    got, *_ = await streamed([START, *words(KEY, "。"), END], raw=body(PHONE, stream=True), who=who)
    for more in (payload["sekisho"], last(got.payloads)["sekisho"]):
        assert [one["category"] for one in more["findings"]] == ["privacy.phone", "secret.api_key"]
        assert more["model_saw"] == [{"role": "user", "content": "[PHONE_1]"}]
        assert more["notice"]
        assert PHONE not in json.dumps(more["findings"])
    assert "sekisho" not in (await whole(Models(answer())))[0]


async def test_every_exchange_has_one_record_whatever_became_of_it():
    log = Log()
    line = pipeline(Models(answer(), [START, *words("a"), END]), log=log)
    for raw in (body(), body(BAD), body(stream=True), body(BAD, stream=True)):
        outcome = await line.run(raw, caller())
        if outcome.events is not None:
            await anext_all(outcome.events)
    assert len({record.exchange for record in log.records}) == len(log.records) == 4
