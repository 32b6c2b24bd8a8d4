"""Backoff: how long to wait before the same upstream is asked again, and whether at all."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sekisho.core.errors import UpstreamError, UpstreamRefused, UpstreamUnreachable

_PASSING = frozenset((502, 503, 504))


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential waits with full jitter, so that many callers do not come back at the same moment.

    Source: M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015.

    Attributes:
        base_s: longest wait before the first retry; doubles with each further one.
        most_s: longest wait of all. An upstream that asks for more (`Retry-After`) is not asked again.
        uniform: draws from [0, 1).
        sleep: waits so many seconds.
    """

    base_s: float = 0.2
    most_s: float = 5.0
    uniform: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def wait_s(self, fault: UpstreamError, tries: int) -> float | None:
        """Seconds to wait after the `tries`-th try (from 1) failed with `fault`; None: asking again is no use.

        Asked again is what passes by itself: no connection, 502, 503, 504, and a 429 that says when to come back.
        Time-outs are not: the person has waited long enough for this model.
        """
        jittered = self.uniform() * min(self.most_s, self.base_s * 2 ** (tries - 1))
        if isinstance(fault, UpstreamUnreachable):
            return jittered
        if not isinstance(fault, UpstreamRefused):
            return None
        if fault.retry_s is None:
            return jittered if fault.status_code in _PASSING else None
        if fault.retry_s > self.most_s or fault.status_code not in (429, *_PASSING):
            return None
        return fault.retry_s + jittered
