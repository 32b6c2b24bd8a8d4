"""Sets of many words in little memory: only whether a word is one of them can be asked."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class WordSet:
    """A set of words: nine to ten bytes for each, where a set of texts takes more than a hundred.

    It keeps their hashes of 64 bits, in order, not the words. So one in 10**14 words that are none of 100,000 counts as
    one of them. The hashes are those of this process, keyed with a secret, so nobody outside can look for such a word.
    """

    def __init__(self, words: Iterable[str] = (), *, hashes: Iterable[int] = ()) -> None:
        """`hashes`: of further words."""
        self._hashes = array("q", sorted({*map(hash, words), *hashes}))
        # Most words that are asked about are none of it: eight to sixteen bits for each that is say so for nine in ten.
        self._mask = (1 << len(self._hashes).bit_length()) - 1
        self._bits = bytearray(self._mask + 1)
        for code in self._hashes:
            self._bits[(code >> 3) & self._mask] |= 1 << (code & 7)

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
        return WordSet(hashes=(*self._hashes, *other._hashes))

    def __sub__(self, other: "WordSet") -> "WordSet":
        """The words of this one that the other has not."""
        return WordSet(hashes=set(self._hashes).difference(other._hashes))
