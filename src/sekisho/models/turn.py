"""Turn: one try's place at an upstream, held from the first byte sent to the last one read."""

import asyncio
from math import ceil

from sekisho.core.errors import UpstreamBusy, UpstreamError, UpstreamRefused
from sekisho.models.breaker import Breaker


class Turn:
    """Holds one of the upstream's places and tells its circuit breaker how the try went. Left exactly once."""

    __slots__ = ("_breaker", "_gate", "_left", "_probe")

    def __init__(self, gate: asyncio.Semaphore, breaker: Breaker) -> None:
        self._gate = gate
        self._breaker = breaker
        self._probe = breaker.enter()
        self._left = False

    def alive(self) -> None:
        """A stream gave its first event. While a probe is out this closes the breaker: a stream may last minutes."""
        if self._breaker.probing:
            self._breaker.succeeded()

    def leave(self, fault: BaseException | None) -> None:
        """Gives the place back. `fault` is how the try ended; None means well. Later calls do nothing.

        Failures of the upstream count against it. An answer that refuses (4xx) shows that it lives. What is not the
        upstream's doing, e.g. a cancelled task, counts neither way.
        """
        if not self._give_back():
            return
        if fault is None or (isinstance(fault, UpstreamRefused) and fault.status_code < 500):
            self._breaker.succeeded()
        elif isinstance(fault, UpstreamError):
            self._breaker.failed()
        else:
            self._breaker.abandoned(probe=self._probe)

    def abandon(self) -> None:
        """As `leave`, for a try that tells nothing of the upstream: its reader left, or nobody knows who failed."""
        if self._give_back():
            self._breaker.abandoned(probe=self._probe)

    def _give_back(self) -> bool:
        """Frees the place, and tells whether it was held until now."""
        held = not self._left
        self._left = True
        if held:
            self._gate.release()
        return held


async def take_turn(model: str, gate: asyncio.Semaphore, breaker: Breaker, limit_s: float) -> Turn:
    """Waits up to `limit_s` seconds for a place.

    Raises `UpstreamBusy` when none comes free, and at once while the breaker is open.
    """
    _check(model, breaker)
    if not gate.locked():
        await gate.acquire()  # does not wait
        return Turn(gate, breaker)
    try:
        async with asyncio.timeout(limit_s):
            await gate.acquire()
    except TimeoutError as fault:
        raise UpstreamBusy(model=model, retry_s=max(1, ceil(limit_s))) from fault
    try:
        _check(model, breaker)  # it may have opened meanwhile
    except UpstreamBusy:
        gate.release()
        raise
    return Turn(gate, breaker)


def _check(model: str, breaker: Breaker) -> None:
    wait_s = breaker.wait_s()
    if wait_s > 0:
        raise UpstreamBusy(model=model, retry_s=ceil(wait_s))
