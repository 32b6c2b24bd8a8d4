"""A view: the same text in another spelling, with the place of every code point."""

from array import array
from bisect import bisect_left, bisect_right
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
        mirrored: whether `value` runs backwards; places are then those of the spelling read forwards.
    """

    name: str
    value: str
    length: int
    locate: Callable[[], Places] | None = None  # None: every position maps to itself
    mirrored: bool = False
    _places: Places | None = field(default=None, repr=False)

    def received(self, start: int, end: int) -> tuple[int, int]:
        """The range of the received text that `value[start:end]` came from. Code points, `start <= end`.

        An empty range maps to the empty range before the code point at `start`.
        """
        size = len(self.value)
        if not 0 <= start <= end <= size:
            raise ValueError(f"no range of view {self.name}: {start}–{end}")
        if self.mirrored:
            start, end = size - end, size - start
        if self.locate is None:
            return start, end
        places = self._resolved(self.locate)
        if start == size:
            return self.length, self.length
        first = places.starts[start]
        return (first, first) if start == end else (first, places.ends[end - 1])

    def seen(self, start: int, end: int) -> tuple[int, int]:
        """The smallest range of the view that comes from anything in `received[start:end]`."""
        if not 0 <= start <= end <= self.length:
            raise ValueError(f"no range of the text: {start}–{end}")
        if self.locate is not None:
            places = self._resolved(self.locate)
            first = bisect_right(places.ends, start)
            start, end = first, max(first, bisect_left(places.starts, end))
        size = len(self.value)
        return (size - end, size - start) if self.mirrored else (start, end)

    def respelled(self, name: str, value: str, *, mirrored: bool = False) -> "View":
        """A view that says each code point of this one differently, and perhaps backwards. Places are shared."""
        if len(value) != len(self.value):
            raise ValueError(f"view {name} must have as many code points as {self.name}")
        return View(name, value, self.length, self.locate and self.places, mirrored)

    def places(self) -> Places:
        """The place of every code point, worked out at the first call."""
        if self.locate is not None:
            return self._resolved(self.locate)
        size = len(self.value)
        return Places(array("L", range(size)), array("L", range(1, size + 1)))

    def _resolved(self, locate: Callable[[], Places]) -> Places:
        if self._places is None:
            self._places = locate()
        return self._places
