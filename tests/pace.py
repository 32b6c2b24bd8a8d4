"""How fast this machine is just now: bounds of time stand in turns of a loop that does a known amount of work.

So they hold on a machine at a third of its speed, and still fail where work grows faster than it should.
"""

import time

STEPS = 20_000  # of one turn: about a millisecond on a quiet machine of 2023
TRIES = 5


def turns(spent_s: float) -> float:
    """Processor time in turns of the loop."""
    return spent_s / min(_turn_s() for _ in range(TRIES))


def _turn_s() -> float:
    begun = time.thread_time()
    total = 0
    for step in range(STEPS):
        total += step & 3
    return time.thread_time() - begun
