"""Fingerprints: which pieces of a text are remembered, and as what."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.passages.letters import Letters
from sekisho.provenance.passages.siphash import Words, siphash

GRAM = 12  # letters of one piece
ORDER = 4  # letters by which it is decided whether a piece is remembered
WINDOW = GRAM - ORDER  # of so many pieces in a row, at least one is remembered
BITS = 48  # of a fingerprint
LEAST = 20  # letters: shorter texts are said by anybody
_CODE = np.uint64(21)  # bits of a code point; three make a word


class Prints(NamedTuple):
    """Fingerprints of a text.

    Attributes:
        letters: the text that they were taken of.
        hashes: below 2**48, in the order of the text; the same piece twice stands there twice.
        starts: the letter at which each piece begins.
        whole: the fingerprint of the whole text; None where that has fewer letters than `LEAST`.
    """

    letters: Letters
    hashes: Words
    starts: NDArray[np.intp]
    whole: int | None


@dataclass(frozen=True)
class Fingerprinter:
    """Takes fingerprints under a key.

    A piece is remembered when the smallest of its nine overlapping runs of 4 letters, in a secret order, is its first
    or its last (a *closed syncmer*). Like winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003) this keeps 2 pieces in 9
    and at least one of 8 in a row. Unlike there, nothing outside a piece decides over it, so every remembered piece
    that survived an edit is found. Source: Edgar, Syncmers are more sensitive than minimizers, PeerJ 9 (2021), e10805.
    """

    key: bytes

    def of(self, text: str) -> Prints:
        """The fingerprints of a text."""
        letters = Letters.of(text)
        codes = letters.codes.astype(np.uint64)
        starts = self._chosen(codes)
        return Prints(letters, self._hashes(codes, starts), starts, self._whole(letters.codes))

    @cached_property
    def _order(self) -> tuple[np.uint64, ...]:
        derived = blake2b(self.key, person=b"sekisho.order", digest_size=8 * (ORDER + 1)).digest()
        return tuple(np.uint64(one | 1) for one in np.frombuffer(derived, "<u8"))

    @cached_property
    def _hash_key(self) -> bytes:
        return blake2b(self.key, person=b"sekisho.pieces", digest_size=16).digest()

    def _chosen(self, codes: Words) -> NDArray[np.intp]:
        if len(codes) < GRAM:
            return np.zeros(0, np.intp)
        runs = len(codes) - ORDER + 1
        order = np.zeros(runs, np.uint64)
        for at in range(ORDER):
            order += codes[at : at + runs] * self._order[at]
        order ^= order >> np.uint64(32)
        order *= self._order[ORDER]
        order ^= order >> np.uint64(29)
        least = order
        for step in (1, 2, 4, 1):  # the smallest of 2, 4, 8 and then 9 in a row
            least = np.minimum(least[:-step], least[step:])
        return np.flatnonzero((order[:-WINDOW] == least) | (order[WINDOW:] == least))

    def _hashes(self, codes: Words, starts: NDArray[np.intp]) -> Words:
        threes = codes[:-2] | codes[1:-1] << _CODE | codes[2:] << np.uint64(2) * _CODE
        words = [threes[starts + at] for at in range(0, GRAM, 3)]
        return siphash(self._hash_key, words) >> np.uint64(64 - BITS)

    def _whole(self, codes: NDArray[np.uint32]) -> int | None:
        if len(codes) < LEAST:
            return None
        digest = blake2b(codes.tobytes(), key=self.key, person=b"sekisho.whole", digest_size=BITS // 8).digest()
        return int.from_bytes(digest, "big")
