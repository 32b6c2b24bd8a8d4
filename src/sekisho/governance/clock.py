"""The clock of a log: pauses that are longer than usual, and times that run backwards.

Both are observations and no faults: a machine may be switched off, and a clock may be set. The log proves the order of
its entries; their times are what the operator's clock said.
"""

import heapq
from typing import NamedTuple

LATE_MS = 3_600_000  # entries bear the time at which their exchange began, which may be long before it ended
LEAST_MS = 3_600_000
RANK = 10


class Pause(NamedTuple):
    """Nothing was recorded from `since_ms` until `until_ms` (Unix milliseconds), the time of the entry `position`."""

    since_ms: int
    until_ms: int
    position: int

    @property
    def length_ms(self) -> int:
        """How long it was."""
        return self.until_ms - self.since_ms


class Backwards(NamedTuple):
    """Entries that are more than an hour behind a time before them: how many, the first, the largest distance."""

    entries: int = 0
    position: int = 0
    most_ms: int = 0


class Clock:
    """Sees the times of all entries in the order of the log.

    A pause is longer than usual when it lasts an hour at least, and more than twice as long as the tenth longest:
    nights and weekends come often, so they do not count. Where there are fewer than ten pauses an hour is enough.
    """

    def __init__(self) -> None:
        self.first_ms: int | None = None
        self.latest_ms = 0
        self.backwards = Backwards()
        self._longest: list[tuple[int, Pause]] = []

    def see(self, time_ms: int, position: int) -> None:
        """Takes the time of the next entry."""
        if self.first_ms is None:
            self.first_ms = self.latest_ms = time_ms
        passed_ms = time_ms - self.latest_ms
        if passed_ms > 0:
            if len(self._longest) < RANK or passed_ms > self._longest[0][0]:
                heapq.heappush(self._longest, (passed_ms, Pause(self.latest_ms, time_ms, position)))
                if len(self._longest) > RANK:
                    heapq.heappop(self._longest)
            self.latest_ms = time_ms
        elif passed_ms < -LATE_MS:
            count, first, most_ms = self.backwards
            self.backwards = Backwards(count + 1, first if count else position, max(most_ms, -passed_ms))

    @property
    def unusual(self) -> list[Pause]:
        """Pauses that are longer than usual, in the order of the log."""
        tenth_ms = self._longest[0][0] if len(self._longest) == RANK else 0
        long_ms = max(LEAST_MS - 1, 2 * tenth_ms)
        return sorted(pause for length_ms, pause in self._longest if length_ms > long_ms)

    @property
    def longest(self) -> Pause | None:
        """The longest pause of all; None where there was none."""
        return max(self._longest)[1] if self._longest else None
