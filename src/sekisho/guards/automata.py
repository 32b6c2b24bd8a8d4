"""The automata of RE2 that many patterns share.

RE2 makes the states of an automaton when a text needs them. Where every pattern may begin at every character, each new
text needs new ones: ten milliseconds for 2 KB, and memory that grows. So patterns are looked for in three ways:

- At places where two or three characters stand that a match begins with (guards/heads.py, guards/places.py). What
  follows each of them is looked at by an automaton that begins anew there: it has few states.
- Patterns that begin with ASCII, in texts of much ASCII, where nearly every place would be one: by a set that looks for
  their matches everywhere.
- The few whose matches may begin nearly anywhere: always by such a set.

The first two hold prefixes and larger languages: what they find may be none, and is looked at exactly.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple

import re2

from sekisho.guards.half import WINDOW, Key, of_all, prefixes, unpacked
from sekisho.guards.headed import Headed
from sekisho.guards.places import Automaton, Place

engine: Any = re2  # comes without types

# Bytes that a set may take: so many for its states, or more where its program is large, since RE2 wants that to take a
# quarter at most; `SET_MEMORY` at the very most. States come as texts need them, and other texts need other ones; when
# there is no more room, RE2 begins anew. A set that could not hold twenty states does not compile.
CACHE_MEMORY = 48 << 20
PROGRAM_MEMORY = 40  # for each character of its patterns
SET_MEMORY = 128 << 20
# What begins with ASCII, in texts of much ASCII, is looked for by so many sets, which share so many bytes. Each state
# is a combination of what all patterns of a set have seen: in one set, new English texts need many more of them.
ASCII_SETS, ASCII_MEMORY = 3, 24 << 20
SEARCH_MEMORY = 8 << 20  # of one pattern
# Bytes for the closure: RE2 gives a third to the automaton that is used here. Where twenty states of that would not
# fit, RE2 falls back to an engine a thousand times slower and says nothing.
CLOSURE_MEMORY = 96 << 20
# Bytes that twenty states take at most for each instruction of a program, with the program and its work queues.
# Source: RE2, the constructor of `DFA` in dfa.cc.
_STATES_PER_INSTRUCTION = 16 + 2 * 16 + 2 * 4 + 20 * 2 * 4
_STATES_FIXED = 1 << 16

DENSE = 2.2  # bytes for each character, one for ASCII and three for Japanese: with fewer, much of a text is ASCII
READ = 4 << 20  # bytes that one look for what is alive may read, which takes some milliseconds
AT_ONCE = 4096  # windows
_MARK = b"\0"  # before each window


class Finder:
    """Says which of many patterns may match in a text, and where.

    Attributes:
        heads: finds the heads of all patterns, and those that others add.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        """Compiles them. Raises `ValueError` when RE2 rejects one."""
        parts = of_all(sources)
        headed = {key: half for key, half in parts.items() if half.rare and not half.in_numbers}
        self._inexact = {key for key, half in headed.items() if half.length > WINDOW}
        self._windows = _Numbered({key: rf"\x00{half.first}" for key, half in headed.items()})
        self._anywhere = _Numbered({key: half.edge for key, half in parts.items() if key not in headed})
        self._ascii = _Numbered(
            {key: half.edge for key, half in headed.items() if half.ascii}, ASCII_SETS, ASCII_MEMORY
        )
        self.heads = Automaton()
        self._all = Headed(headed, self.heads)
        self._others = Headed({key: half for key, half in headed.items() if not half.ascii})
        searched = [key for key, half in parts.items() if half.ascii or key not in headed or key in self._inexact]
        self._sources = {key: parts[key].superset for key in searched}
        self._searches: dict[Key, Any] = {}

    def look(self, value: str, encoded: bytes, start: int = 0) -> "Look":
        """Looks at a text; `encoded` is the same in UTF-8. Matches begin at byte `start` or later."""
        dense = self.dense(value, encoded)
        parts = self._others if dense else self._all
        found = parts.places.within(encoded, start)
        places: Sequence[list[Place]] = found if isinstance(found, tuple) else ()
        headed: set[Key] = set()
        for some in found:
            if some:
                headed |= self.headed(encoded, parts, some)
        return Look(self.everywhere(encoded, dense=dense), headed, places, start, dense)

    def dense(self, value: str, encoded: bytes) -> bool:
        """Whether much of a text is ASCII, so that what begins with it is looked for everywhere."""
        return len(encoded) < DENSE * len(value)

    def headed(self, encoded: bytes, parts: Headed, places: Sequence[Place]) -> set[Key]:
        """Those that may match at one of these places, at each of which a head of `parts` stands."""
        found: set[Key] = set()
        widths = parts.widths
        for first in range(0, len(places), AT_ONCE):
            some = places[first : first + AT_ONCE]
            windows = b"".join([_MARK + encoded[at : at + widths[number]] for number, at in some])
            found.update(self._windows.hits(windows))
        return found

    def everywhere(self, encoded: bytes, *, dense: bool) -> set[Key]:
        """Those that may match, of those that are not looked for at places."""
        found = set(self._anywhere.hits(encoded))
        return found | self.begun_in_ascii(encoded) if dense else found

    def begun_in_ascii(self, encoded: bytes) -> set[Key]:
        """Those that may match, of those that begin with ASCII and are looked for at places elsewhere."""
        return set(self._ascii.hits(encoded))

    def known(self, encoded: bytes, look: "Look", keys: Collection[Key]) -> dict[Key, list[int]]:
        """At which places these patterns may match, in order."""
        told: dict[Key, list[int]] = {key: [] for key in keys}
        parts = self._others if look.dense else self._all
        places = look.places or (parts.places.within(encoded, look.start) if keys else ())
        for number, at in chain.from_iterable(places) if keys else ():
            if not told.keys().isdisjoint(parts.keys[number]):
                for key in self._windows.hits(_MARK + encoded[at : at + parts.widths[number]]):
                    if key in told:
                        told[key].append(at)
        for found in told.values():
            found.sort()  # a head of one character is found before a longer one that stands earlier
        return told

    def exact(self, key: Key) -> bool:
        """Whether a known place is sure to be one where the larger language of the pattern has a member."""
        return key not in self._inexact

    def search(self, key: Key) -> Any:
        """What finds members of the larger language of a pattern."""
        search = self._searches.get(key)
        if search is None:
            search = self._searches[key] = engine.compile(self._sources[key], options(SEARCH_MEMORY))
        return search


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a text says.

    Attributes:
        everywhere: those that may match, who knows where.
        headed: those that may match at one of the places.
        places: where matches of the others may begin, in order; none of a long text, since there may be many.
        start: byte from which on they were looked for.
        dense: whether much of the text is ASCII.
    """

    everywhere: set[Key]
    headed: set[Key]
    places: Sequence[list[Place]]
    start: int
    dense: bool


class Alive(NamedTuple):
    """Where matches begin that more text could complete or lengthen; the length of the text where there is none.

    Attributes:
        match: where the earliest of them begins.
        finding: where the earliest of those begins whose finding has begun, so far as the text tells: no code point
            before it will be part of a finding, except of a match that is there already.
    """

    match: int
    finding: int


class Growing:
    """Says where the earliest match of many patterns begins that more text could complete or lengthen."""

    def __init__(self, sources: Sequence[str]) -> None:
        """Compiles them. Raises `ValueError` for one that RE2 rejects, and where they do not fit into memory."""
        parts = of_all(sources := list(dict.fromkeys(sources)))
        placed = {key: half for key, half in parts.items() if half.placed}
        # By pairs alone: of a third character that has not come yet, nothing can be told.
        heads = Headed({key: replace(half, heads=half.pairs or ()) for key, half in placed.items()}, apart=True)
        self._places = heads.places
        # By the number of a head or of its beginning, the patterns that begin so: a bit for each.
        begun = dict.fromkeys(self._places.beginnings, 0)
        for (number, _), half in placed.items():
            for text in begun.keys() & {head[:1] for head in unpacked(half.pairs or ())}:
                begun[text] |= 1 << number
        self._behind = [0] * 256  # by the byte before a place, the patterns that may begin there
        for (number, _), half in placed.items():
            for byte in {*range(256)}.difference(half.never):
                self._behind[byte] |= 1 << number
        by_head = (sum(1 << number for number in {number for number, _ in keys}) for keys in heads.keys)
        shared: dict[int, int] = {}
        self._begin = [shared.setdefault(some, some) for some in (*by_head, *begun.values())]
        # A set: one pattern of all of them takes RE2 ten times as long to compile, since it compares all its parts, and
        # keeps its syntax tree for ever.
        told = [(number, prefixes(sources[number])) for number in sorted({number for number, _ in placed})]
        known = [(number, one.context) for number, one in told if one.context]
        self._contexts = len(known)
        known += [(number, one.begun) for number, one in told]
        self._set = _Set([language for _, language in known], whole=True)
        self._bits = [1 << number for number, _ in known]
        anywhere = {key: half for key, half in parts.items() if not half.placed}
        # From the end of a text RE2 reads backwards, and so finds the leftmost place at once.
        self._anywhere = _ending([half.closure for half in anywhere.values()])
        few = [prefixes(sources[number]) for number in sorted({number for number, _ in anywhere})]
        self._begun = _ending([one.begun for one in few]) if any(one.context for one in few) else self._anywhere

    def earliest(self, value: str, start: int) -> Alive:
        """That place, at `start` or later. It may be too early, never too late.

        It is, where looking further would read too much: what stands before it is dead, so that the next look begins
        there.
        """
        # Bytes, since RE2's wrapper would translate the offsets of a `str` in Python.
        before = value[start - 1 : start].encode() if start else b""
        encoded = before + value[start:].encode()
        first = _leftmost(self._anywhere, encoded, len(before))
        nowhere = first == len(encoded) or self._begun is self._anywhere
        begun = first if nowhere else _leftmost(self._begun, encoded, first)
        left, last, hits = READ, -1, ()
        for number, place in self._places.begun(encoded, len(before)):
            if place != last:
                last, left = place, left - len(encoded) + place
                if place >= begun or left < 0:
                    first, begun = min(first, place), min(begun, place)
                    break
                hits = self._set.hits(encoded[place:])
            patterns = self._begin[number]
            if place:
                patterns &= self._behind[encoded[place - 1]]
            for hit in hits:
                if self._bits[hit] & patterns:
                    first = min(first, place)
                    begun = begun if hit < self._contexts else place
        match = start + len(encoded[len(before) : first].decode())
        return Alive(match, match + len(encoded[first:begun].decode()))


def _leftmost(pattern: Any, encoded: bytes, start: int) -> int:
    """Where the leftmost match at or after a byte begins; the length of the text where there is none."""
    found = pattern.search(encoded, start) if pattern else None
    return found.start() if found else len(encoded)


class _Set:
    """A set of patterns, known by their numbers."""

    def __init__(self, patterns: Sequence[str], *, whole: bool = False, memory: int = CACHE_MEMORY) -> None:
        """`whole`: they have to match whole texts, not somewhere in them. `memory`: bytes for its states.

        Raises `ValueError` for a pattern that RE2 does not take, and where they do not fit into memory.
        """
        memory = min(SET_MEMORY, max(memory, PROGRAM_MEMORY * sum(map(len, patterns))))
        self._set: Any = _compiled(patterns, memory, whole=whole) if patterns else None

    def hits(self, encoded: bytes) -> Sequence[int]:
        """The numbers of those that match."""
        return (self._set.Match(encoded) or ()) if self._set and encoded else ()


class _Numbered:
    """Patterns with keys of our own, in one set or several."""

    def __init__(self, patterns: Mapping[Key, str], sets: int = 1, memory: int = CACHE_MEMORY) -> None:
        """`memory`: bytes that they share. Raises `ValueError` for a pattern that RE2 does not take."""
        keys, size = list(patterns), -(-len(patterns) // sets) or 1
        each = [keys[at : at + size] for at in range(0, len(keys), size)]
        self._sets = [(some, _Set([patterns[key] for key in some], memory=memory // sets)) for some in each]

    def hits(self, encoded: bytes) -> list[Key]:
        """Which of them match somewhere."""
        return [keys[number] for keys, one in self._sets for number in one.hits(encoded)]


def _compiled(patterns: Sequence[str], memory: int, *, whole: bool) -> Any:
    made = (engine.Set.FullMatchSet if whole else engine.Set.SearchSet)(options(memory))
    try:
        for pattern in patterns:
            made.Add(pattern)
        made.Compile()
    except engine.error as fault:
        if memory < SET_MEMORY:
            return _compiled(patterns, SET_MEMORY, whole=whole)
        raise ValueError(
            f"RE2 does not take the patterns, alone or together: {fault};"
            " shorten lists of words and repeats, or load fewer guards"
        ) from fault
    return made


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
