"""Remembers what was said of words: texts use the same ones again and again.

Only of short ones. A text of a million characters without a gap is one word to whoever looks for gaps, and what is said
of it is many times as large; twenty thousand such would fill any memory.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

MOST = 20_000  # words; the one that was not asked of for longest is forgotten
LONGEST = 64  # code points of a word that is remembered

T = TypeVar("T")


def kept(work: Callable[[str], T]) -> Callable[[str], T]:
    """`work` on a word, done but once for a short one."""
    remembered = lru_cache(MOST)(work)

    def done(word: str) -> T:
        return remembered(word) if len(word) <= LONGEST else work(word)

    return done
