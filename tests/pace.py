"""How fast this machine is just now: bounds of time stand in turns of a loop that does a known amount of work.

So they hold on a machine at a third of its speed, and still fail where work grows faster than it should.
"""

import time
from collections.abc import Callable

STEPS = 20_000  # of one turn: about a millisecond on a quiet machine of 2023
TRIES = 5


def spent(work: Callable[..., object], *given: object) -> float:
    """Seconds of processor time that a call takes in this thread: what other tests left running does not count."""
    begun = time.thread_time()
    work(*given)
    return time.thread_time() - begun


def turns(spent_s: float) -> float:
    """Processor time, as of `spent`, in turns of the loop."""
    return spent_s / min(spent(_turn) for _ in range(TRIES))


def _turn() -> None:
    total = 0
    for step in range(STEPS):
        total += step & 3
