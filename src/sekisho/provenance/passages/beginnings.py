"""With what the fingerprints in a table begin, a bit for each beginning: most that are not there are not looked for.

Like a Bloom filter with one hash, for which the fingerprint itself serves. It errs to one side only: what is there may
be there, and of what is not, at most two fifths may, beyond a million texts more.
"""

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.passages.prints import BITS
from sekisho.provenance.passages.siphash import Words

PART_BITS = 6  # a table is described in 64 parts, each for one value of the first bits
PARTS = 1 << PART_BITS
REST_BITS = BITS - PART_BITS
LEAST, MOST = 3, 23  # further bits of a beginning: a part takes a byte at least and a megabyte at most
_EIGHT = 3  # bits that count those of a byte


def marked(hashes: Words) -> bytes:
    """The bits of a part that holds these fingerprints; two to four for each."""
    width = max(LEAST, min(len(hashes).bit_length() + 1, MOST))
    there = np.zeros(1 << width, np.bool_)
    there[(hashes >> np.uint64(REST_BITS - width)) & np.uint64((1 << width) - 1)] = True
    return np.packbits(there, bitorder="little").tobytes()


class Beginnings:
    """What is known of a table. Of a part that nothing was told of, everything may be there."""

    def __init__(self) -> None:
        self._bits = np.full((PARTS, 1), 0xFF, np.uint8)
        self._widths = np.full(PARTS, LEAST)

    def tell(self, part: int, bits: bytes) -> None:
        """What `marked` says of a part."""
        if len(bits) > self._bits.shape[1]:
            grown = np.zeros((PARTS, len(bits)), np.uint8)
            grown[:, : self._bits.shape[1]] = self._bits
            self._bits = grown
        self._bits[part, : len(bits)] = np.frombuffer(bits, np.uint8)
        self._widths[part] = len(bits).bit_length() - 1 + _EIGHT

    def may_have(self, hashes: Words) -> NDArray[np.bool_]:
        """Of which fingerprints the beginning is there."""
        rests = hashes.astype(np.intp)
        parts = rests >> REST_BITS
        widths = self._widths[parts]
        places = (rests >> (REST_BITS - widths)) & ((1 << widths) - 1)
        return (self._bits[parts, places >> _EIGHT] >> (places & 7) & 1).astype(np.bool_)
