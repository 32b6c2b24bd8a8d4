"""What of a text counts when passages are compared: its letters and digits, each with its place in the text."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.folding import FOLDED

_POINT = re.compile(r"(?<=\d)[.．](?=\d)")  # without it, 3.5 and 35 would be the same


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
        folded = list(map(FOLDED.__getitem__, text))
        for point in _POINT.finditer(text):
            folded[point.start()] = "."
        widths = np.fromiter(map(len, folded), np.intp, len(folded))
        joined = "".join(folded).encode("utf-32-le", "surrogatepass")
        return cls(np.frombuffer(joined, "<u4"), np.repeat(np.arange(len(folded)), widths))

    def __len__(self) -> int:
        return len(self.codes)
