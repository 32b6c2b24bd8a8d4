"""Sets of many words in little memory: only whether a word is one of them can be asked."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class WordSet:
    """A set of words: eight bytes for each, where a set of texts takes more than a hundred.

    It keeps their hashes of 64 bits, in order, not the words. So one in 10**14 words that are none of 100,000 counts as
    one of them. The hashes are those of this process, keyed with a secret, so nobody outside can look for such a word.
    """

    def __init__(self, words: Iterable[str] = (), *, hashes: Iterable[int] = ()) -> None:
        """`hashes`: of further words."""
        self._hashes = array("q", sorted({*map(hash, words), *hashes}))

    def __contains__(self, word: object) -> bool:
        """Whether the word is in the set."""
        code, hashes = hash(word), self._hashes
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
