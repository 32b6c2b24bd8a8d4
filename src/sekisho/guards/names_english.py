"""Given names, surnames and common words in Latin letters."""

import gzip
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path
from zlib import crc32

import numpy as np

from sekisho.guards.kept import kept

WORDS = Path(__file__).with_name("names_latin.txt.gz")  # written by training/names_latin.py

GIVEN, SURNAME, COMMON_GIVEN, COMMON_SURNAME, WORD = 1, 2, 4, 8, 16
NAMED = GIVEN | SURNAME


class Dictionary:
    """Kinds of words, by their hashes: four bytes and one byte a word, where sets of words would take megabytes.

    Errs: of a hundred thousand words that it does not hold, one or two have the hash of one that it holds.
    """

    def __init__(self, kinds: Iterable[tuple[int, str]]) -> None:
        """`kinds`: for each kind, its words in small letters with spaces between them."""
        told = [(kind, words.encode().split(b" ")) for kind, words in kinds]
        numbers = np.fromiter((crc32(word) for _, words in told for word in words), np.uint32)
        of = np.repeat(np.array([kind for kind, _ in told], np.uint8), [len(words) for _, words in told])
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        last = np.append(ordered[1:] != ordered[:-1], True)  # of words with the same hash, the last
        self._hashes = array("I", ordered[last].tobytes())
        self._told = of[order][last].tobytes()
        self.kind = kept(self._kind)

    @classmethod
    def load(cls, path: Path = WORDS) -> "Dictionary":
        """Reads the file."""
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        return cls((int(kind), words) for kind, _, words in (line.partition("\t") for line in lines))

    def _kind(self, word: str) -> int:
        """What a word can be, in any letters; 0 for one that the dictionary does not hold."""
        number = crc32(plain(word).encode())
        place = bisect_left(self._hashes, number)
        return self._told[place] if place < len(self._hashes) and self._hashes[place] == number else 0


def plain(word: str) -> str:
    """Small letters without marks: Zoë is zoe."""
    small = word.lower()
    if small.isascii():
        return small
    return "".join(sign for sign in unicodedata.normalize("NFKD", small) if not unicodedata.combining(sign))
