"""The automata of RE2 that many patterns share.

RE2 makes the states of an automaton when a text needs them. Where every pattern may begin at every character, each new
text needs new ones: ten milliseconds for 2 KB, and memory that grows. So patterns are looked for in three ways:

- At places where two characters stand that a match begins with (guards/heads.py, guards/places.py). What follows each
  of them is looked at by an automaton that begins anew there: it has few states.
- Patterns that begin with ASCII, in texts of much ASCII, where nearly every place would be one: by a set that looks for
  their matches everywhere.
- The few whose matches may begin nearly anywhere: always by such a set.

The first two hold prefixes and larger languages: what they find may be none, and is looked at exactly.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from sekisho.guards import closure, heads
from sekisho.guards.closure import Node
from sekisho.guards.places import Places

engine: Any = re2  # comes without types

# Bytes that an automaton may take. It takes what the texts need; when it is full, RE2 begins anew. A set that could not
# hold twenty states does not compile.
SET_MEMORY = 128 << 20
# Bytes for the closure: RE2 gives a third to the automaton that is used here. Where twenty states of that would not
# fit, RE2 falls back to an engine a thousand times slower and says nothing.
CLOSURE_MEMORY = 3 * SET_MEMORY
# Bytes that twenty states take at most for each instruction of a program, with the program and its work queues.
# Source: RE2, the constructor of `DFA` in dfa.cc.
_STATES_PER_INSTRUCTION = 16 + 2 * 16 + 2 * 4 + 20 * 2 * 4
_STATES_FIXED = 1 << 16

WINDOW = 48  # code points that are looked at from a place on
DENSE = 2.2  # bytes for each character, one for ASCII and three for Japanese: with fewer, much of a text is ASCII
PAIRS = 800  # a pattern that begins with more pairs of characters than this, anywhere, may begin nearly anywhere
READ = 4 << 20  # bytes that one look for what is alive may read, which takes some milliseconds
AT_ONCE = 4096  # windows
_MARK = "\0"  # before each window


@dataclass(frozen=True, slots=True)
class Half:
    """Those matches of a pattern that begin with ASCII, or those that do not; or all, where they may begin anywhere.

    Attributes:
        tree: of their language.
        ascii: whether they begin with ASCII.
        pairs: what they begin with; None: nearly anything.
        at_words: they never begin behind a letter or digit of ASCII.
    """

    tree: Node
    ascii: bool
    pairs: frozenset[str] | None = None
    at_words: bool = False

    @property
    def rare(self) -> bool:
        """Whether few characters of a text are among those that they begin with."""
        pairs = self.pairs
        if pairs is None or any(len(text) == 1 for text in pairs):
            return False
        return not self.ascii or len(pairs) <= PAIRS


@cache
def halves(source: str) -> tuple[Half, ...]:
    """The halves of a pattern."""
    tree = closure.parse(source)
    if heads.optional(tree):
        return (Half(tree, ascii=False),)
    latin, others = heads.beginning(tree, in_ascii=True), heads.beginning(tree, in_ascii=False)
    found = (
        latin and Half(latin, ascii=True, pairs=heads.heads(latin), at_words=closure.guarded(source)),
        others and Half(others, ascii=False, pairs=heads.heads(others)),
    )
    return tuple(half for half in found if half)


def of_all(sources: Iterable[str]) -> dict["Key", Half]:
    """The halves of many patterns, which are known by their numbers."""
    return {(number, half.ascii): half for number, source in enumerate(sources) for half in halves(source)}


def places(parts: Iterable[Half]) -> Places:
    """Where matches of these halves may begin."""
    pairs: set[str] = set()
    words: set[str] = set()
    for half in parts:
        if half.at_words:
            words.update(half.pairs or ())
        else:
            pairs.update(half.pairs or ())
    return Places(frozenset(pairs), frozenset(words))


Key = tuple[int, bool]  # number of a pattern, and whether its half begins with ASCII


class Finder:
    """Says which of many patterns may match in a text, and where."""

    def __init__(self, sources: Sequence[str]) -> None:
        """Compiles them. Raises `ValueError` when RE2 rejects one."""
        parts = of_all(sources)
        headed = {key: half for key, half in parts.items() if half.rare}
        firsts = {key: heads.trimmed(half.tree, front=False) for key, half in headed.items()}
        self._inexact = {key for key, first in firsts.items() if heads.longest(first) > WINDOW}
        prefixes = {key: closure.superset(heads.clipped(first, WINDOW)) for key, first in firsts.items()}
        marked = {key: rf"\x00{prefix}" for key, prefix in prefixes.items()}
        self._windows = _Numbered(marked)
        self._beginning = _beginning(headed)
        self._anywhere = _Numbered({key: _edged(half.tree) for key, half in parts.items() if key not in headed})
        self._ascii = _Numbered({key: _edged(half.tree) for key, half in headed.items() if half.ascii})
        self._all = places(headed.values())
        self._others = places(half for half in headed.values() if not half.ascii)
        searched = [key for key, half in parts.items() if half.ascii or key not in headed or key in self._inexact]
        self._sources = {key: closure.superset(parts[key].tree) for key in searched}
        self._searches: dict[Key, Any] = {}

    def look(self, value: str, encoded: bytes, start: int = 0) -> "Look":
        """Looks at a text; `encoded` is the same in UTF-8. Matches begin at `start` or later."""
        dense = len(encoded) < DENSE * len(value)
        at = (self._others if dense else self._all).within(value, start)
        headed: set[Key] = set()
        for first in range(0, len(at), AT_ONCE):
            windows = "".join([_MARK + value[place : place + WINDOW] for place in at[first : first + AT_ONCE]]).encode()
            headed.update(self._windows.hits(windows))
        return Look(self.everywhere(encoded, dense=dense), headed, at, dense)

    def everywhere(self, encoded: bytes, *, dense: bool) -> set[Key]:
        """Those that may match, of those that are not looked for at places."""
        found = set(self._anywhere.hits(encoded))
        if dense:
            found.update(self._ascii.hits(encoded))
        return found

    def known(self, value: str, look: "Look", keys: Collection[Key]) -> dict[Key, list[int]]:
        """At which places these patterns may match, in order."""
        told: dict[Key, list[int]] = {key: [] for key in keys}
        beginning, wanted = self._beginning, told.keys()
        for place in look.places if keys else ():
            may = beginning.get(value[place : place + 2], ()), beginning.get(value[place], ())
            if not all(map(wanted.isdisjoint, may)):
                for key in self._windows.hits((_MARK + value[place : place + WINDOW]).encode()):
                    if key in told:
                        told[key].append(place)
        return told

    def exact(self, key: Key) -> bool:
        """Whether a known place is sure to be one where the larger language of the pattern has a member."""
        return key not in self._inexact

    def search(self, key: Key) -> Any:
        """What finds members of the larger language of a pattern."""
        search = self._searches.get(key)
        if search is None:
            search = self._searches[key] = engine.compile(self._sources[key], options(SET_MEMORY))
        return search


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a text says.

    Attributes:
        everywhere: those that may match, who knows where.
        headed: those that may match at one of the places.
        places: where matches of the others may begin, in order.
        dense: whether much of the text is ASCII.
    """

    everywhere: set[Key]
    headed: set[Key]
    places: list[int]
    dense: bool


