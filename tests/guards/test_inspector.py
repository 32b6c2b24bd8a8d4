import asyncio
import time
from dataclasses import dataclass, replace

import pytest

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards.inspector import LONG, Inspector
from sekisho.guards.protocol import Context, guard

CONTEXT = Context(Stage.ENTRY, "user", "office")
TEXT = Text("こんにちは")


def failing(what):
    async def look(text, context):
        if isinstance(what, type):
            raise what
        return what

    return guard("bad", Stage.ENTRY)(look)


async def ask(*guards, budget_s=5.0):
    return await Inspector(guards, budget_s=budget_s).ask(TEXT, CONTEXT)


@pytest.mark.parametrize(
    "what",
    [
        ValueError,
        SystemExit,
        asyncio.CancelledError,
        None,
        7,
        "text",
        ["text"],
        [None],
        [Finding(0, 6, "c", 1.0, "bad")],
    ],
    ids=repr,
)
async def test_a_guard_that_raises_or_returns_nonsense_is_a_fault_over_the_whole_text(what):
    (finding,) = await ask(failing(what))
    assert (finding.category, finding.start, finding.end, finding.guard) == ("fault.guard", 0, 5, "bad")


async def test_a_guard_that_hangs_is_a_fault_and_the_others_are_heard():
    async def hang(text, context):
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if stop.is_set():
                    raise

    async def sees(text, context):
        return [Finding(0, 1, "privacy.phone", 0.9, "good")]

    stop = asyncio.Event()
    before = asyncio.all_tasks()
    found = await ask(guard("slow", Stage.ENTRY)(hang), guard("good", Stage.ENTRY)(sees), budget_s=0.05)
    assert [(f.category, f.guard) for f in found] == [("fault.guard", "slow"), ("privacy.phone", "good")]
    stop.set()
    for task in asyncio.all_tasks() - before:
        task.cancel()


async def test_a_very_long_text_has_more_time():
    async def waits(text, context):
        await asyncio.sleep(0.2)
        return [Finding(0, 1, "privacy.phone", 0.9, f"{context.budget_s:.2f}")]

    inspector = Inspector([guard("slow", Stage.ENTRY)(waits)], budget_s=0.1)
    (late,) = await inspector.ask(Text("a" * LONG), CONTEXT)
    (found,) = await inspector.ask(Text("a" * 60 * LONG), CONTEXT)
    assert (late.category, found.category, found.guard) == ("fault.guard", "privacy.phone", "6.00")


async def test_guards_wait_side_by_side():
    met = asyncio.Barrier(3)

    async def meet(text, context):
        await met.wait()
        return []

    assert await ask(*(guard(f"g{number}", Stage.ENTRY)(meet) for number in range(3))) == []


async def test_a_function_that_blocks_does_not_stop_the_others():
    def block(text, context):
        time.sleep(0.3)
        return []

    (finding,) = await ask(guard("blocks", Stage.ENTRY)(block), budget_s=0.05)
    assert finding.note == "TimeoutError"


async def test_an_exchange_that_is_cancelled_takes_its_guards_with_it():
    gone = asyncio.Event()

    async def wait(text, context):
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    asking = asyncio.ensure_future(ask(guard("waits", Stage.ENTRY)(wait)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(gone.wait(), 300)


async def test_a_guard_works_only_at_its_stages():
    inspector = Inspector([failing(ValueError)], budget_s=1)
    assert inspector.waits(Stage.ENTRY)
    assert not inspector.waits(Stage.EXIT)
    assert await inspector.ask(TEXT, Context(Stage.EXIT, "assistant", "office")) == []
    assert inspector.disguised(Stage.ENTRY, TEXT) == []
    assert TEXT._disguised is None


@dataclass(frozen=True)
class Quick:
    """A guard that says at once what it finds, or leaves it for later."""

    answer: object
    name: str = "quick"
    stages: frozenset = frozenset({Stage.ENTRY})
    steady: bool = True

    async def inspect(self, text, context):
        raise AssertionError("a guard that can begin is not asked otherwise")

    def begin(self, text, context):
        if isinstance(self.answer, type):
            raise self.answer
        return self.answer


SEEN = Finding(0, 1, "privacy.phone", 0.9, "quick")


async def test_a_guard_that_need_not_wait_costs_no_task(monkeypatch):
    def task(*_):
        raise AssertionError

    monkeypatch.setattr(asyncio, "ensure_future", task)
    assert await ask(Quick([SEEN]), Quick((SEEN,), "tuple"), Quick([], "none")) == [SEEN, SEEN]


async def test_a_guard_that_has_more_to_do_is_waited_for_within_the_budget():
    async def later():
        await asyncio.sleep(0)
        return [SEEN]

    async def never():
        await asyncio.Event().wait()

    assert await ask(Quick(later), Quick([SEEN], "at once")) == [SEEN, SEEN]
    late, *_ = await ask(Quick(never), budget_s=0.01)
    assert (late.category, late.note) == ("fault.guard", "TimeoutError")


@pytest.mark.parametrize("answer", [ValueError, SystemExit, asyncio.CancelledError, None, 7, "text", [None]], ids=repr)
async def test_a_guard_that_fails_at_once_or_later_is_a_fault(answer):
    async def later():
        if isinstance(answer, type):
            raise answer
        return answer

    for guard_ in (Quick(answer), Quick(later)):
        (finding,) = await ask(guard_)
        assert (finding.category, finding.start, finding.end, finding.guard) == ("fault.guard", 0, 5, "quick")


def test_a_stage_is_steady_where_all_its_guards_are():
    async def look(text, context):
        return []

    fickle, steady = guard("fickle", Stage.EXIT)(look), guard("steady", Stage.EXIT, steady=True)(look)
    assert Inspector([Quick([]), steady], budget_s=1).steady(Stage.EXIT)
    mixed = Inspector([Quick([]), steady, fickle], budget_s=1)
    assert mixed.steady(Stage.ENTRY)
    assert not mixed.steady(Stage.EXIT)


@dataclass(frozen=True)
class Watching(Quick):
    """Finds as much as was found before."""

    name: str = "watching"

    def watch(self, text, context, judged):
        if judged == "fail":
            raise ValueError
        return [replace(SEEN, guard=context.owner)] * len(judged)


async def test_a_watcher_hears_what_others_found_and_is_not_asked_with_them():
    inspector = Inspector([Watching([SEEN])], budget_s=1)
    context = replace(CONTEXT, owner="key")
    assert not inspector.waits(Stage.ENTRY)
    assert await inspector.ask(TEXT, CONTEXT) == []
    assert [one.guard for one in inspector.watched(TEXT, context, [object()])] == ["key"]
    assert inspector.watched(TEXT, replace(context, stage=Stage.SOURCE), [object()]) == []
    (fault,) = inspector.watched(TEXT, context, "fail")
    assert (fault.category, fault.guard) == ("fault.guard", "watching")
