"""A linear model over hashed character n-grams: how likely each of its heads is, and in which stretch of a text.

Heads share one pass over the text. A long text is scored stretch by stretch and as a whole, since an order to the AI
in the middle of a long document would drown in its average.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.core.normalise import lowered
from sekisho.guards.weights import Floats, arrays_of, probability

ORDERS = (1, 2, 3, 4, 5)  # code points of an n-gram
BITS = 18  # of a bucket's number; a model with fewer buckets goes by the first of them
BLOCK = 40  # code points by which stretches are shifted
STRETCH = 5  # blocks of one stretch
PART = 1_500 * BLOCK  # code points that are read at once: a long text takes no more memory for each
FORMAT = 2

NOTHING = 1 << BITS  # the bucket of places where no n-gram begins, the last of a model; its weights are zero

_SIZES = [1 << bits for bits in range(BITS + 1)]  # buckets that a model may have
_SEED = np.uint32(0x9E3779B1)
_PRIME = np.uint32(0x01000193)
_MIX = np.uint32(0x2C1B3C6D)

_ONES = np.ones(len(ORDERS) * BLOCK, np.float32)
_NUMBERS = ("scale", "bias", "slope", "offset", "length")
_JAPANESE = re.compile("[\u3040-\u9fff]")

Indexes = NDArray[np.uint32]
_last: tuple[bytes, Indexes] = b"", np.empty(0, np.uint32)


class Scored(NamedTuple):
    """What the model says of a text, for one head: a probability, and the stretch it holds for in code points."""

    score: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LinearModel:
    """The weights.

    Attributes:
        heads: their names, which are categories.
        weights: one row of 8-bit weights for each bucket, `(2**bits + 1, heads)`; the last is zero.
        scale: what one step of a head's weights is worth, `(heads,)`.
        bias: `(heads,)`.
        slope, offset: make a head's best score a probability, `1 / (1 + exp(-(slope * score + offset)))` (Platt, 1999);
            one row for texts without and one for texts with Japanese characters, `(2, heads)`.
        length: what is taken from the scores of a text of `n` stretches for each `log(n)`, `(heads,)`: among many
            stretches some look bad by chance.
    """

    heads: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats
    slope: Floats
    offset: Floats
    length: Floats

    @classmethod
    def load(cls, path: Path) -> "LinearModel":
        """Reads a file of weights. Raises `ValueError` for any other."""
        arrays = arrays_of(path, FORMAT, lambda found: found["weights"].shape[0] - 1 in _SIZES)
        heads = tuple(str(name) for name in arrays["heads"])
        numbers: dict[str, Any] = {name: arrays[name] for name in _NUMBERS}
        return cls(heads, np.ascontiguousarray(arrays["weights"]), **numbers)

    def of(self, heads: Sequence[str]) -> "LinearModel":
        """The model of these heads alone, which says the same of them in less time: it reads less memory."""
        at = [self.heads.index(name) for name in heads]
        numbers: dict[str, Any] = {name: getattr(self, name)[..., at] for name in _NUMBERS}
        return LinearModel(tuple(heads), np.ascontiguousarray(self.weights[:, at]), **numbers)

    def scores(self, value: str) -> list[Scored]:
        """The probability of each head over `value`, a normalised view, and where it is highest."""
        return self.told(*self.raw(value), japanese=japanese(value))

    def told(self, raw: Floats, places: Sequence[tuple[int, int]], *, japanese: bool) -> list[Scored]:
        """The same, of what `raw` gives."""
        best = raw.argmax(axis=0).tolist()
        script = int(japanese)
        told = probability(self.slope[script] * raw.max(axis=0) + self.offset[script])
        return [Scored(score, *places[at]) for score, at in zip(told.tolist(), best, strict=True)]

    def raw(self, value: str) -> tuple[Floats, list[tuple[int, int]]]:
        """Scores before calibration, `(stretches, heads)`, and the stretches; the first is the whole text."""
        points = code_points(value)
        totals = np.concatenate([self._totals(by_block) for by_block in _read(points)])
        sums, sizes, places = _stretches(totals, _counts(len(points), len(totals)), len(value))
        bias = self.bias - self.length * np.float32(log(max(1, len(places) - 1)))
        return (sums * (self.scale / weight(sizes)[:, None]) + bias).astype(np.float32), places

    def _totals(self, by_block: Indexes) -> Floats:
        """The sum of the weights in each block, `(blocks, heads)`."""
        blocks = len(by_block) // len(_ONES)
        shift = NOTHING.bit_length() - (len(self.weights) - 1).bit_length()
        rows = self.weights.take(by_block >> shift, axis=0).astype(np.float32)  # small whole numbers: sums are exact
        return _ONES @ rows.reshape(blocks, len(_ONES), -1)


def _read(points: Indexes) -> Iterator[Indexes]:
    """The buckets of a text's n-grams, block by block and in each by order, in parts of `PART` code points.

    Several models read a text one after the other, so what was made of the last short one is kept, by its digest.
    """
    global _last  # noqa: PLW0603 - replaced as a whole, so that threads may read it
    if len(points) > PART:
        for start in range(0, len(points), PART):
            yield _by_block(points[start : start + PART + len(ORDERS) - 1], min(PART, len(points) - start))
        return
    digest = blake2b(points.data, digest_size=16).digest()
    known, by_block = _last
    if known != digest:
        by_block = _by_block(points, len(points))
        _last = digest, by_block
    yield by_block


def _by_block(points: Indexes, length: int) -> Indexes:
    """Those of the n-grams that begin at one of the first `length` code points."""
    blocks = -(-length // BLOCK) or 1
    indexes = np.full((len(ORDERS), blocks * BLOCK), NOTHING, np.uint32)
    for row, found in zip(indexes, buckets(points), strict=True):
        row[: min(len(found), length)] = found[:length]
    return indexes.reshape(len(ORDERS), blocks, BLOCK).swapaxes(0, 1).reshape(-1)


def weight(sizes: NDArray[Any]) -> NDArray[Any]:
    """What sums over so many n-grams are divided by: their root, and more for a text of several stretches.

    Such a text counts as an average stretch; otherwise any slight inclination would become a certainty in a long text.
    """
    return np.sqrt(np.maximum(sizes, 1) * np.maximum(sizes / len(_ONES) / STRETCH, 1))


def _counts(length: int, blocks: int) -> NDArray[np.int64]:
    """How many n-grams begin in each block of a text of `length` code points."""
    counts = np.full(blocks, len(ORDERS) * BLOCK)
    for block in range(max(0, length - len(ORDERS)) // BLOCK, blocks):  # where some of them reach beyond the end
        ends = (min(BLOCK, length - order - block * BLOCK) for order in range(len(ORDERS)))
        counts[block] = sum(max(0, end) for end in ends)
    return counts


def _stretches(totals: Floats, counts: NDArray[np.int64], length: int) -> tuple[Floats, Floats, list[tuple[int, int]]]:
    """Sums over the whole text and over each stretch of it."""
    places = [(0, length)]
    last = len(totals) - STRETCH
    if last <= 0:
        return totals.sum(axis=0, keepdims=True), counts.sum(keepdims=True).astype(np.float32), places
    # In double precision, where whole numbers stay exact.
    so_far = np.zeros((len(totals) + 1, totals.shape[1] + 1))
    np.cumsum(np.concatenate([totals, counts[:, None]], axis=1, dtype=np.float64), axis=0, out=so_far[1:])
    sums = np.concatenate([so_far[-1:], so_far[STRETCH:] - so_far[:-STRETCH]]).astype(np.float32)
    places += [(at * BLOCK, min((at + STRETCH) * BLOCK, length)) for at in range(last + 1)]
    return sums[:, :-1], sums[:, -1], places


def japanese(value: str) -> bool:
    """Whether there are Japanese characters in a text."""
    return not value.isascii() and _JAPANESE.search(value) is not None


def code_points(value: str) -> Indexes:
    """The code points of a text, small letters for large ones."""
    return np.frombuffer(lowered(value).encode("utf-32-le", "surrogatepass"), np.uint32)


def buckets(points: Indexes) -> Iterator[Indexes]:
    """The bucket of every n-gram, in order of their places: one row for each of `ORDERS`."""
    hashed = np.full(len(points) + 1, _SEED)
    for order in ORDERS:
        hashed = hashed[:-1] ^ points[order - 1 :]
        hashed *= _PRIME
        hashed ^= hashed >> np.uint32(15)
        mixed = hashed * _MIX
        mixed ^= mixed >> np.uint32(13)
        mixed &= np.uint32(NOTHING - 1)
        yield mixed


def packed(model: LinearModel) -> dict[str, NDArray[Any]]:
    """The arrays of a model, as `load` reads them."""
    arrays: dict[str, NDArray[Any]] = {name: getattr(model, name) for name in ("weights", *_NUMBERS)}
    return {"format": np.asarray(FORMAT), "heads": np.asarray(model.heads), **arrays}