class Growing:
    """Says where the earliest match of many patterns begins that more text could complete or lengthen."""

    def __init__(self, sources: Sequence[str]) -> None:
        """Compiles them. Raises `ValueError` for one that RE2 rejects, and where they do not fit into memory."""
        parts = of_all(sources).values()
        headed = [half for half in parts if half.rare or (half.at_words and half.pairs is not None)]
        self._places = places(headed)
        # A set, although nobody asks which of them it is: one pattern of all of them takes RE2 ten times as long to
        # compile, since it compares all its parts, and keeps its syntax tree for ever.
        self._headed = _Set([closure.closure(half.tree) for half in headed], whole=True)
        anywhere = [closure.closure(half.tree) for half in parts if half not in headed]
        # From the end of a text RE2 reads backwards, and so finds the leftmost place at once.
        self._anywhere = _ending(anywhere)

    def earliest(self, value: str, start: int) -> int:
        """That place, at `start` or later; the length of `value` if there is none. It may be too early, never too late.

        It is, where looking further would read too much: what stands before it is dead, so that the next look begins
        there.
        """
        # Bytes, since RE2's wrapper would translate the offsets of a `str` in Python.
        encoded = value[start:].encode()
        found = self._anywhere.search(encoded) if self._anywhere else None
        limit = start + len(encoded[: found.start()].decode()) if found else len(value)
        offset, last, left = 0, start, READ
        for place in self._places.within(value, start):
            if place >= limit:
                break
            offset += len(value[last:place].encode())
            last = place
            left -= len(encoded) - offset
            if left < 0 or self._headed.hits(encoded[offset:]):
                return place
        return limit


