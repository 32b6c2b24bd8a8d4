"""Limits of a key, counted over all worker processes of one home."""

import time
from array import array
from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

from sekisho.core.errors import TooManyRequests
from sekisho.core.language import Told
from sekisho.server.access import Key
from sekisho.server.rows import Row
from sekisho.server.shared import IN_FLIGHT, ROWS, ROWS_USED, SLOTS, WINDOW_WORDS, WINDOWS, Shared

WINDOW_S = 60
CELLS = WINDOW_S + 1  # whole seconds that a window of 60 s can touch

# The words of one slot's window.
TICK, REQUESTS, TOKENS = 0, 1, 2  # the second of the last use, and the sums of the cells
REQUEST_CELLS = 3
TOKEN_CELLS = REQUEST_CELLS + CELLS

MOST = 2**63 - 1  # sums stop here, so that nonsense in a damaged file cannot overflow a word
BUSY_RETRY_S = 1
SWEEP_S = 0.25  # a flood of refused requests must not become a flood of file openings


class Limit(Told):
    """What `TooManyRequests` says in `limit`."""

    CONCURRENT = "concurrent", "同時に処理できるリクエスト数", "requests at a time"
    REQUESTS = "requests_per_minute", "1分あたりのリクエスト数", "requests a minute"
    TOKENS = "tokens_per_minute", "1分あたりのトークン数", "tokens a minute"


