"""How much memory bodies may take together that come without a key: of those, visits are counted only afterwards."""

from typing import Self

from sekisho.server.lookup_faults import LookupUnavailable

FREE = 128 << 10  # bytes of a body that always have room: a text of the longest kind, or a receipt
MOST = 64 << 20  # bytes beyond that, of all bodies at a time


class Crowd:
    """The room for all. For one event loop.

    Attributes:
        left: bytes that are free.
    """

    def __init__(self, largest: int) -> None:
        """`largest` is the longest body that may come; there is always room for two of these."""
        self.left = max(MOST, 2 * largest)


class Guest:
    """The room that one body takes, until the end of a `with` block."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._crowd.left += self._taken
        self._taken = 0

    def grows(self, size: int) -> None:
        """The body has `size` bytes now. Raises `LookupUnavailable` where there is no more room."""
        more = max(0, size - FREE) - self._taken
        if more > self._crowd.left:
            raise LookupUnavailable
        self._crowd.left -= more
        self._taken += more
