"""What waits on a model ends when it is stopped: not only at the model's next word."""

import asyncio
from dataclasses import dataclass

import orjson
import pytest
from tests.pipeline.making import (
    END,
    GUARD,
    MASKING,
    START,
    Log,
    Models,
    anext_all,
    answer,
    begun,
    body,
    caller,
    event,
    last,
    pipeline,
    profile,
    read,
    said,
    whole,
    words,
)

from sekisho.core.errors import AccessFault, Stopped, UnknownModel
from sekisho.core.exchange import Stage
from sekisho.guards.inspector import Inspector
from sekisho.models.upstream import Reply
from sekisho.pipeline import placeholders
from sekisho.pipeline import stops as looking
from sekisho.pipeline.contract import Agreement
from sekisho.pipeline.media import SPEECH, Media
from sekisho.pipeline.stops import Stops
from sekisho.policy.profile import Contract


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(looking, "LOOK_S", 0.001)


class Switch:
    """What is stopped: a name, or a fault."""

    def __init__(self):
        self.stops = {}

    def __call__(self, model, profile):
        for what in ("all", profile, model):
            if what in self.stops:
                if self.stops[what] is not None:
                    raise self.stops[what]
                return what
        return None


class Silence:
    """A model that says nothing; `reached` when it was asked, `left` when nobody waits any more."""

    def __init__(self):
        self.reached = asyncio.Event()
        self.left = False

    async def __call__(self, *_):
        self.reached.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left = True


async def stopped(task, silence, switch, what):
    await silence.reached.wait()
    switch.stops[what] = None
    return await asyncio.wait_for(task, 300)


@pytest.mark.parametrize("what", ["m", "test", "all"])
async def test_a_whole_answer_that_does_not_come_is_not_waited_for(what):
    log, silence, switch = Log(), Silence(), Switch()
    task = asyncio.create_task(whole(Models(silence), log=log, stopped=switch))
    with pytest.raises(Stopped) as caught:
        await stopped(task, silence, switch, what)
    assert silence.left
    assert caught.value.details["what"] == what
    (statement,) = log.statements
    assert (statement["verdict"], statement["finish"]) == ("refuse", "stopped")
    assert statement["categories"] == ["fault.stopped"]


async def test_what_something_else_waits_for_goes_on():
    silence, switch = Silence(), Switch()
    task = asyncio.create_task(whole(Models(silence), stopped=switch))
    await silence.reached.wait()
    switch.stops |= {"other": None, "office": None}
    await asyncio.sleep(0.02)
    assert not silence.left
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_stream_whose_header_does_not_come_is_not_waited_for():
    log, silence, switch = Log(), Silence(), Switch()
    models = Models()
    models.stream = silence
    running = pipeline(models, log=log, stopped=switch)
    with pytest.raises(Stopped):
        await stopped(asyncio.create_task(running.run(body(stream=True), caller())), silence, switch, "m")
    assert silence.left
    assert log.statements[0]["finish"] == "stopped"


async def test_a_stream_that_falls_silent_ends_in_form():
    log, silence, switch = Log(), Silence(), Switch()
    outcome, models = await begun([START, *words("はい、"), silence, *words("あと。"), END], log=log, stopped=switch)
    sent = await stopped(asyncio.create_task(anext_all(outcome.events)), silence, switch, "all")
    got = read(sent)
    assert models.streams.closed
    assert silence.left
    assert got.done
    assert said(got.payloads).startswith("はい、\n\n")
    assert "あと" not in said(got.payloads)
    assert last(got.payloads)["choices"][0]["finish_reason"] == "content_filter"
    (statement,) = log.statements
    assert (statement["verdict"], statement["categories"]) == ("refuse", ["fault.stopped"])
    assert log.contents[0]["answer"][0]["content"] == "はい、"


@dataclass(frozen=True)
class Slow:
    """A guard that takes its time over what holds 遅."""

    pondering: Silence
    name: str = "slow"
    stages: frozenset[Stage] = frozenset({Stage.EXIT})
    horizon: int | None = None

    async def inspect(self, text, context):
        if "遅" in text.received:
            self.pondering.reached.set()
            await asyncio.sleep(0.02)
        return []


