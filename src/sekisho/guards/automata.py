"""The automata of RE2 that many patterns share.

RE2 makes the states of an automaton when a text needs them. Where every pattern may begin at every character, each new
text needs new ones: ten milliseconds for 2 KB, and memory that grows. So patterns are looked for in three ways:

- At places where two or three characters stand that a match begins with (guards/heads.py, guards/places.py). What
  follows each of them is looked at by an automaton that begins anew there: it has few states.
- Patterns that begin with ASCII, in texts of much ASCII, where nearly every place would be one: in the whole text
  (guards/everywhere.py).
- The few whose matches may begin nearly anywhere: always so.

The first two hold prefixes and larger languages: what they find may be none, and is looked at exactly.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sekisho.core.fixed import fixed
from sekisho.guards.alone import Alone, Renewed
from sekisho.guards.everywhere import Everywhere, Sought
from sekisho.guards.gate import MOST_BYTES, Gate, Need, Opened, bits, keys_of
from sekisho.guards.half import Key, of_all, prefixes, unpacked
from sekisho.guards.headed import Headed
from sekisho.guards.places import Place
from sekisho.guards.sets import PROGRAM_MEMORY, Set, engine, options
from sekisho.guards.traces import SHIFT, Blocks, Traces

# Bytes for states: they come as texts need them, and other texts need other ones; without room, RE2 begins anew.
PLACE_MEMORY = 3 << 20  # of those that are looked for at places together
GROWING_MEMORY = 4 << 20  # of prefixes, at places of texts that come in pieces
SEARCH_MEMORY = 1 << 20  # of one pattern
SEARCHED = 4000  # times, of all patterns together, after which what searches is made anew: some hundredths of a second
# Bytes for the closure: RE2 gives a third to the automaton that is used here. Where twenty states of that would not
# fit, RE2 falls back to an engine a thousand times slower and says nothing.
CLOSURE_MEMORY = 96 << 20
# Bytes that twenty states take at most for each instruction of a program, with the program and its work queues.
# Source: RE2, the constructor of `DFA` in dfa.cc.
_STATES_PER_INSTRUCTION = 16 + 2 * 16 + 2 * 4 + 20 * 2 * 4
_STATES_FIXED = 1 << 16

DENSE = 2.2  # bytes for each character, one for ASCII and three for Japanese: with fewer, much of a text is ASCII
READ = 4 << 20  # bytes that one look for what is alive may read, which takes some milliseconds


class Finder:
    """Says which of many patterns may match in a text, and where.

    Attributes:
        traces: finds the factors of all patterns, and those that others add.
        keys: of all halves of patterns.
    """

    def __init__(self, sources: Sequence[str], unplaced: Collection[int] = ()) -> None:
        """Compiles them; of `unplaced` ones nobody asks where they match. Raises `ValueError` when RE2 rejects one."""
        parts = of_all(sources)
        headed = {key: half for key, half in parts.items() if half.rare and not half.in_numbers}
        anywhere = {key: half for key, half in parts.items() if key not in headed}
        latin = {key: half for key, half in headed.items() if half.ascii}
        self._bounded = frozenset(key for key, half in headed.items() if half.bounded)
        self.traces = Traces()
        needs = {key: Need(half.needs, half.reach, half.outside) for key, half in parts.items() if half.gated}
        self._gate = Gate(needs, self.traces)
        # What follows a place is read for by one set, or one by one where what a pattern needs is rarer than the place.
        pooled = {key: half.first for key, half in headed.items() if not half.alone}
        self._pooled = bits(pooled)
        self._pool = list(pooled), Set(list(pooled.values()), PLACE_MEMORY, begin=True)
        # What none of them begins with, as bytes of UTF-8.
        begun = {head[:1].encode("utf-8", "surrogatepass")[0] for key in pooled for head in unpacked(headed[key].heads)}
        self._begins_none = bytes({*range(256)} - begun)
        self._single = bits(headed) & ~self._pooled
        self._alone = Alone({key: half.first for key, half in headed.items()}, begin=True)
        self._widths = {key: MOST_BYTES * half.length for key, half in headed.items()}
        self._edges = Alone({key: half.edge for key, half in parts.items()})
        self._everywhere = Everywhere((anywhere, latin), self._edges)
        self._dense = {False: frozenset(anywhere), True: frozenset((*anywhere, *latin))}
        self._latin = bits(latin)
        self._located = frozenset(key for key in latin if key[0] not in unplaced)
        self.keys = frozenset(parts)
        self._whole = self.among(parts)
        # Apart, since in texts of much ASCII nearly every place would be one of the second, which few of them ask for.
        others = {key: half for key, half in headed.items() if key not in latin}
        self._heads = tuple((bits(some), Headed(some)) for some in (others, latin))
        self._sources = {key: half.superset for key, half in parts.items() if key not in self._bounded}
        self._searches = Renewed(self._search, SEARCHED)

    def among(self, keys: Iterable[Key], *, often: bool = False) -> "Among":
        """Some of its patterns. `often`: they are looked for often enough to have a gate of their own."""
        some = frozenset(keys)
        gate = self._gate.among(some) if often else self._gate
        return Among(gate, *(self._reading(some, dense=dense) for dense in (False, True)))

    def _reading(self, some: frozenset[Key], *, dense: bool) -> "Reading":
        here = bits(some) & ~self._latin if dense else bits(some)
        return Reading(self._everywhere.sought(self._dense[dense] & some), self._single & here, self._pooled & here)

    def look(self, value: str, encoded: bytes, start: int = 0, among: "Among | None" = None) -> "Look":
        """Looks at a text; `encoded` is the same in UTF-8. Matches begin at byte `start` or later.

        `among`: those that are looked for; None: all.
        """
        among = among or self._whole
        reading = among.dense if self.dense(value, encoded) else among.sparse
        opened = among.gate.open(encoded)
        everywhere = self._everywhere.hits(encoded, opened.keys, reading.everywhere)
        located = everywhere & self._located
        single, pooled = opened.bits & reading.single | bits(located), reading.pooled
        if pooled and not encoded.translate(None, self._begins_none):
            pooled = 0
        headed: dict[Key, list[int]] = {}
        for every, heads in self._heads:
            wanted = _Wanted(opened, single & every, pooled & every)
            if wanted.any:
                headed |= self._headed(encoded, start, heads, wanted)
        return Look(everywhere - located, headed)

    def silent(self, key: Key, encoded: bytes) -> bool:
        """Whether a text surely holds no match of this one; False tells nothing."""
        return not self._edges.matches(key, encoded)

    def dense(self, value: str, encoded: bytes) -> bool:
        """Whether much of a text is ASCII, so that what begins with it is looked for everywhere."""
        return len(encoded) < DENSE * len(value)

    def _headed(self, encoded: bytes, start: int, heads: Headed, wanted: "_Wanted") -> dict[Key, list[int]]:
        """Those that may match, with the places, in order, where they may; a head stands at each."""
        headed: dict[Key, list[int]] = {}
        for places in heads.places.within(encoded, *wanted.between(start, len(encoded)), wanted.any):
            for key, at in self._at(encoded, places, heads, wanted):
                headed.setdefault(key, []).append(at)
        for found in headed.values():
            found.sort()  # a head of one character is found before a longer one that stands earlier
        return headed

    def _at(
        self, encoded: bytes, places: Iterable[Place], parts: Headed, wanted: "_Wanted"
    ) -> Iterator[tuple[Key, int]]:
        """Those that may match at one of these places."""
        opened, single, pooled = wanted
        known, pool = self._pool
        begins: dict[Key, Blocks] = {}
        for number, at in places:
            here = parts.bits[number]
            if here & pooled:
                keys = parts.keys[number]
                hits = pool.hits(encoded[at : at + parts.widths[number]])
                yield from ((key, at) for hit in hits if (key := known[hit]) in keys)
            for key in keys_of(here & single):
                width = self._widths[key]
                if key not in begins:
                    begins[key] = opened.begins(key, width if key in self._bounded else 0)
                if begins[key] >> (at >> SHIFT) & 1 and self._alone.matches(key, encoded[at : at + width]):
                    yield key, at

    def exact(self, key: Key) -> bool:
        """Whether a known place need not be looked at by `search`: there, `re` reads no further than a window."""
        return key in self._bounded

    def search(self, key: Key) -> Any:
        """What finds members of the larger language of a pattern."""
        return self._searches[key]

    def _search(self, key: Key) -> Any:
        source = self._sources[key]
        search = engine.compile(source, options(SEARCH_MEMORY + PROGRAM_MEMORY * len(source)))
        engine.purge()  # else the wrapper would give the same one again, with all its states
        return search


class Reading(NamedTuple):
    """How some of the patterns of a finder are looked for.

    Attributes:
        everywhere: those that are read for from end to end.
        single: those that are read for one by one where they may begin, as `gate.bits`.
        pooled: those that are read for there together, likewise.
    """

    everywhere: Sought
    single: int
    pooled: int


class _Wanted(NamedTuple):
    """Patterns that are looked for at places.

    Attributes:
        opened: those of them that need something rare, as far as it is there.
        single: those that are read for one by one, as `gate.bits`.
        pooled: those that are read for together, likewise.
    """

    opened: Opened
    single: int
    pooled: int

    @property
    def any(self) -> int:
        """All of them."""
        return self.single | self.pooled

    def between(self, start: int, end: int) -> tuple[int, int]:
        """Between which bytes of a text their matches are."""
        if self.pooled:
            return start, end
        stretches = [self.opened.keys.get(key, (0, end)) for key in keys_of(self.single)]
        return max(start, min(first for first, _ in stretches)), max(last for _, last in stretches)


class Among(NamedTuple):
    """Some of the patterns of a finder.

    Attributes:
        gate: tells which may match, of those that need something rare.
        sparse: how they are looked for in texts of little ASCII.
        dense: how in others.
    """

    gate: Gate
    sparse: Reading
    dense: Reading


@fixed
class Look:
    """What a look at a text says.

    Attributes:
        everywhere: those that may match, who knows where.
        headed: those that may match at certain places, and at which bytes, in order.
    """

    everywhere: set[Key]
    headed: dict[Key, list[int]]


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
        self._set = Set([language for _, language in known], GROWING_MEMORY, whole=True)
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
