"""A view: the same text in another spelling, with the place of every code point."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Places:
    """For each code point of a view, the range of the received text that it came from.

    `starts` and `ends` never decrease, so a range of the view covers one range of the received text.
    """

    starts: "array[int]"
    ends: "array[int]"


@dataclass(slots=True)
class View:
    """The text in another spelling.

    Attributes:
        name: `received`, `normalised`, or the decoding, e.g. `base64`.
        value: what guards read.
        length: code points of the text as received.
    """

    name: str
    value: str
    length: int
    _locate: Callable[[], Places] | None = None  # None: every position maps to itself
    _places: Places | None = field(default=None, repr=False)

    def received(self, start: int, end: int) -> tuple[int, int]:
        """The range of the received text that `value[start:end]` came from. Code points, `start <= end`.

        An empty range maps to the empty range before the code point at `start`.
        """
        if not 0 <= start <= end <= len(self.value):
            raise ValueError(f"no range of view {self.name}: {start}–{end}")
        if self._locate is None:
            return start, end
        places = self._resolved(self._locate)
        if start == len(self.value):
            return self.length, self.length
        first = places.starts[start]
        return (first, first) if start == end else (first, places.ends[end - 1])

    def seen(self, start: int, end: int) -> tuple[int, int]:
        """The smallest range of the view that comes from anything in `received[start:end]`."""
        if not 0 <= start <= end <= self.length:
            raise ValueError(f"no range of the text: {start}–{end}")
        if self._locate is None:
            return start, end
        from bisect import bisect_left, bisect_right

        places = self._resolved(self._locate)
        first = bisect_right(places.ends, start)
        return first, max(first, bisect_left(places.starts, end))

    def _resolved(self, locate: Callable[[], Places]) -> Places:
        if self._places is None:
            self._places = locate()
        return self._places
