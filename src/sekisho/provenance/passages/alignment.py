"""Whether two texts share a passage, by the letters themselves: which are the same, in order, near each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.passages.letters import Letters

BLOCK = 4  # letters of the stored text that are told to be the same together, or not at all
SEED = 8  # letters in a row, in whole blocks, that begin a passage
OFTEN = 16  # a piece that the stored text has more often says nothing about where it was taken from
REACH = 180  # letters from one seed to the next of the same passage
EDGE = 25  # letters beside the outermost seeds in which single blocks are looked for
SLACK = 8  # letters by which the distance of two pieces may differ in both texts, and
STRETCH = 0.3  # this share of it, as editing adds and removes letters
SEEDED = 20  # letters in seeds, without which nothing convinces
SEEDS = 1000  # looked at; of more, the longest
RUN, RUN_SHARE, RUN_LEAST = 40, 0.7, 20  # letters in a row that convince: so many, or this share of a short text
SAME, SAME_SHARE, SAME_LEAST, DENSE = 112, 0.4, 40, 0.3  # letters that are the same: likewise, and how close together
_FACTOR = 0x9E3779B97F4A7C15


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

    def distance(self, seed: Seed) -> int | None:
        """How much the seed is out of step with this passage; None where it does not continue it."""
        last = self.seeds[-1]
        given, stored = seed.given - last.given - last.length, seed.stored - last.stored - last.length
        shift = abs(given - stored)
        if given > REACH or min(given, stored) < -SEED or shift > SLACK + STRETCH * max(given, 0):
            return None
        return shift


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
    seeds = _seeds(_runs(given.codes, stored.codes, SEED))
    if sum(seed.length for seed in seeds) < SEEDED:
        return None  # as most texts that happen to share a phrase
    blocks = _runs(given.codes, stored.codes, BLOCK)
    found = [
        one
        for passage in _passages(seeds)
        if (one := _Filled.of(passage, blocks, len(given), len(stored))) and one.convinces(len(given))
    ]
    if not found:
        return None
    same = np.logical_or.reduce([one.same for one in found])
    within = [_joined([getattr(one, side) for one in found]) for side in ("given", "stored")]
    return Alignment(tuple(_spans(same)), int(same.sum()), within[0] / len(given), within[1] / len(stored))


@dataclass(frozen=True, slots=True)
class _Filled:
    """A passage with the fine pieces between its seeds: a mask of the given text's letters, and where it lies."""

    same: NDArray[np.bool_]
    given: Span
    stored: Span
    longest: int

    @classmethod
    def of(cls, passage: Passage, blocks: "_Runs", given_letters: int, stored_letters: int) -> "_Filled | None":
        """None: too few letters to convince, wherever they lie."""
        seeds = passage.seeds
        longest = max(seed.length for seed in seeds)
        starts = np.array([seed.given for seed in seeds])
        low, high = seeds[0].given - EDGE, seeds[-1].given + seeds[-1].length + EDGE
        expected = np.interp(blocks.given, starts, [seed.stored - seed.given for seed in seeds])
        near = np.abs(blocks.stored - blocks.given - expected) <= SLACK
        near &= (blocks.given >= low) & (blocks.given + blocks.length <= high)
        if longest < _run(given_letters):
            most = int(blocks.length[near].sum()) + sum(seed.length for seed in seeds)
            if most < _same(given_letters):
                return None
        more = np.array(seeds, np.intp).reshape(-1, 3)
        given = np.append(blocks.given[near], more[:, 0])
        stored = np.append(blocks.stored[near], more[:, 1])
        length = np.append(blocks.length[near], more[:, 2])
        same = _covered(given, length, given_letters)
        theirs = _covered(stored, length, stored_letters)
        spans = [Span(int(one.argmax()), len(one) - int(one[::-1].argmax())) for one in (same, theirs)]
        return cls(same, spans[0], spans[1], longest)

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


class _Runs(NamedTuple):
    """Where both texts have the same letters in a row: arrays of one length."""

    given: NDArray[np.intp]
    stored: NDArray[np.intp]
    length: NDArray[np.intp]


def _runs(given: NDArray[np.uint32], stored: NDArray[np.uint32], size: int) -> _Runs:
    """The longest runs, cut to whole blocks of the stored text; of at least `size` letters, which are whole blocks."""
    at, found = _pairs(given, stored, size)
    order = np.lexsort((at, found - at))
    at, shift = at[order], (found - at)[order]
    begins = np.ones(len(at), np.bool_)
    begins[1:] = (np.diff(at) != 1) | (np.diff(shift) != 0)
    first = np.flatnonzero(begins)
    start = (at + shift)[first]
    end = (start + np.diff(np.append(first, len(at))) + size - 1) // BLOCK * BLOCK
    start = -(-start // BLOCK) * BLOCK
    kept = end - start >= size
    return _Runs((start - shift[first])[kept], start[kept], (end - start)[kept])


def _pairs(
    given: NDArray[np.uint32], stored: NDArray[np.uint32], size: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where so many letters in a row are the same."""
    mine, theirs = _hashes(given, size), _hashes(stored, size)
    order = np.argsort(theirs, kind="stable")
    theirs = theirs[order]
    low = np.searchsorted(theirs, mine, "left")
    counts = np.searchsorted(theirs, mine, "right") - low
    counts[counts > OFTEN] = 0
    at = np.repeat(np.arange(len(mine)), counts)
    first = np.cumsum(counts) - counts
    found = order[np.arange(len(at)) + np.repeat(low - first, counts)]
    equal = np.ones(len(at), np.bool_)  # hashes of this kind can be made to meet
    for step in range(size):
        equal &= given[at + step] == stored[found + step]
    return at[equal], found[equal]


def _hashes(codes: NDArray[np.uint32], size: int) -> NDArray[np.uint64]:
    count = max(0, len(codes) - size + 1)
    made = np.zeros(count, np.uint64)
    for step in range(size):
        made *= np.uint64(_FACTOR)
        made += codes[step : step + count]
    return made


def _seeds(runs: _Runs) -> list[Seed]:
    """The longest runs, in the order of the given text."""
    kept = np.argsort(-runs.length, kind="stable")[:SEEDS]
    return sorted(map(Seed, *(column[kept].tolist() for column in runs)))


def _covered(starts: NDArray[np.intp], lengths: NDArray[np.intp], letters: int) -> NDArray[np.bool_]:
    """A mask of a text's letters: those in any of the runs."""
    edges = np.bincount(starts, minlength=letters + 1) - np.bincount(starts + lengths, minlength=letters + 1)
    return np.cumsum(edges[:-1]) > 0


def _passages(seeds: Sequence[Seed]) -> list[Passage]:
    made: list[Passage] = []
    for seed in seeds:
        near = [
            (distance, number) for number, one in enumerate(made[-8:]) if (distance := one.distance(seed)) is not None
        ]
        if near:
            made[-8:][min(near)[1]].seeds.append(seed)
        else:
            made.append(Passage([seed]))
    return made


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
