"""Sets of many words in little memory: only whether a word is one of them can be asked."""

from array import array
from bisect import bisect_left
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray


class WordSet:
    """A set of words: nine to ten bytes for each, where a set of texts takes more than a hundred.

    It keeps their hashes of 64 bits, in order, not the words. So one in 10**14 words that are none of 100,000 counts as
    one of them. The hashes are those of this process, keyed with a secret, so nobody outside can look for such a word.
    """

    def __init__(self, words: Collection[str] = (), *, hashes: NDArray[np.int64] | None = None) -> None:
        """`hashes`: `(n,)`, each once and in order, of words in place of `words`."""
        if hashes is None:
            hashes = _distinct(np.fromiter(map(hash, words), np.int64, len(words)))
        self._hashes = array("q", hashes.tobytes())
        # Most words that are asked about are none of it: eight to sixteen bits for each that is say so for nine in ten.
        self._mask = (1 << len(hashes).bit_length()) - 1
        bits = np.zeros(8 * self._mask + 8, np.bool_)
        bits[hashes & (8 * self._mask + 7)] = True
        self._bits = np.packbits(bits, bitorder="little").tobytes()

    def __contains__(self, word: object) -> bool:
        """Whether the word is in the set."""
        code = hash(word)
        if not self._bits[(code >> 3) & self._mask] >> (code & 7) & 1:
            return False
        hashes = self._hashes
        at = bisect_left(hashes, code)
        return at < len(hashes) and hashes[at] == code

    def __len__(self) -> int:
        """How many words it holds."""
        return len(self._hashes)

    def __or__(self, other: "WordSet") -> "WordSet":
        """The words of both."""
        return WordSet(hashes=_distinct(np.concatenate((self._hashes, other._hashes))))

    def __sub__(self, other: "WordSet") -> "WordSet":
        """The words of this one that the other has not."""
        return WordSet(hashes=np.setdiff1d(self._hashes, other._hashes, assume_unique=True))


def _distinct(hashes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each once and in order, as `np.unique`, which would load `numpy.ma`."""
    ordered = np.sort(hashes)
    return np.concatenate((ordered[:1], ordered[1:][ordered[1:] != ordered[:-1]]))
