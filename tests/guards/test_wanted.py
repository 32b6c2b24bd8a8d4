import asyncio
import threading

import pytest

from sekisho.core.exchange import Stage
from sekisho.core.text import Text
from sekisho.guards.inspector import Inspector
from sekisho.guards.names import NamesGuard, names
from sekisho.guards.protocol import Context
from sekisho.guards.wanted import Unwanted, aside, wanted

LONG = 120.0  # seconds after which a test gives up
CONTEXT = Context(Stage.ENTRY, "user", "default")


def test_outside_a_thread_of_its_own_everything_is_wanted():
    items = [1, 2]
    assert wanted(items) is items


async def test_work_that_somebody_waits_for_is_done():
    assert await aside(lambda: list(wanted(range(5)))) == [0, 1, 2, 3, 4]
    assert wanted(items := [1]) is items


async def test_work_ends_when_it_is_cancelled():
    begun, ended = threading.Event(), threading.Event()

    def work():
        try:
            for _ in wanted(iter(int, 1)):
                begun.set()
        except Unwanted:
            ended.set()
            raise

    task = asyncio.ensure_future(aside(work))
    assert await asyncio.to_thread(begun.wait, LONG)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, LONG)


UNITS = (
    "佐藤 ",
    "たろう ",
    "ヤマダタロウ、",
    "John Smith, ",
    "my friend john: ",
    "糖尿病の",
    "he has diabetes. ",
    "Ogawa;",
)


class Watched(NamesGuard):
    """Tells how its work in a thread ended."""

    def _seen(self, text):
        return ended(super()._seen, text)

    def _told(self, text, seen):
        return ended(super()._told, text, seen)


def ended(work, text, *given):
    try:
        return work(text, *given)
    except Unwanted:
        ENDED.append(text)
        DONE.set()
        raise


ENDED, DONE = [], threading.Event()


@pytest.mark.parametrize("unit", UNITS)
async def test_names_are_looked_for_no_longer_than_the_budget_lasts(unit):
    guard = Watched(names.japanese, names.latin, names.conditions, names.english)
    inspector = Inspector((guard,), budget_s=0.2, growing=False)
    text = Text((unit * 500_000)[:500_000])
    ENDED.clear()
    DONE.clear()
    (fault,) = await inspector.ask(text, CONTEXT)
    assert (fault.category, fault.note) == ("fault.guard", "TimeoutError")
    assert await asyncio.to_thread(DONE.wait, LONG)
    assert list(map(len, ENDED)) == [len(text)]
