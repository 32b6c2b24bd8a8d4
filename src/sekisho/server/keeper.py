"""The keeper: erases contents whose time is over, while the server runs."""

import asyncio
import logging
import time
from collections.abc import Callable

from sekisho.core.errors import SekishoError
from sekisho.ledger.ledger import Ledger

log = logging.getLogger("sekisho.server")

FIRST_S = 60.0  # after the start, so that a restart is not slowed down
EVERY_S = 3600.0
LEEWAY_S = 3600.0  # by which a clock may be set forward and is believed at once
DOUBT_S = 86_400.0  # for which one that was set forward further has to stay so


def passed() -> float:
    """Seconds since the machine started, asleep or not; nobody can set this clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Calendar:
    """The time by which contents are erased, for good: a clock that jumps forward is not believed at once.

    While the clock is ahead of what has passed by more than `LEEWAY_S`, the time is what has passed since it was last
    believed. If it is still ahead after `DOUBT_S`, it is right: it was wrong before. One that was set back is believed.
    """

    def __init__(self, clock: Callable[[], float] = time.time, passed: Callable[[], float] = passed) -> None:
        self._clock, self._passed = clock, passed
        self._believed = clock(), passed()
        self._doubted: float | None = None  # what had passed when the clock was first found ahead

    def now(self) -> int:
        """Seconds since 1970."""
        told, passed = self._clock(), self._passed()
        expected = self._believed[0] + passed - self._believed[1]
        if told > expected + LEEWAY_S:
            if self._doubted is None:
                self._doubted = passed
                log.warning("the clock was set %.0f s forward: for a day, nothing is erased by it", told - expected)
            if passed - self._doubted < DOUBT_S:
                return int(expected)
        self._believed, self._doubted = (told, passed), None
        return int(told)


async def keep(
    ledger: Ledger, *, first_s: float = FIRST_S, every_s: float = EVERY_S, calendar: Calendar | None = None
) -> None:
    """Sweeps the ledger again and again, in a thread, until cancelled. What fails is logged and tried again."""
    calendar = calendar or Calendar()
    wait_s = first_s
    while True:
        await asyncio.sleep(wait_s)
        wait_s = every_s
        try:
            erased = await asyncio.to_thread(ledger.sweep, calendar.now())
        except SekishoError as fault:
            log.error("contents could not be erased: %s", fault)  # noqa: TRY400 - the fault says all
        else:
            if erased:
                log.warning("%d contents were erased, as their time was over", erased)
