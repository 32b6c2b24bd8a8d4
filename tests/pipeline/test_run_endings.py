import asyncio
import gc
from dataclasses import replace

import orjson
import pytest
from tests.pipeline.making import (
    BAD,
    END,
    SIGNER,
    START,
    Log,
    Models,
    anext_all,
    answer,
    begun,
    body,
    caller,
    last,
    pipeline,
    read,
    said,
    streamed,
    whole,
    words,
)

from sekisho.core.errors import LedgerFault, Stopped, UpstreamBroken, UpstreamTimeout
from sekisho.pipeline.record import Recorder
from sekisho.provenance.receipt import verify


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
    assert last(got.payloads)["sekisho"]["verdict"] == "refuse"
    (statement,) = log.statements
    assert (statement["verdict"], statement["finish"]) == ("refuse", "content_filter")
    assert "fault.stopped" in statement["categories"]
    assert models.streams.closed


async def test_a_stop_changes_nothing_of_what_ended_before_it():
    log, stops = Log(), []

    async def stop():
        stops.append("m")

    got, *_ = await streamed(
        [START, *words(f"{BAD}。"), stop, END], log=log, stopped=lambda model, profile: stops[0] if stops else None
    )
    assert "有害な内容" in said(got.payloads)
    assert log.statements[0]["categories"] == ["harm.illegal"]


async def test_the_stop_switch_withholds_a_whole_answer_that_came_after_it():
    log, stops = Log(), []

    async def late(asked):
        stops.append("m")
        return answer()

    with pytest.raises(Stopped):
        await whole(Models(late), log=log, stopped=lambda model, profile: stops[0] if stops else None)
    (statement,) = log.statements
    assert (statement["verdict"], statement["finish"]) == ("refuse", "stopped")
    assert statement["categories"] == ["fault.stopped"]


async def test_what_is_stopped_is_not_asked_and_the_next_in_order_is():
    models = Models(answer())
    stopped = {"m": "m"}
    await whole(models, body(model="unknown"), stopped=lambda model, profile: stopped.get(model))
    assert models.asked[0][0] == ["other"]
    stopped["other"] = "all"
    with pytest.raises(Stopped):
        await whole(models, body(model="unknown"), stopped=lambda model, profile: stopped.get(model))
    assert len(models.asked) == 1


async def test_a_model_that_answers_nobody_does_not_do_so_as_a_fallback_either():
    seen = []

    class Asking(Models):
        async def complete(self, order, body, may):
            seen.extend(name for name in (*self.names, "judge") if may(name))
            return await super().complete(order, body, may)

    await whole(Asking(answer()))
    assert seen == ["m", "other"]


async def test_the_first_receipt_of_a_stream_is_signed_while_the_model_thinks():
    signed = []

    class Counting(Recorder):
        def admission(self, *given):
            signed.append(given)
            return super().admission(*given)

    class Thinking(Models):
        async def stream(self, order, body, may):
            await asyncio.sleep(0)
            assert len(signed) == 1
            return await super().stream(order, body, may)

    models = Thinking(batches=[START, *words("はい"), END])
    outcome = await replace(pipeline(models), recorder=Counting(Log(), SIGNER)).run(body(stream=True), caller())
    assert len(signed) == 1
    assert verify(outcome.receipt, SIGNER.public_key)["kind"] == "admission"
    await outcome.events.aclose()


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_stream_whose_admission_cannot_be_signed_is_let_go(at_once):
    tries, told = [], []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))

    class Unplugged(Recorder):
        def admission(self, *given):
            tries.append(given)
            raise LedgerFault(why="the token does not sign")

    class Thinking(Models):
        async def stream(self, order, body, may):
            if not at_once:
                await asyncio.sleep(0.01)
            return await super().stream(order, body, may)

    log, models = Log(), Thinking(batches=[START, *words("はい"), END])
    running = replace(pipeline(models), recorder=Unplugged(log, SIGNER))
    with pytest.raises(LedgerFault):
        await running.run(body(stream=True), caller())
    assert models.streams.closed
    assert [one["finish"] for one in log.statements] == ["ledger_fault"]
    assert len(tries) == 1
    models.answer = UpstreamBroken(model="m", why="cut short")
    with pytest.raises(UpstreamBroken):
        await running.run(body(stream=True), caller())
    await asyncio.sleep(0)
    gc.collect()
    assert told == []


async def test_what_came_in_one_batch_with_nonsense_did_not_go_out_and_is_not_recorded_as_said():
    log = Log()
    got, *_ = await streamed([START, *words("はい。"), [*words("いいえ。")[0], b"<html>"], END], log=log)
    assert last(got.payloads)["error"]["code"] == "upstream_broken"
    assert log.contents[0]["answer"][0]["content"] == said(got.payloads[:-1])


async def test_nothing_of_the_last_part_goes_out_before_the_record_is_durable():
    log = Log()
    log.gate = asyncio.Event()
    outcome, _ = await begun([START, *words("はい、", "番号は090"), END], log=log)  # more could make it a number
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
    assert said(read(sent).payloads) == "はい、番号は"
    log.gate.set()
    await task
    assert read(sent).done
    assert said(read(sent).payloads) == "はい、番号は090"


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
    got, *_ = await streamed([START, *words("はい、", "番号は090"), END], log=log)
    assert not got.done
    assert said(got.payloads[:-1]) == "はい、番号は"
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


async def test_every_exchange_has_one_record_whatever_became_of_it():
    log = Log()
    line = pipeline(Models(answer(), [START, *words("a"), END]), log=log)
    for raw in (body(), body(BAD), body(stream=True), body(BAD, stream=True)):
        outcome = await line.run(raw, caller())
        if outcome.events is not None:
            await anext_all(outcome.events)
    assert len({record.exchange for record in log.records}) == len(log.records) == 4
