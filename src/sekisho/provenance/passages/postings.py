"""Postings: where each fingerprint was seen. As arrays, and as the bytes of a row in which they are stored."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.passages.prints import BITS, Prints

WHOLE = 0xFFFF  # instead of a place: the fingerprint is that of the whole text
MOST_TEXTS = 512  # a piece that more texts have is boilerplate, and not remembered of the further ones
ROW = np.dtype([("rest", "<u4"), ("text", "<u4"), ("at", "<u2")])  # 10 bytes
FRESH = np.dtype([("hash", "<u8"), ("at", "<u2")])


class Postings(NamedTuple):
    """Fingerprints, each with the number of a text and its place there in letters. Arrays of one length.

    A row of the index holds what has the same first `bits` bits; of the rest, 32 bits are stored.
    """

    hashes: NDArray[np.uint64]
    texts: NDArray[np.uint32]
    places: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.hashes)

    @classmethod
    def none(cls) -> "Postings":
        """No postings."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.uint32), np.zeros(0, np.uint16))

    @classmethod
    def joined(cls, parts: Sequence["Postings"]) -> "Postings":
        """All of several."""
        if not parts:
            return cls.none()
        return cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def taken(self, which: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "Postings":
        """Some of them, by index or mask."""
        return Postings(self.hashes[which], self.texts[which], self.places[which])

    def inserted(self, at: NDArray[np.intp], added: "Postings") -> "Postings":
        """These with others put in, each before the one that stands at its index in `at`."""
        return Postings(
            np.insert(self.hashes, at, added.hashes),
            np.insert(self.texts, at, added.texts),
            np.insert(self.places, at, added.places),
        )

    def sorted(self) -> "Postings":
        """In the order of their hashes, and of one hash in the order in which they stand."""
        return self.taken(np.argsort(self.hashes, kind="stable"))

    def rare(self) -> "Postings":
        """Without those of a hash, sorted, that come after the first 512."""
        if len(self) <= MOST_TEXTS or not (self.hashes[MOST_TEXTS:] == self.hashes[:-MOST_TEXTS]).any():
            return self
        starts = np.searchsorted(self.hashes, self.hashes)
        return self.taken(np.arange(len(self)) - starts < MOST_TEXTS)

    def rows(self, bits: int) -> Iterator[tuple[int, bytes]]:
        """The rows of sorted postings: the first bits of a hash, and what has them."""
        packed = np.empty(len(self), ROW)
        packed["rest"], packed["text"], packed["at"] = self.hashes & _mask(bits), self.texts, self.places
        raw = packed.tobytes()
        buckets, starts = np.unique(self.hashes >> np.uint64(BITS - bits), return_index=True)
        ends = [*starts.tolist(), len(self)][1:]
        for bucket, start, end in zip(buckets.tolist(), starts.tolist(), ends, strict=True):
            yield bucket, raw[start * ROW.itemsize : end * ROW.itemsize]

    @classmethod
    def read(cls, rows: Iterable[tuple[int, bytes]], bits: int) -> "Postings":
        """The postings of rows, in their order. The inverse of `rows`."""
        buckets: list[int] = []
        raws: list[bytes] = []
        for bucket, raw in rows:
            buckets.append(bucket)
            raws.append(raw)
        if not raws:
            return cls.none()
        packed = np.frombuffer(b"".join(raws), ROW)
        counts = np.array([len(raw) // ROW.itemsize for raw in raws], np.intp)
        first = np.repeat(np.array(buckets, np.uint64) << np.uint64(BITS - bits), counts)
        return cls(first | packed["rest"].astype(np.uint64), packed["text"], packed["at"])


def packed(prints: Prints) -> bytes:
    """The fingerprints of one text as bytes; of a piece that it repeats, only the first. Places end at 65,534."""
    hashes, first = np.unique(prints.hashes, return_index=True)
    within = prints.starts[first] < WHOLE
    hashes, places = hashes[within], prints.starts[first][within]
    if prints.whole is not None:
        hashes = np.append(hashes, np.uint64(prints.whole))
        places = np.append(places, WHOLE)
    fresh = np.empty(len(hashes), FRESH)
    fresh["hash"], fresh["at"] = hashes, places
    return fresh.tobytes()


def unpacked(text: int, raw: bytes) -> Postings:
    """The postings of the text of this number. The inverse of `packed`."""
    fresh = np.frombuffer(raw, FRESH)
    return Postings(fresh["hash"], np.full(len(fresh), text, np.uint32), fresh["at"])


def _mask(bits: int) -> np.uint64:
    return np.uint64((1 << BITS - bits) - 1)
