"""Traces: which factors stand in a text, and roughly where.

One pass of an Aho-Corasick automaton, whose factors several gates share, over the folded text (see guards/factors.py).
A place is known by its block of 32 bytes only: a number with a bit for each block is cheap to make, and tells in a step
whether two factors stand near each other.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from operator import itemgetter
from string import ascii_uppercase

from ahocorasick_rs import BytesAhoCorasick, Implementation

from sekisho.guards.factors import APART, FOLDS, LONGEST, NO_LETTER

MOST = 1 << 16  # bytes of a text that are looked at at once
SHIFT = 5
BLOCK = 1 << SHIFT  # bytes
OVERLAP = 4 * LONGEST

Blocks = int  # a bit for each block of a text

Standing = tuple[int, int, int]  # number of a factor, and the bytes between which it stands
_number = itemgetter(0)

_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_NEVER = {APART: _LETTERS + b"0", NO_LETTER: _LETTERS}


class Found:
    """The factors in a text.

    Attributes:
        numbers: of all that stand in it, and of some that do so only in other letters or not where they must.
    """

    __slots__ = ("_blocks", "_locate", "numbers")

    def __init__(self, numbers: Collection[int], locate: Callable[[], Mapping[int, Blocks]]) -> None:
        self.numbers = numbers
        self._locate = locate
        self._blocks: Mapping[int, Blocks] | None = None

    @property
    def blocks(self) -> Mapping[int, Blocks]:
        """By the numbers of those that do stand there, the blocks in which each begins, as if a byte later.

        Worked out at the first call: for most texts nobody asks, since too little stands in them.
        """
        if self._blocks is None:
            self._blocks = self._locate()
        return self._blocks


class Traces:
    """Finds the factors of several gates, all of which are made before the first text comes."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._automaton: BytesAhoCorasick | None = None
        self._never: list[bytes] = []  # by the number of a factor, what it does not stand behind
        self._capitals: dict[int, tuple[tuple[int, int], ...]] = {}  # likewise, where which stand in it
        self._last: tuple[bytes, Found] | None = None

    def number(self, factor: str) -> int:
        """The number of a factor, which is added where it is new. Raises `RuntimeError` after `ready`."""
        if self._automaton is not None:
            raise RuntimeError("the automaton is made already")
        return self._numbers.setdefault(factor, len(self._numbers))

    def ready(self) -> BytesAhoCorasick:
        """Is made now, and not when the first text comes."""
        automaton = self._automaton
        if automaton is None:
            self._never = [_NEVER.get(factor[:1], b"") for factor in self._numbers]
            texts = [factor.lstrip(APART + NO_LETTER).encode("utf-8", "surrogatepass") for factor in self._numbers]
            for number, text in enumerate(texts):
                if text == text.lower():
                    continue
                capitals = tuple((at, letter) for at, letter in enumerate(text) if chr(letter) in ascii_uppercase)
                self._capitals[number] = capitals
            # As fast here as a table of all transitions, in a fortieth of its memory.
            automaton = self._automaton = BytesAhoCorasick(
                [text.translate(FOLDS) for text in texts], implementation=Implementation.ContiguousNFA
            )
            self._numbers = {}
        return automaton

    def find(self, encoded: bytes, *, again: bool = False) -> Found:
        """The factors in a text in UTF-8.

        `again`: whether the same object will be asked for once more, and until then is kept with the answer.
        """
        last, self._last = self._last, None  # one step, so that threads do not disturb each other
        found = last[1] if last is not None and last[0] is encoded else self._looked(encoded)
        if again:
            self._last = encoded, found
        return found

    def _looked(self, encoded: bytes) -> Found:
        automaton = self._automaton or self.ready()
        text = b" " + encoded
        if len(text) <= MOST:
            small = text.translate(FOLDS)
            standing = automaton.find_matches_as_indexes(small, overlapping=True)
            return Found({*map(_number, standing)}, partial(self._located, standing, text, small))
        whole: dict[int, Blocks] = defaultdict(int)
        for start in range(0, len(text), MOST):
            begin = start and start - BLOCK  # what stands before a part says whether its first factor stands apart
            part = text[begin : start + MOST + OVERLAP]
            small = part.translate(FOLDS)
            standing = automaton.find_matches_as_indexes(small, overlapping=True)
            for number, blocks in self._located(standing, part, small).items():
                whole[number] |= blocks << (begin >> SHIFT)
        return Found(whole.keys(), lambda: whole)

    def _located(self, standing: Sequence[Standing], text: bytes, small: bytes) -> Mapping[int, Blocks]:
        never, capitals, located = self._never, self._capitals, defaultdict[int, Blocks](int)
        for number, at, _ in standing:
            if small[at - 1] in never[number]:
                continue
            if number not in capitals or all(text[at + place] == letter for place, letter in capitals[number]):
                located[number] |= 1 << (at >> SHIFT)
        return located


def spread(blocks: Blocks, reach: int) -> Blocks:
    """With all blocks that are at most `reach` blocks before or behind."""
    blocks <<= reach  # whatever would be before the first
    done = 0
    while done < reach:
        step = min(2 * done + 1, reach - done)
        blocks |= blocks << step | blocks >> step
        done += step
    return blocks >> reach


def before(blocks: Blocks, reach: int) -> Blocks:
    """With all blocks that are at most `reach` blocks before."""
    done = 0
    while done < reach:
        step = min(done + 1, reach - done)
        blocks |= blocks >> step
        done += step
    return blocks
