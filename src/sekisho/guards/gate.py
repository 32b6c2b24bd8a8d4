"""A gate: which of many patterns may match in a text, told by the factors that stand in it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from ahocorasick_rs import BytesAhoCorasick, Implementation

from sekisho.guards.factors import LONGEST, Factors
from sekisho.guards.half import Key

MOST = 1 << 16  # bytes of a text that are looked at at once
_OVERLAP = 4 * LONGEST

_Bytes = dict[int, int]  # places, by number


class Opened:
    """Patterns that may match in a text, of those that have to hold something rare.

    Attributes:
        keys: of these.
        bits: `bits` of them.
    """

    def __init__(self, keys: Mapping[Key, tuple[int, int]], spans: Callable[[], tuple[_Bytes, _Bytes]]) -> None:
        """`keys`: with the numbers of their lists; `spans`: where of each list the first and last factor begin."""
        self._lists = self.keys = keys
        self.bits = bits(keys)
        self._told: tuple[_Bytes, _Bytes] | None = None
        self._spans = spans

    def between(self, some: int, first: int, last: int) -> Iterator[Key]:
        """Those of some (see `bits`) that may match between two bytes of the text."""
        some &= self.bits
        if not some:
            return
        told = self._told
        if told is None:
            told = self._told = self._spans()
        firsts, lasts = told
        while some:
            number = some.bit_length() - 1
            some ^= 1 << number
            key = number >> 1, bool(number & 1)
            one, other = self._lists[key]
            if firsts[one] <= last and firsts[other] <= last and lasts[one] >= first and lasts[other] >= first:
                yield key


def bits(keys: Iterable[Key]) -> int:
    """Patterns as a number, a bit for each: whether two sets have one in common is told in one step."""
    number = 0
    for index, in_ascii in keys:
        number |= 1 << 2 * index + in_ascii
    return number


NONE = Opened({}, lambda: ({}, {}))


class Gate:
    """Keeps patterns whose factors are not all in a text from looking at it."""

    def __init__(self, needs: Mapping[Key, Sequence[Factors]]) -> None:
        """`needs`: for each pattern one list of factors or two, of each of which a match holds one."""
        numbers: dict[Factors, int] = {}
        self._patterns: list[list[tuple[Key, int]]] = []  # by the number of a list: whose first it is, and their second
        for key, lists in needs.items():
            first, second = (numbers.setdefault(lists[at], len(numbers)) for at in (0, -1))
            self._patterns += ([] for _ in range(len(numbers) - len(self._patterns)))
            self._patterns[first].append((key, second))
        told: dict[str, tuple[int, ...]] = {}
        for factors, number in numbers.items():
            for factor in factors:
                told[factor] = (*told.get(factor, ()), number)
        self._lists = list(told.values())
        texts = [factor.encode("utf-8", "surrogatepass") for factor in told]
        self._automaton = BytesAhoCorasick(texts, implementation=Implementation.ContiguousNFA)

    def open(self, encoded: bytes) -> Opened:
        """Those that may match somewhere in a text in UTF-8."""
        firsts, lasts = self._found(encoded.lower())  # ASCII alone, as the factors
        lists, there = self._lists, set[int]()
        for factor in firsts:
            there.update(lists[factor])
        keys = {key: (number, second) for number in there for key, second in self._patterns[number] if second in there}
        return Opened(keys, partial(self._spans, firsts, lasts))

    def _found(self, small: bytes) -> tuple[_Bytes, _Bytes]:
        """The factors in a text, by number, and where each begins first and last."""
        firsts: _Bytes = {}
        lasts: _Bytes = {}
        for start in range(0, len(small), MOST):
            part = small if len(small) <= MOST else small[start : start + MOST + _OVERLAP]
            found = self._automaton.find_matches_as_indexes(part, overlapping=True)
            lasts.update([(factor, at + start) for factor, at, _ in found])
            firsts = {**{factor: at + start for factor, at, _ in reversed(found)}, **firsts}
        return firsts, lasts

    def _spans(self, firsts: _Bytes, lasts: _Bytes) -> tuple[_Bytes, _Bytes]:
        """The same by the numbers of lists."""
        first_of: _Bytes = {}
        last_of: _Bytes = {}
        for factor, first in firsts.items():
            last = lasts[factor]
            for number in self._lists[factor]:
                if first < first_of.setdefault(number, first):
                    first_of[number] = first
                if last > last_of.setdefault(number, last):
                    last_of[number] = last
        return first_of, last_of
