"""What of a text counts when passages are compared: its letters and digits, each with its place in the text."""

import re
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.folding import FOLDED

_POINT = re.compile(r"[.．](?<=\d.)(?=\d)")  # without it, 3.5 and 35 would be the same
_CHARACTERS = 0x110000


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters and digits of a text, compatibility-decomposed (NFKD) and case-folded.

    Spaces, punctuation, symbols, invisible characters, width and case are gone; only the point inside a number stays.
    Decomposed and not composed, because that depends on no neighbour: half-width and full-width kana meet there too.

    Attributes:
        codes: code points.
        origin: for each of them, the offset in the text of the character that it comes from.
    """

    codes: NDArray[np.uint32]
    origin: NDArray[np.intp]

    @classmethod
    def of(cls, text: str) -> "Letters":
        """The letters of a text."""
        starts, widths = _FOLDING.of(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4"))
        for point in _POINT.finditer(text):
            starts[point.start()], widths[point.start()] = _Folding.POINT, 1
        first = starts - widths.cumsum() + widths
        origin = np.arange(len(text)).repeat(widths)
        return cls(_FOLDING.letters[first[origin] + np.arange(len(origin))], origin)

    def __len__(self) -> int:
        return len(self.codes)


class _Folding:
    """`FOLDED` for whole texts at once: what each character folds to stands in `letters`, beginning with a point.

    `_starts` and `_ends` say where, for every code point; an end of 0 belongs to one that was not met yet.
    """

    POINT = 0

    def __init__(self) -> None:
        self.letters = np.array([ord(".")], np.uint32)
        self._starts = np.zeros(_CHARACTERS, np.intp)
        self._ends = np.zeros(_CHARACTERS, np.intp)  # not in memory but for the parts that are met
        self._turn = threading.Lock()

    def of(self, characters: NDArray[np.uint32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Where in `letters` each character's begin, and how many they are."""
        ends = self._ends[characters]
        if not ends.all():
            self._learn(np.unique(characters[ends == 0]))
            ends = self._ends[characters]
        starts = self._starts[characters]
        return starts, ends - starts

    def _learn(self, characters: NDArray[np.uint32]) -> None:
        folded = [FOLDED[chr(one)] for one in characters.tolist()]
        added = np.frombuffer("".join(folded).encode("utf-32-le", "surrogatepass"), "<u4")
        widths = np.array([len(one) for one in folded])
        with self._turn:
            ends = len(self.letters) + widths.cumsum()
            self.letters = np.append(self.letters, added)
            self._starts[characters] = ends - widths
            self._ends[characters] = ends  # last, as others read meanwhile


_FOLDING = _Folding()
