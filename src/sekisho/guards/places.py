"""Places: where in a text matches may begin, told by the two characters that stand there.

Most characters of a text begin some pair or other, and hardly any pair is one of those. So all pairs of a text are
looked up at once in a table of hashes, and only what the table does not rule out is looked at one by one.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

BITS = 18  # of a hash; with ten thousand pairs the table lets one place in thirty through that is none
BRIEF = 80  # code points; to look at the places of a shorter text one by one takes less time than the table does
MOST = 65_536  # code points that are looked at together, so that the hashes of a long text take little memory
_ALNUM = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

Points = NDArray[np.uint32]


class Places:
    """Where matches may begin: at some pairs of characters, and at some only behind no letter or digit of ASCII."""

    def __init__(self, pairs: frozenset[str], at_words: frozenset[str]) -> None:
        """Both may hold single characters, which anything may follow."""
        self._pairs = pairs
        self._either = pairs | at_words
        self._firsts = frozenset(text[0] for text in pairs)
        self._word_firsts = frozenset(text[0] for text in at_words)
        # A single character stands in the table as if a zero followed it.
        self._table = _table(_hashes(*_columns(text.ljust(2, "\0") for text in self._either)))
        self._single = any(len(text) == 1 for text in self._either)

    def within(self, value: str, start: int = 0) -> list[int]:
        """All of them from `start` on, in order. The last character may be the first of two."""
        last = len(value) - 1
        if last < start:
            return []
        pairs, either = self._pairs, self._either
        found = [
            at
            for at in self._likely(value, start)
            if ((pair := value[at : at + 2]) in either or value[at] in either)
            and (pair in pairs or value[at] in pairs or not (at and value[at - 1] in _ALNUM))
        ]
        final = value[last]
        if final in self._firsts or (final in self._word_firsts and not (last and value[last - 1] in _ALNUM)):
            found.append(last)
        return found

    def _likely(self, value: str, start: int) -> Iterable[int]:
        """All places but the last character, and some that are none."""
        last = len(value) - 1
        if last - start < BRIEF:
            return range(start, last)
        found: list[int] = []
        for first in range(start, last, MOST):
            points = np.frombuffer(value[first : first + MOST + 1].encode("utf-32-le", "surrogatepass"), np.uint32)
            likely = self._table[_hashes(points[:-1], points[1:])]
            if self._single:
                likely |= self._table[_hashes(points[:-1], np.uint32(0))]
            found += (likely.nonzero()[0] + first).tolist()
        return found


def _columns(pairs: Iterable[str]) -> Sequence[Points]:
    """The first and the second characters of pairs."""
    points = np.frombuffer("".join(pairs).encode("utf-32-le", "surrogatepass"), np.uint32)
    return points[::2], points[1::2]


def _hashes(firsts: Points, seconds: Points | np.uint32) -> Points:
    """A number of `BITS` bits for each pair."""
    return (firsts * np.uint32(0x9E3779B1) ^ seconds * np.uint32(0x85EBCA6B)) >> np.uint32(32 - BITS)


def _table(hashes: Points) -> NDArray[np.bool_]:
    """For each hash, whether one of these pairs has it."""
    table = np.zeros(1 << BITS, np.bool_)
    table[hashes] = True
    return table
