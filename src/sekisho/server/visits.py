"""How often strangers may ask: by address, and all together."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil

ADDRESSES = 10_000  # remembered; of more, those that asked longest ago are forgotten


class Bucket:
    """So many at once, and as many a minute (a token bucket). 0: no limit."""

    def __init__(self, per_minute: int, now_s: float) -> None:
        self._per_minute = per_minute
        self._left = float(per_minute)
        self._at_s = now_s

    def wait_s(self, now_s: float) -> int:
        """Whole seconds until the next may come; 0: now."""
        if not self._per_minute:
            return 0
        self._left = min(float(self._per_minute), self._left + (now_s - self._at_s) * self._per_minute / 60)
        self._at_s = now_s
        return 0 if self._left >= 1 else max(1, ceil((1 - self._left) * 60 / self._per_minute))

    def take(self) -> None:
        """Counts one."""
        self._left -= 1


class Visits:
    """Admits or sends away. An IPv6 network of 64 bits counts as one address, since one visitor has that many.

    This machine's own addresses count only in all: behind a proxy on it, everybody has them.
    """

    def __init__(self, per_address: int, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_address = per_address
        self._clock = clock
        self._total = Bucket(total, clock())
        self._known: OrderedDict[str, Bucket] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Counts a visit and returns 0, or counts nothing and returns the seconds to wait."""
        now_s = self._clock()
        buckets = [self._total]
        network = _network(address)
        if network:
            buckets.append(self._known.setdefault(network, Bucket(self._per_address, now_s)))
            self._known.move_to_end(network)
            if len(self._known) > ADDRESSES:
                self._known.popitem(last=False)
        wait_s = max(bucket.wait_s(now_s) for bucket in buckets)
        if not wait_s:
            for bucket in buckets:
                bucket.take()
        return wait_s


def _network(address: str) -> str:
    """What counts as one visitor; empty for this machine, and for what is no address."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(read, IPv6Address):
        read = read.ipv4_mapped or read
    if read.is_loopback:
        return ""
    return str(read) if read.version == 4 else read.packed[:8].hex()
