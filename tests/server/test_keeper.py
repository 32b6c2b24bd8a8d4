import asyncio
import logging

from sekisho.core.errors import LedgerFault
from sekisho.server.keeper import DOUBT_S, EVERY_S, LEEWAY_S, Calendar, keep


class Swept:
    """A ledger that remembers when it was swept, and fails at first."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.twice = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def sweep(self, now_s: int) -> int:
        self.times.append(now_s)
        if len(self.times) == 1:
            raise LedgerFault(why="full")
        self._loop.call_soon_threadsafe(self.twice.set)
        return 3


async def test_the_keeper_sweeps_again_after_a_failure_and_tells_what_it_erased(caplog):
    caplog.set_level(logging.WARNING)
    ledger = Swept()
    task = asyncio.create_task(keep(ledger, first_s=0.0, every_s=0.0))
    await asyncio.wait_for(ledger.twice.wait(), 300)
    async with asyncio.timeout(300):
        while "3 contents" not in caplog.text:  # noqa: ASYNC110 - a line of log has no event
            await asyncio.sleep(0)
    task.cancel()
    assert "could not be erased" in caplog.text
    assert ledger.times == sorted(ledger.times)


class Clocks:
    """A clock that can be set, beside one that cannot."""

    def __init__(self) -> None:
        self.told, self.passed = 1_700_000_000.0, 500.0
        self.calendar = Calendar(lambda: self.told, lambda: self.passed)

    def later(self, seconds: float) -> float:
        """What the calendar says so much later, less what the clock says."""
        self.told += seconds
        self.passed += seconds
        return self.calendar.now() - self.told


YEAR_S = 365 * 86_400


def test_a_clock_that_goes_as_time_passes_is_believed():
    clocks = Clocks()
    assert [clocks.later(EVERY_S) for _ in range(100)] == [0] * 100
    assert clocks.later(YEAR_S) == 0  # the machine slept for a year


def test_a_clock_that_jumps_forward_and_back_erases_nothing_before_its_time(caplog):
    clocks = Clocks()
    clocks.told += YEAR_S
    assert [clocks.later(EVERY_S) for _ in range(20)] == [-YEAR_S] * 20
    clocks.told -= YEAR_S
    assert clocks.later(EVERY_S) == 0
    assert caplog.text.count("set forward") + caplog.text.count("s forward") == 1


def test_a_clock_that_stays_ahead_for_a_day_was_wrong_before():
    clocks = Clocks()
    clocks.told += YEAR_S
    assert clocks.later(0) == -YEAR_S
    assert clocks.later(DOUBT_S - 1) == -YEAR_S
    assert clocks.later(1) == 0
    assert clocks.later(EVERY_S) == 0


def test_small_steps_and_steps_back_are_believed_at_once():
    clocks = Clocks()
    clocks.told += LEEWAY_S
    assert clocks.later(0) == 0
    clocks.told -= YEAR_S
    assert clocks.later(EVERY_S) == 0


async def test_the_keeper_erases_by_the_calendar():
    clocks, ledger = Clocks(), Swept()
    clocks.told += YEAR_S
    task = asyncio.create_task(keep(ledger, first_s=0.0, every_s=0.0, calendar=clocks.calendar))
    await asyncio.wait_for(ledger.twice.wait(), 300)
    task.cancel()
    assert set(ledger.times) == {1_700_000_000}
