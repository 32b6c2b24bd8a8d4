"""Sketches of texts: a few numbers that tell how alike two texts are, and from which no text can be read.

A text is the set of its shingles (all runs of a few characters); how alike two sets are is their Jaccard index. One
permutation hashing estimates it: the hashes of the shingles are dealt into bins, and of each bin the smallest is kept.
Source: Broder, On the resemblance and containment of documents, SEQUENCES 1997; Li, Owen and Zhang, One permutation
hashing, NIPS 2012. With 32 bins the standard error at an index of one half is 0.09.
"""

import os
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

SHINGLE = 4  # code points
LEAST = 16  # code points; a shorter text has too few shingles to tell anything
READ = 2_000  # code points that are read at the beginning of a longer text, and as many at its end
BINS = 32  # a power of two
EMPTY = 0  # of a bin in which no shingle fell

_BITS = BINS.bit_length() - 1
_EDGES = np.arange(BINS, dtype=np.uint32) << np.uint32(32 - _BITS)
_PRIME = np.uint32(0x01000193)
_MIX = np.uint32(0x2C1B3C6D)
_FINAL = np.uint32(0x297A2D39)

Sketch = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Sketcher:
    """Makes sketches under a key of its own, so that those of different sketchers have nothing to do with each other.

    Attributes:
        key: 32 random bytes.
    """

    key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)

    def sketch(self, value: str) -> Sketch | None:
        """The sketch of a normalised view, `(BINS,)`; None for a text that is too short for one."""
        if len(value) < LEAST:
            return None
        points = np.frombuffer(_read(value).lower().encode("utf-32-le", "surrogatepass"), np.uint32)
        hashed = np.full(len(points), np.frombuffer(self.key, np.uint32, 1))
        for step in range(SHINGLE):
            hashed = (hashed[: len(points) - step] ^ points[step:]) * _PRIME
            hashed ^= hashed >> np.uint32(15)
        hashed *= _MIX
        hashed ^= hashed >> np.uint32(12)
        hashed *= _FINAL
        hashed ^= hashed >> np.uint32(15)
        hashed.sort()
        first = hashed.searchsorted(_EDGES)
        smallest = hashed[np.minimum(first, len(hashed) - 1)]
        kept = (smallest & np.uint32(0xFFFF)).astype(np.uint16)
        kept[np.append(first[1:], len(hashed)) == first] = EMPTY
        return kept

    def digest(self, value: str) -> int:
        """What a text is known by: 64 bits of a keyed BLAKE2b over what the sketch reads, and the length."""
        said = f"{len(value)}\0{_read(value)}".encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(said, key=self.key, digest_size=8).digest(), "big")


def _read(value: str) -> str:
    return value if len(value) <= 2 * READ else value[:READ] + value[-READ:]


def alike(sketch: Sketch, others: NDArray[np.uint16]) -> NDArray[np.float64]:
    """How alike the text of a sketch is to each of `others`, `(BINS, texts)`: about the Jaccard index of each pair."""
    filled = sketch != EMPTY
    if not filled.all():
        others = others[filled]
        sketch = sketch[filled]
    same = (others == sketch[:, None]).view(np.uint8)
    return np.add.reduce(same, axis=0, dtype=np.uint8) / max(1, len(sketch))