async def stopped_while_guards_look(batches, fault=None, **more):
    """What the client got, and the record; the switch is pressed when the guard has begun to look."""
    log, pondering, switch = Log(), Silence(), Switch()
    inspector = Inspector((GUARD, Slow(pondering)), budget_s=60, rules=(placeholders.rule(),))
    who = caller(profile(exit=MASKING, keep_content=True, **more))
    outcome, models = await begun(batches, log=log, stopped=switch, inspector=inspector, who=who)
    task = asyncio.create_task(anext_all(outcome.events))
    await asyncio.wait_for(pondering.reached.wait(), 300)
    switch.stops["m"] = fault
    got = read(await asyncio.wait_for(task, 300))
    assert models.streams.closed
    return got, log


@pytest.mark.parametrize(
    ("mode", "before"), [("sentence", "はい。"), ("end", "")], ids=["within the answer", "at its end"]
)
async def test_no_word_goes_out_after_a_stop_that_came_while_the_guards_looked(mode, before):
    batches = [START, *words("はい。", "それは", "遅い。", "続き"), END]
    got, log = await stopped_while_guards_look(batches, stream=mode)
    assert got.done
    assert said(got.payloads).startswith(f"{before}\n\n" if before else "「")
    assert "遅" not in said(got.payloads)
    assert last(got.payloads)["choices"][0]["finish_reason"] == "content_filter"
    (statement,) = log.statements
    assert (statement["verdict"], statement["categories"]) == ("refuse", ["fault.stopped"])
    recorded = "".join(one.get("content", "") + one.get("notice", "") for one in log.contents[0]["answer"])
    assert recorded == said(got.payloads)


async def test_where_nobody_knows_whether_it_is_stopped_the_words_are_held_and_not_recorded_as_said():
    fault = AccessFault(why="a row is damaged")
    got, log = await stopped_while_guards_look(
        [START, *words("はい。", "遅い。", "続き"), END], fault, stream="sentence"
    )
    assert not got.done
    assert last(got.payloads)["error"]["code"] == fault.code
    assert said(got.payloads[:-1]) == log.contents[0]["answer"][0]["content"] == "はい。"