class _Set:
    """A set of patterns, known by their numbers."""

    def __init__(self, patterns: Sequence[str], *, whole: bool = False) -> None:
        """`whole`: they have to match whole texts, not somewhere in them.

        Raises `ValueError` for a pattern that RE2 does not take, and where they do not fit into memory.
        """
        made = engine.Set.FullMatchSet if whole else engine.Set.SearchSet
        self._set: Any = made(options(SET_MEMORY)) if patterns else None
        if self._set is None:
            return
        try:
            for pattern in patterns:
                self._set.Add(pattern)
            self._set.Compile()
        except engine.error as fault:
            raise ValueError(
                f"RE2 does not take the patterns, alone or together: {fault};"
                " shorten lists of words and repeats, or load fewer guards"
            ) from fault

    def hits(self, encoded: bytes) -> Sequence[int]:
        """The numbers of those that match."""
        return (self._set.Match(encoded) or ()) if self._set and encoded else ()


class _Numbered:
    """A set of patterns with keys of our own."""

    def __init__(self, patterns: Mapping[Key, str]) -> None:
        """Raises `ValueError` for one that RE2 does not take."""
        self._keys = list(patterns)
        self._set = _Set(list(patterns.values()))

    def hits(self, encoded: bytes) -> list[Key]:
        """Which of them match somewhere."""
        keys = self._keys
        return [keys[number] for number in self._set.hits(encoded)]


def _beginning(headed: Mapping[Key, Half]) -> dict[str, tuple[Key, ...]]:
    """The patterns whose matches may begin with each pair, or with each single character."""
    found: dict[str, list[Key]] = {}
    for key, half in headed.items():
        for text in half.pairs or ():
            found.setdefault(text, []).append(key)
    same: dict[tuple[Key, ...], tuple[Key, ...]] = {}  # many pairs have the same ones
    return {text: same.setdefault(together, together) for text, keys in found.items() if (together := tuple(keys))}


def _edged(tree: Node) -> str:
    """What stands in every text that has a member."""
    return closure.superset(heads.trimmed(heads.trimmed(heads.coarse(tree), front=True), front=False))


def options(memory: int) -> Any:
    """How patterns are compiled: with so many bytes, and without a word on standard error."""
    chosen = engine.Options()
    chosen.max_mem = memory
    chosen.log_errors = False
    return chosen


def _ending(patterns: Sequence[str]) -> Any:
    """What finds the leftmost place from which one of the patterns goes on to the end of a text; None for no patterns.

    Raises `ValueError` where its automaton does not fit into memory.
    """
    if not patterns:
        return None
    try:
        compiled = engine.compile(rf"(?:{'|'.join(patterns)})\z", options(CLOSURE_MEMORY))
    except engine.error as fault:
        raise ValueError(f"RE2 does not take the prefixes of the patterns: {fault}") from fault
    size: int = compiled.reverseprogramsize  # -1: RE2 could not make one
    if size < 0 or size * _STATES_PER_INSTRUCTION + _STATES_FIXED > CLOSURE_MEMORY // 3:
        raise ValueError(
            "the patterns are too large together: RE2's automaton for texts that come in pieces does not fit"
            f" into {CLOSURE_MEMORY // 3 >> 20} MB; shorten lists of words and repeats, or load fewer guards"
        )
    return compiled
