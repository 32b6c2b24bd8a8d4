"""Whether two texts share a passage, by the letters themselves: which are the same, in order, near each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.passages.letters import Letters

BLOCK = 4  # letters of the stored text that are told to be the same together, or not at all
SEED = 8  # letters in a row, in whole blocks, that begin a passage
OFTEN = 8  # blocks: what more of the stored text begin with says nothing about where it was taken from
REACH = 180  # letters from one seed to the next of the same passage
EDGE = 25  # letters beside the outermost seeds in which single blocks are looked for
SLACK = 8  # letters by which the distance of two pieces may differ in both texts, and
STRETCH = 0.3  # this share of it, as editing adds and removes letters
SEEDED = 20  # letters in seeds, without which nothing convinces
SEEDS = 1000  # looked at; of more, the longest
OPEN = 8  # passages that a seed may continue: those begun last
RUN, RUN_SHARE, RUN_LEAST = 40, 0.7, 20  # letters in a row that convince: so many, or this share of a short text
SAME, SAME_SHARE, SAME_LEAST, DENSE = 112, 0.4, 40, 0.3  # letters that are the same: likewise, and how close together
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_WIDE = 32  # bits, more than a place in a text takes
_PLACE = (1 << _WIDE) - 1
_FIRST = 14  # bits of a hash by which most are told apart
_REST = np.uint64(64 - _FIRST)


class Span(NamedTuple):
    """From `start` up to `end`."""

    start: int
    end: int


class Seed(NamedTuple):
    """Letters in a row that both texts have, at `given` in the text asked about and `stored` in the other."""

    given: int
    stored: int
    length: int


@dataclass(slots=True)
class Passage:
    """Seeds in the same order and at about the same distances in both texts."""

    seeds: list[Seed] = field(default_factory=list[Seed])


@dataclass(frozen=True, slots=True)
class Alignment:
    """What a text shares with a stored one.

    Attributes:
        same: the letters of the given text that are the same, in order.
        letters: how many they are.
        given: share of the given text's letters, in [0, 1], that lies within shared passages, edited ones included.
        stored: the same of the stored text.
    """

    same: tuple[Span, ...]
    letters: int
    given: float
    stored: float


def aligned(given: Letters, stored: Letters) -> Alignment | None:
    """What the given text shares with the stored one; None: nothing that convinces.

    A passage convinces by enough letters in a row, or by many more that are broken up by edits but stand in order and
    close together. Every letter that is called the same is the same.

    All of this is decided by whole blocks of the stored text, so that nobody can guess at it letter by letter: who
    knows what stands before an unknown number has to guess up to four of its digits at once.
    """
    grams = _Grams(given.codes), _Grams(stored.codes)
    seeds = _seeds(_runs(*grams, SEED))
    if sum(seed.length for seed in seeds) < SEEDED:
        return None  # as most texts that happen to share a phrase
    passages = [one for one in _passages(seeds) if _may_convince(one, len(given))]
    if not passages:
        return None
    blocks = _runs(*grams, BLOCK)
    found = [
        one
        for passage, near in _hopeful(passages, blocks, len(given))
        if (one := _Filled.of(passage, near, len(given))).convinces(len(given))
    ]
    if not found:
        return None
    same = found[0].same if len(found) == 1 else np.logical_or.reduce([one.same for one in found])
    spans = tuple(_spans(same))
    within = [_joined([getattr(one, side) for one in found]) for side in ("given", "stored")]
    return Alignment(spans, sum(end - start for start, end in spans), within[0] / len(given), within[1] / len(stored))


@dataclass(frozen=True, slots=True)
class _Filled:
    """A passage with the fine pieces between its seeds: a mask of the given text's letters, and where it lies."""

    same: NDArray[np.bool_]
    given: Span
    stored: Span
    longest: int

    @classmethod
    def of(cls, passage: Passage, blocks: "_Runs", letters: int) -> "_Filled":
        """The passage, in a text of so many letters."""
        seeds = passage.seeds
        longest = max(seed.length for seed in seeds)
        starts = np.array([seed.given for seed in seeds])
        low, high = seeds[0].given - EDGE, seeds[-1].given + seeds[-1].length + EDGE
        expected = np.interp(blocks.given, starts, [seed.stored - seed.given for seed in seeds])
        near = np.abs(blocks.stored - blocks.given - expected) <= SLACK
        near &= (blocks.given >= low) & (blocks.given + blocks.length <= high)
        given, stored, length = np.concatenate([np.array(blocks)[:, near], np.array(seeds).T], axis=1)
        return cls(_covered(given, length, letters), _extent(given, length), _extent(stored, length), longest)

    def convinces(self, letters: int) -> bool:
        """Whether it is more than chance and common phrases bring about in a text of so many letters."""
        if self.longest >= _run(letters):
            return True
        same = int(self.same.sum())
        dense = same >= DENSE * (self.given.end - self.given.start)
        return dense and same >= _same(letters)


def _run(letters: int) -> float:
    """Letters in a row that convince in a text of so many."""
    return max(RUN_LEAST, min(RUN, RUN_SHARE * letters))


def _same(letters: int) -> float:
    """Letters that are the same, in order and close together, which convince."""
    return max(SAME_LEAST, min(SAME, SAME_SHARE * letters))


class _Grams:
    """A text's letters, two and more at a time. `twos` are exact, and of hashes the same letters have the same."""

    def __init__(self, codes: NDArray[np.uint32]) -> None:
        wide = codes.astype(np.uint64)
        self.twos = wide[:-1] | wide[1:] << np.uint64(32)

    def hashes(self, size: int) -> NDArray[np.uint64]:
        """One for each run of 4 or 8 letters."""
        made, width = self.twos, 2
        while width < size:
            made = made[:-width] * _FACTOR + made[width:]
            width *= 2
        return made