async def test_calls_of_tools_are_not_told_where_a_stop_kept_them():
    call = {"index": 0, "id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    batches = [START, *words("遅い"), [event(tool_calls=[call])], END]
    got, log = await stopped_while_guards_look(batches, stream="end")
    assert b"tool_calls" not in b"".join(got.payloads)
    assert not any("tool_calls" in one for one in log.contents[0]["answer"])


@pytest.mark.parametrize("streamed", [True, False])
async def test_no_end_goes_out_after_a_stop_that_came_at_the_last_look_at_the_form(monkeypatch, streamed):
    log, switch, look = Log(), Switch(), Agreement.look

    async def looking_long(self, *given, **named):
        switch.stops["m"] = None
        return await look(self, *given, **named)

    monkeypatch.setattr(Agreement, "look", looking_long)
    who = caller(profile(exit=MASKING, keep_content=True, answer=Contract(least=1)))
    if streamed:
        outcome, _ = await begun([START, *words("はい。"), END], log=log, stopped=switch, who=who)
        got = read(await anext_all(outcome.events))
        assert last(got.payloads)["choices"][0]["finish_reason"] == "content_filter"
        assert log.contents[0]["answer"][0]["content"] == "はい。"
    else:
        with pytest.raises(Stopped):
            await whole(Models(answer("はい。")), log=log, stopped=switch, who=who)
    (statement,) = log.statements
    assert (statement["verdict"], statement["categories"]) == ("refuse", ["fault.stopped"])


async def test_the_model_of_a_client_that_does_not_read_stops_too():
    log, switch = Log(), Switch()
    outcome, models = await begun([START, *words("はい、", "そうです。"), END], log=log, stopped=switch)
    await anext(outcome.events)
    switch.stops["m"] = None
    await asyncio.sleep(0.02)
    assert models.streams.closed
    await outcome.events.aclose()
    (statement,) = log.statements
    assert (statement["verdict"], statement["finish"]) == ("refuse", "client_left")
    assert statement["categories"] == ["fault.stopped"]


async def test_a_client_that_leaves_as_it_is_stopped_has_left():
    log, silence, switch = Log(), Silence(), Switch()
    running = pipeline(Models(silence), log=log, stopped=switch)
    task = asyncio.create_task(running.run(body(), caller()))
    await silence.reached.wait()
    switch.stops["m"] = None
    for wait in running.stops.waiting:
        wait.end_if_stopped()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log.statements[0]["finish"] == "client_left"


async def test_a_file_that_does_not_come_is_not_waited_for():
    log, silence, switch = Log(), Silence(), Switch()
    models = Models()
    models.media = silence
    media = Media(pipeline(models, log=log, stopped=switch))
    raw = orjson.dumps({"model": "m", "input": "やあ"})
    with pytest.raises(Stopped):
        await stopped(asyncio.create_task(media.run(raw, caller(), SPEECH)), silence, switch, "test")
    assert silence.left
    assert (log.statements[0]["finish"], log.statements[0]["categories"]) == ("stopped", ["fault.stopped"])


class Turns(Models):
    """Asks one model after another, of which only the last waits."""

    async def complete(self, order, body, may):
        for name in order[:-1]:
            assert may(name)
        assert may(order[-1])
        return Reply(order[-1], orjson.dumps(await self.answer(body)))


@pytest.mark.parametrize(("what", "ends"), [("m", False), ("other", True)])
async def test_only_the_model_whose_turn_it_is_counts(what, ends):
    log, silence, switch = Log(), Silence(), Switch()
    running = pipeline(Turns(silence), log=log, stopped=switch)
    task = asyncio.create_task(running.run(body(model="unknown"), caller()))
    await silence.reached.wait()
    switch.stops[what] = None
    await asyncio.sleep(0.02)
    assert silence.left is ends
    task.cancel()
    with pytest.raises(Stopped if ends else asyncio.CancelledError):
        await task


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_record_of_a_stop_names_the_model_that_was_waited_for(streamed):
    log, silence, switch = Log(), Silence(), Switch()
    models = Turns(silence)
    models.stream = models.complete
    running = pipeline(models, log=log, stopped=switch)
    task = asyncio.create_task(running.run(body(model="unknown", stream=streamed), caller()))
    with pytest.raises(Stopped):
        await stopped(task, silence, switch, "other")
    assert (log.statements[0]["model"], log.statements[0]["finish"]) == ("other", "stopped")


async def test_a_stop_while_the_guards_look_is_told_as_a_stop():
    log, switch = Log(), Switch()

    class Refusing(Models):
        async def complete(self, order, body, may):
            switch.stops["m"] = None
            assert not may("m")
            raise UnknownModel(model="m")

    with pytest.raises(Stopped):
        await whole(Refusing(), log=log, stopped=switch)
    assert log.statements[0]["categories"] == ["fault.stopped"]


@pytest.mark.parametrize("streamed", [False, True])
async def test_what_cannot_be_known_to_run_stops(streamed):
    log, silence, switch = Log(), Silence(), Switch()
    fault = AccessFault(why="a row is damaged")
    if streamed:
        outcome, _ = await begun([START, silence], log=log, stopped=switch)
        task = asyncio.create_task(anext_all(outcome.events))
    else:
        task = asyncio.create_task(whole(Models(silence), log=log, stopped=switch))
    await silence.reached.wait()
    switch.stops["all"] = fault
    if streamed:
        assert last(read(await task).payloads)["error"]["code"] == fault.code
    else:
        with pytest.raises(AccessFault):
            await task
    assert log.statements[0]["finish"] == fault.code


async def test_nothing_is_looked_at_while_nothing_waits():
    looks = []
    stops = Stops(lambda model, profile: looks.append(model))
    with stops.over("m", "office"):
        await asyncio.sleep(0.02)
    assert looks
    await asyncio.sleep(0.01)
    looks.clear()
    await asyncio.sleep(0.02)
    assert looks == []
    assert stops._clock is None
    assert not stops.waiting


async def test_whoever_ended_before_it_was_stopped_is_not_cancelled_later():
    switch = Switch()
    running = pipeline(Models(answer()), stopped=switch)
    await running.run(body(), caller())
    switch.stops["all"] = None
    await asyncio.sleep(0.02)
    assert not asyncio.current_task().cancelling()