class Limits:
    """Requests a minute, tokens a minute and requests at a time, for each key.

    **Windows.** A sliding window of whole seconds: requests and tokens are counted in 61 cells of one second, and the
    cells of this second and the 60 before it are summed. As these cover every span of 60 s that ends now, no 60 s ever
    hold more admitted requests than the limit; the price is that a place becomes free up to 1 s late. Refused requests
    are not counted. Tokens are known only afterwards: a request is admitted while fewer tokens than the limit were
    charged in the window, and is charged when it leaves, so the excess is at most what was in flight at that time.

    **Clock.** `CLOCK_MONOTONIC`, which on Linux is one for all processes and which nobody can set. Should the second
    last noted lie ahead nevertheless (the machine was started anew), what the window holds counts as used now: nothing
    is given away, and it has passed after 61 s.

    **In flight.** Each worker process has a row of its own with one word per key, so a count is lost with its worker
    and never stays behind: the row is cleared when the next worker takes it, and before a request is refused because
    of a dead one. A word is only ever written from this process's own count, so damage to it heals.

    Made in the worker, after any fork, and used from one thread. `enter` holds a lock of the kernel for about a
    microsecond; a process that dies in it releases it and at worst leaves one request half counted for a second.
    """

    def __init__(self, directory: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shared = Shared(directory)
        try:
            self._row = Row(directory)
        except BaseException:
            self._shared.close()
            raise
        self._mine = array("Q", bytes(8 * SLOTS))
        self._first = IN_FLIGHT + self._row.number * SLOTS
        self._sweep_s = -1.0
        self._settle()

    def enter(self, key: Key) -> None:
        """Counts one request of this minute and one in flight; each must be followed by one `leave`.

        Raises `TooManyRequests` and counts nothing when a limit is reached. `limit` is then a `Limit`,
        and `retry_s` whole seconds from 1 to 61: when the window will
        have room again, and 1 where that depends on other requests.
        """
        if not (key.concurrent or key.requests_per_minute or key.tokens_per_minute):
            return
        shared = self._shared
        if time.monotonic() >= shared.recheck_s:
            self._settle()
        slot = key.slot
        flock(shared.fd, LOCK_EX)
        try:
            words = shared.words
            if key.concurrent and self._in_flight(words, slot) >= key.concurrent:
                self._make_room(words, key)
            if key.requests_per_minute or key.tokens_per_minute:
                self._count(words, key)
            self._mine[slot] += 1
            words[self._first + slot] = self._mine[slot]
        finally:
            flock(shared.fd, LOCK_UN)

    def leave(self, key: Key, tokens: int) -> None:
        """Ends what `enter` began with this very `key`, and charges `tokens` (0 or more) to this minute."""
        if not (key.concurrent or key.requests_per_minute or key.tokens_per_minute):
            return
        slot = key.slot
        if not self._mine[slot]:
            raise RuntimeError("leave without enter")
        shared = self._shared
        self._mine[slot] -= 1
        shared.words[self._first + slot] = self._mine[slot]  # no lock: nobody else writes here
        if tokens > 0 and key.tokens_per_minute:
            flock(shared.fd, LOCK_EX)
            try:
                self._charge(shared.words, slot, tokens)
            finally:
                flock(shared.fd, LOCK_UN)

    def close(self) -> None:
        """Gives up the row; what this process has in flight counts no longer."""
        self._mine = array("Q", bytes(8 * SLOTS))
        self._settle()
        self._row.close()
        self._shared.close()

    def _settle(self) -> None:
        """Sees to it that the shared memory is there and that this process's row in it is right."""
        shared = self._shared
        shared.refresh()
        flock(shared.fd, LOCK_EX)
        try:
            shared.words[self._first : self._first + SLOTS] = memoryview(self._mine)
            shared.words[ROWS_USED] = min(max(shared.words[ROWS_USED], self._row.number + 1), ROWS)
        finally:
            flock(shared.fd, LOCK_UN)

    def _in_flight(self, words: "memoryview[int]", slot: int) -> int:
        return sum(words[IN_FLIGHT + slot : IN_FLIGHT + slot + words[ROWS_USED] * SLOTS : SLOTS])

    def _make_room(self, words: "memoryview[int]", key: Key) -> None:
        """Clears the rows of workers that ended; raises `TooManyRequests` when that gives no room."""
        now_s = time.monotonic()
        if now_s >= self._sweep_s:
            self._sweep_s = now_s + SWEEP_S
            for number in range(min(words[ROWS_USED], ROWS)):
                with self._row.unowned(number) as unowned:
                    if unowned:
                        first = IN_FLIGHT + number * SLOTS
                        words[first : first + SLOTS] = memoryview(bytes(8 * SLOTS)).cast("Q")
        if self._in_flight(words, key.slot) >= key.concurrent:
            raise TooManyRequests(limit=Limit.CONCURRENT, retry_s=BUSY_RETRY_S)

    def _count(self, words: "memoryview[int]", key: Key) -> None:
        start = WINDOWS + key.slot * WINDOW_WORDS
        tick = int(self._clock())  # under the lock, so that no other process has noted a later one
        if words[start + TICK] != tick:
            _turn(words, start, tick)
        if key.requests_per_minute and words[start + REQUESTS] >= key.requests_per_minute:
            retry_s = _room_in(words, start + REQUEST_CELLS, tick, key.requests_per_minute)
            raise TooManyRequests(limit=Limit.REQUESTS, retry_s=retry_s)
        if key.tokens_per_minute and words[start + TOKENS] >= key.tokens_per_minute:
            retry_s = _room_in(words, start + TOKEN_CELLS, tick, key.tokens_per_minute)
            raise TooManyRequests(limit=Limit.TOKENS, retry_s=retry_s)
        cell = start + REQUEST_CELLS + tick % CELLS
        words[cell] = (words[cell] + 1) & MOST
        words[start + REQUESTS] = (words[start + REQUESTS] + 1) & MOST

    def _charge(self, words: "memoryview[int]", slot: int, tokens: int) -> None:
        start = WINDOWS + slot * WINDOW_WORDS
        tick = int(self._clock())
        if words[start + TICK] != tick:
            _turn(words, start, tick)
        cell = start + TOKEN_CELLS + tick % CELLS
        words[cell] = min(words[cell] + tokens, MOST)
        words[start + TOKENS] = min(words[start + TOKENS] + tokens, MOST)


class Place:
    """What one request takes of the limits of its key, until it is given back.

    It is given back before the last bytes of an answer go out: whoever has the whole answer may ask again at once.
    """

    def __init__(self, limits: Limits, key: Key) -> None:
        """Takes it. Raises `TooManyRequests`."""
        limits.enter(key)
        self._limits = limits
        self._key = key
        self._taken = True

    def give_back(self, tokens: int) -> None:
        """Gives it back and charges `tokens`; nothing where that was done before."""
        if self._taken:
            self._taken = False
            self._limits.leave(self._key, tokens)


def _turn(words: "memoryview[int]", start: int, tick: int) -> None:
    """Moves a window to another second. Sums are made anew each time, so an interrupted writer cannot spoil them."""
    passed = tick - words[start + TICK]
    for cells, total in ((start + REQUEST_CELLS, REQUESTS), (start + TOKEN_CELLS, TOKENS)):
        used = sum(words[cells : cells + CELLS]) if passed < 0 else 0
        if not 0 < passed < CELLS:
            words[cells : cells + CELLS] = memoryview(bytes(8 * CELLS)).cast("Q")
        for later in range(1, min(passed, CELLS - 1) + 1):
            words[cells + (tick - passed + later) % CELLS] = 0
        words[cells + tick % CELLS] = min(words[cells + tick % CELLS] + used, MOST)
        words[start + total] = min(sum(words[cells : cells + CELLS]), MOST)
    words[start + TICK] = tick


def _room_in(words: "memoryview[int]", cells: int, tick: int, limit: int) -> int:
    """Seconds until the cells that are still in the window hold less than `limit`."""
    used = sum(words[cells : cells + CELLS])
    for seconds in range(1, CELLS + 1):
        used -= words[cells + (tick + seconds) % CELLS]
        if used < limit:
            return seconds
    return CELLS
