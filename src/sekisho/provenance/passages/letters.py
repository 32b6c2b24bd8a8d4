"""What of a text counts when passages are compared: its letters and digits, each with its place in the text."""

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        folded = [_FOLDED[character] for character in text]
        for point in _POINT.finditer(text):
            folded[point.start()] = "."
        widths = np.fromiter(map(len, folded), np.intp, len(folded))
        joined = "".join(folded).encode("utf-32-le", "surrogatepass")
        return cls(np.frombuffer(joined, "<u4"), np.repeat(np.arange(len(folded)), widths))

    def __len__(self) -> int:
        return len(self.codes)


class _Folded(dict[str, str]):
    """Each character as it is compared; computed when it is first met, so at most once for all of Unicode."""

    def __missing__(self, character: str) -> str:
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        kept = "".join(one for one in decomposed if _counts(one))
        self[character] = kept
        return kept


def _counts(character: str) -> bool:
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return False  # variation selectors change no reading, and texts are marked with them
    return unicodedata.category(character)[0] in "LNM"


_FOLDED = _Folded()
