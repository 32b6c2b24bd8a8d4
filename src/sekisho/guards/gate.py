"""A gate: which of many patterns may match in a text, and in what stretch, told by the factors that stand in it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain

from sekisho.guards.factors import Factors
from sekisho.guards.half import Key
from sekisho.guards.traces import BLOCK, SHIFT, Blocks, Traces, before, spread

MOST_BYTES = 4  # of a character


@dataclass(frozen=True, slots=True)
class Need:
    """What every match of a pattern needs.

    Attributes:
        lists: of each of which it holds a factor.
        reach: the code points of the longest match; 0: there is no longest.
        outside: signs that no match holds.
    """

    lists: Sequence[Factors]
    reach: int = 0
    outside: bytes = b""


class Opened:
    """Patterns that may match in a text, of those that have to hold something rare.

    Attributes:
        keys: of these, with the first and the last byte between which their matches are.
        bits: `bits` of them.
    """

    def __init__(
        self, keys: Mapping[Key, tuple[int, int]], lists: Mapping[Key, tuple[int, ...]], found: Mapping[int, Blocks]
    ) -> None:
        """`lists`: the numbers of the lists of patterns; `found`: where factors of each are."""
        self.keys = keys
        self.bits = bits(keys)
        self._lists = lists
        self._found = found

    def begins(self, key: Key, width: int) -> Blocks:
        """The blocks in which matches of a pattern may begin that take so many bytes at most; 0: however many.

        All of them for a pattern of which nothing is known.
        """
        begins = -1
        if key not in self.keys:
            return begins
        for one in self._lists[key]:
            blocks = self._found[one]
            begins &= before(blocks, (width + 1 >> SHIFT) + 1) if width else (1 << blocks.bit_length()) - 1
        return begins


def bits(keys: Iterable[Key]) -> int:
    """Patterns as a number, a bit for each: whether two sets have one in common is told in one step."""
    number = 0
    for index, in_ascii in keys:
        number |= 1 << 2 * index + in_ascii
    return number


def keys_of(number: int) -> Iterator[Key]:
    """The inverse of `bits`."""
    while number:
        index = number.bit_length() - 1
        number ^= 1 << index
        yield index >> 1, bool(index & 1)


NONE = Opened({}, {}, {})


class Gate:
    """Keeps patterns whose factors are not all in a text from looking at it."""

    def __init__(self, needs: Mapping[Key, Need], traces: Traces) -> None:
        """`traces` finds the factors, also those of others."""
        numbers: dict[Factors, int] = {}
        # By the number of their first list, which is the rarest: the patterns, all their lists, what they need.
        by_first: list[list[tuple[Key, tuple[int, ...], Need]]] = []
        self._of: dict[Key, tuple[int, ...]] = {}
        for key, need in needs.items():
            own = self._of[key] = tuple(numbers.setdefault(one, len(numbers)) for one in need.lists)
            by_first += ([] for _ in range(len(numbers) - len(by_first)))
            by_first[own[0]].append((key, own, need))
        self._patterns = [*map(tuple, by_first)]
        told: dict[int, tuple[int, ...]] = {}
        for factors, number in numbers.items():
            for factor in map(traces.number, factors):
                told[factor] = (*told.get(factor, ()), number)
        self._lists = told
        self._traces = traces

    def among(self, keys: Collection[Key]) -> "Gate":
        """A gate of some of its patterns."""
        some = copy(self)
        some._patterns = [tuple(one for one in patterns if one[0] in keys) for patterns in self._patterns]
        return some

    def open(self, encoded: bytes, *, again: bool = False) -> Opened:
        """Those that may match somewhere in a text in UTF-8; `again` as in `Traces.find`."""
        traced = self._traces.find(encoded, again=again)
        factors = traced.numbers & self._lists.keys()
        lists = {*chain.from_iterable(map(self._lists.__getitem__, factors))}
        may = [one for number in lists for one in self._patterns[number] if lists.issuperset(one[1])]
        if not may:
            return NONE  # most texts
        found: dict[int, Blocks] = {}
        for factor in traced.blocks.keys() & factors:
            blocks = traced.blocks[factor]
            for number in self._lists[factor]:
                found[number] = found.get(number, 0) | blocks
        keys: dict[Key, tuple[int, int]] = {}
        width = 1 if encoded.isascii() else MOST_BYTES
        for key, own, need in may:
            blocks, *beside = [found.get(one, 0) for one in own]
            if blocks and all(beside):
                reach = need.reach * width
                stretch = _within(blocks, beside, reach) if reach else _between(encoded, blocks, beside, need.outside)
                if stretch is not None:
                    keys[key] = stretch
        return Opened(keys, self._of, found)


def _within(blocks: Blocks, beside: Sequence[Blocks], reach: int) -> tuple[int, int] | None:
    """Between which bytes matches are that are at most so long and hold factors in blocks of each; None: nowhere."""
    for other in beside:
        blocks = other & spread(blocks, (reach >> SHIFT) + 1)
        if not blocks:
            return None
    return max(0, _first(blocks) - reach), _last(blocks) + reach


def _between(encoded: bytes, blocks: Blocks, beside: Sequence[Blocks], outside: bytes) -> tuple[int, int] | None:
    """The same of matches that hold none of some signs."""
    first, last = _first(blocks), _last(blocks)
    begin, end = 0, len(encoded)
    for number in range(len(outside)):
        sign = outside[number : number + 1]
        begin = max(begin, encoded.rfind(sign, begin, first) + 1)
        place = encoded.find(sign, last, end)
        end = end if place < 0 else place
    here = (2 << (end + 1 >> SHIFT)) - (1 << (begin >> SHIFT))
    return (begin, end) if all(other & here for other in beside) else None


def _first(blocks: Blocks) -> int:
    """The first byte where a factor may begin: a block also holds what begins one byte before it."""
    return max(0, ((blocks & -blocks).bit_length() - 1) * BLOCK - 1)


def _last(blocks: Blocks) -> int:
    """Before this byte all of them have begun."""
    return blocks.bit_length() * BLOCK - 1