class _Runs(NamedTuple):
    """Where both texts have the same letters in a row: arrays of one length."""

    given: NDArray[np.intp]
    stored: NDArray[np.intp]
    length: NDArray[np.intp]


def _runs(given: _Grams, stored: _Grams, size: int) -> _Runs:
    """The longest runs of whole blocks of the stored text, by shift and then by place; of at least `size` letters."""
    at, found = _pairs(given, stored, size)
    keys = ((found - at) << _WIDE) + at
    keys.sort()
    edges = np.ones(len(keys) + 1, np.bool_)
    edges[1:-1] = keys[1:] - keys[:-1] != BLOCK
    bounds = edges.nonzero()[0]
    first = keys[bounds[:-1]]
    at = first & _PLACE
    return _Runs(at, at + (first >> _WIDE), (bounds[1:] - bounds[:-1]) * BLOCK + (size - BLOCK))


def _pairs(given: _Grams, stored: _Grams, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where so many letters in a row are the same, and in the stored text begin with a block; in any order."""
    mine, theirs = given.hashes(size), stored.hashes(size)[::BLOCK]
    asked = _common(mine, theirs)
    mine = mine[asked]
    order = theirs.argsort()
    theirs = theirs[order]
    low = theirs.searchsorted(mine, "left")
    counts = theirs.searchsorted(mine, "right") - low
    counts[counts > OFTEN] = 0
    at = asked.repeat(counts)
    found = order[np.arange(len(at)) + (low - counts.cumsum() + counts).repeat(counts)] * BLOCK
    steps = np.arange(0, size, 2)[:, None]
    equal = (given.twos[at + steps] == stored.twos[found + steps]).all(0)  # hashes of this kind can be made to meet
    return at[equal], found[equal]


def _common(hashes: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Which of the hashes begin as one of the others does: all that are equal to one, and few more."""
    there = np.zeros(1 << _FIRST, np.bool_)
    there[others >> _REST] = True
    return there[hashes >> _REST].nonzero()[0]


def _seeds(runs: _Runs) -> list[Seed]:
    """The longest runs, in the order of the given text."""
    kept = np.argsort(-runs.length, kind="stable")[:SEEDS]
    return sorted(map(Seed, *(column[kept].tolist() for column in runs)))


def _covered(starts: NDArray[np.intp], lengths: NDArray[np.intp], letters: int) -> NDArray[np.bool_]:
    """A mask of a text's letters: those in any of the runs."""
    edges = np.bincount(starts, minlength=letters + 1) - np.bincount(starts + lengths, minlength=letters + 1)
    return np.cumsum(edges[:-1]) > 0


def _extent(starts: NDArray[np.intp], lengths: NDArray[np.intp]) -> Span:
    """From where the first of the runs starts up to where the last ends."""
    return Span(int(starts.min()), int((starts + lengths).max()))


def _passages(seeds: Sequence[Seed]) -> list[Passage]:
    made: list[Passage] = []
    ends: list[tuple[int, int]] = []  # of each, where its last seed ends in both texts
    for seed in seeds:
        first = max(0, len(made) - OPEN)
        near = [
            (distance, number)
            for number, end in enumerate(ends[first:], first)
            if (distance := _distance(seed.given - end[0], seed.stored - end[1])) is not None
        ]
        end = seed.given + seed.length, seed.stored + seed.length
        if near:
            number = min(near)[1]
            made[number].seeds.append(seed)
            ends[number] = end
        else:
            made.append(Passage([seed]))
            ends.append(end)
    return made


def _distance(given: int, stored: int) -> int | None:
    """How much a seed is out of step, so many letters behind the last one; None where it does not continue it."""
    if given > REACH or given < -SEED or stored < -SEED:
        return None
    shift = abs(given - stored)
    return None if shift > SLACK + STRETCH * max(given, 0) else shift


def _may_convince(passage: Passage, letters: int) -> bool:
    """Whether it is long enough, even if all between its seeds were the same."""
    first, end = passage.seeds[0].given, max(seed.given + seed.length for seed in passage.seeds)
    if end - first + 2 * EDGE >= _same(letters):
        return True
    return max(seed.length for seed in passage.seeds) >= _run(letters)


def _hopeful(passages: Sequence[Passage], blocks: _Runs, letters: int) -> Iterator[tuple[Passage, _Runs]]:
    """Those which may convince in a text of so many letters, each with the blocks that are in step with it."""
    shifts = blocks.stored - blocks.given  # in order
    sums = [0, *np.cumsum(blocks.length).tolist()]
    ranges = [[seed.stored - seed.given for seed in one.seeds] for one in passages]
    low = np.searchsorted(shifts, [min(one) - SLACK for one in ranges], "left").tolist()
    high = np.searchsorted(shifts, [max(one) + SLACK for one in ranges], "right").tolist()
    for passage, start, end in zip(passages, low, high, strict=True):
        lengths = [seed.length for seed in passage.seeds]
        if max(lengths) >= _run(letters) or sums[end] - sums[start] + sum(lengths) >= _same(letters):
            yield passage, _Runs(*(column[start:end] for column in blocks))


def _spans(mask: NDArray[np.bool_]) -> Iterator[Span]:
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return map(Span, edges[::2].tolist(), edges[1::2].tolist())


def _joined(spans: Sequence[Span]) -> int:
    """How many letters the spans cover together."""
    total = reached = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
