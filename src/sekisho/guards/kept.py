"""Remembers what was said of words: texts use the same ones again and again.

Only of short ones. A text of a million characters without a gap is one word to whoever looks for gaps, and what is said
of it is many times as large; twenty thousand such would fill any memory.
"""

from collections.abc import Callable
from typing import TypeVar

MOST = 20_000  # words; when there are more, all are forgotten
LONGEST = 64  # code points of a word that is remembered

T = TypeVar("T")


class _Kept(dict[str, T]):
    """What was said of words. `lru_cache` would write each time that it is asked, hundreds of times for a text."""

    def __init__(self, work: Callable[[str], T]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, word: str) -> T:
        told = self._work(word)
        if len(word) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[word] = told
        return told


def kept(work: Callable[[str], T]) -> Callable[[str], T]:
    """`work` on a word, done but once for a short one."""
    return _Kept(work).__getitem__
