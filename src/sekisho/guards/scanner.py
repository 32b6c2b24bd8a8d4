"""The scanner: all patterns of all rule guards in one pass over a text.

A RE2 set tells in linear time which patterns may match; only those are then searched for exactly, and only what
they find is checked. For streams, `alive` tells where the earliest match begins that later text could still
complete.

Matches are defined so that they do not depend on where a text is cut: a rejected candidate does not consume
anything, the search goes on one code point later.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import re2

from sekisho.core.decode import ENCODINGS, Encoding
from sekisho.core.normalise import normalise
from sekisho.guards import closure
from sekisho.guards.rule import Rule

engine: Any = re2  # comes without types

# Bytes that an automaton may take. It takes what the texts need: some 10 MB, and 60 MB for very many different texts;
# when it is full, RE2 begins anew. A set that could not hold twenty states does not compile.
SET_MEMORY = 128 << 20
# Bytes for the closure: RE2 gives a third to the automaton that reads backwards, the only one that is used here. Where
# twenty states of that would not fit, RE2 falls back to an engine a thousand times slower and says nothing.
CLOSURE_MEMORY = 3 * SET_MEMORY
# Bytes that twenty states take at most for each instruction of a program, with the program and its work queues.
# Source: RE2, the constructor of `DFA` in dfa.cc.
_STATES_PER_INSTRUCTION = 16 + 2 * 16 + 2 * 4 + 20 * 2 * 4
_STATES_FIXED = 1 << 16
MAX_DEPTH = 2  # encodings within encodings
_ASCII = re.compile("[\x00-\x7f]+")  # encoded stretches are of nothing else


@dataclass(frozen=True, slots=True)
class Match:
    """Something that a rule found in a view.

    Attributes:
        start: where the match begins, with its context; code points of the view.
        end: where it ends.
        found_start: where the finding proper begins, within the match.
        found_end: where it ends.
        rule: the rule that speaks; None for an encoded stretch that means nothing.
        score: after the rule's check.
        note: how the finding was reached, e.g. `base64`.
        ended: False when later text could make the match longer, whatever it is.
    """

    start: int
    end: int
    found_start: int
    found_end: int
    rule: Rule | None
    score: float
    note: str = ""
    ended: bool = True


class Patterns:
    """The patterns of many rules in one automaton, which the scanners of several stages share."""

    def __init__(self, rules: Sequence[Rule], encodings: Sequence[Encoding] = ENCODINGS) -> None:
        """Compiles the rules. Raises `ValueError` when RE2 rejects one."""
        self.rules = tuple(rules)
        self.encodings = tuple((encoding, re.compile(encoding.run, re.ASCII)) for encoding in encodings)
        sources = [rule.source for rule in rules] + [encoding.run for encoding in encodings]
        self._supersets = [closure.superset(source) for source in sources]
        self._set: Any = _set(self._supersets)
        self._searches: list[Any] = [None] * len(self.rules)  # compiled when first needed

    def hits(self, encoded: bytes) -> Sequence[int]:
        """Which patterns may match somewhere: numbers of rules, and from `len(rules)` on of encodings."""
        return (self._set and self._set.Match(encoded)) or ()

    def search(self, index: int) -> Any:
        """What finds places where a match of one rule may begin."""
        search = self._searches[index]
        if search is None:
            search = self._searches[index] = cast("Any", re2).compile(self._supersets[index], _options(SET_MEMORY))
        return search


class Scanner:
    """Finds the matches of many rules at once. Immutable and safe to share between threads once made."""

    def __init__(
        self,
        rules: Sequence[Rule],
        encodings: Sequence[Encoding] = ENCODINGS,
        *,
        growing: bool = True,
        among: Patterns | None = None,
    ) -> None:
        """Compiles the rules. Raises `ValueError` when RE2 rejects one.

        `growing` says whether texts will come piece by piece; for others there is no need to compile the closure.
        `among` holds all the rules and, in place of `encodings`, what is undone; None: nobody else needs them.
        """
        patterns = self._patterns = among or Patterns(rules, encodings)
        mine = frozenset(rules)
        self._rules = {index: rule for index, rule in enumerate(patterns.rules) if rule in mine}
        self._encodings = dict(enumerate(patterns.encodings, len(patterns.rules)))
        sources = [rule.source for rule in rules] + [encoding.run for encoding, _ in patterns.encodings]
        closes = [rule.close for rule in rules if rule.close]
        prefixes = [closure.closure(source) for source in (*sources, *dict.fromkeys(closes))] if growing else []
        self._growing = growing
        self._alive: Any = _ending(prefixes)

    def silent(self, value: str | bytes) -> bool:
        """Whether `value` surely holds no match and no encoded stretch. False tells nothing. Bytes are UTF-8."""
        hits = self._patterns.hits(value if isinstance(value, bytes) else value.encode())
        return not any(index in self._rules or index in self._encodings for index in hits)

    def scan(self, value: str, start: int = 0) -> list[Match]:
        """All matches that begin at or after `start`, in no particular order. `value` is a normalised view."""
        return self._scan(value, start, 0)

    def alive(self, value: str, start: int = 0) -> int:
        """Where the earliest match begins that more text could complete or lengthen; the length if there is none.

        That a swallowing rule is open is told by `Match.ended`, not here; that its end may still grow is told here.
        Raises `RuntimeError` when it was not made for growing texts.
        """
        if not self._growing:
            raise RuntimeError("this scanner was not made for growing texts")
        if self._alive is None:
            return len(value)
        # Bytes, since RE2's wrapper would translate the offsets of a `str` in Python.
        encoded = value[start:].encode()
        found = self._alive.search(encoded)
        return start + len(encoded[: found.start()].decode()) if found else len(value)

    def _scan(self, value: str, start: int, depth: int) -> list[Match]:
        encoded = value.encode()
        hits = self._patterns.hits(encoded)
        if not hits:
            return []
        matches: list[Match] = []
        self._follow(hits, value, encoded, start, matches)
        if depth < MAX_DEPTH:
            encodings = [self._encodings[index] for index in hits if index in self._encodings]
            for stretch in _ASCII.finditer(value, start) if encodings else ():
                for encoding, pattern in encodings:
                    for found in pattern.finditer(value, stretch.start(), stretch.end()):
                        matches.extend(self._within(encoding, found.start(), found.end(), found[0], depth))
        return matches

    def _follow(self, hits: Sequence[int], value: str, encoded: bytes, start: int, matches: list[Match]) -> None:
        """Adds the matches of the rules that may have some."""
        going: dict[int, Iterator[int]] = {}
        rest = len(encoded)
        for index in hits:
            rule = self._rules.get(index)
            if rule is None:
                continue
            trail = _trail(rule, self._patterns.search(index), value, encoded, start, matches)
            offset = next(trail, None)
            if offset is not None:
                going[index] = trail
                rest = min(rest, offset)
        # Most rules match once: one look at what follows tells which of them need go on.
        for index in self._patterns.hits(encoded[rest:]) if going else ():
            for _ in going.get(index, ()):
                pass

    def _within(self, encoding: Encoding, start: int, end: int, run: str, depth: int) -> Iterator[Match]:
        """What an encoded stretch says. It is one stretch to whoever masks it, whatever stands inside."""
        yield Match(start, end, start, end, None, 0.0, encoding.name)
        meaning = encoding.decode(run)
        if meaning is None:
            return
        best: dict[str, Match] = {}
        for inner in self._scan(normalise(meaning), 0, depth + 1):
            if inner.rule is None:
                continue
            known = best.get(inner.rule.category)
            if known is None or inner.score > known.score:
                note = f"{encoding.name}/{inner.note}" if inner.note else encoding.name
                best[inner.rule.category] = Match(start, end, start, end, inner.rule, inner.score, note)
        yield from best.values()


def _trail(rule: Rule, search: Any, value: str, encoded: bytes, start: int, matches: list[Match]) -> Iterator[int]:
    """Goes from place to place where a match of a rule may begin, and adds those that do.

    Such places are where its superset begins, which RE2 finds faster than `re` finds the pattern. Yields after each
    place the byte from which the next is looked for.
    """
    position, offset = start, len(value[:start].encode())  # the same place
    while offset < len(encoded) and (found := search.search(encoded, offset)) is not None:
        at: int = found.start()
        position += len(encoded[offset:at].decode())
        after = position + 1
        match = _match(rule, value, position)
        if match is not None:
            matches.append(match)
            after = max(match.end, after)
        offset = at + len(value[position:after].encode())
        position = after
        yield offset


def _match(rule: Rule, value: str, position: int) -> Match | None:
    """The match of a rule that begins at `position`, if there is one and its check lets it pass."""
    found = rule.pattern.match(value, position)
    if found is None:
        return None
    start, end = found.span("x") if "x" in rule.pattern.groupindex else found.span()
    score = rule.score if rule.check is None else rule.check(value[start:end])
    if score is None or start < 0:
        return None
    ended = not rule.swallows or found["closed"] is not None
    return Match(found.start(), found.end(), start, end, rule, score, rule.id, ended)


def _options(memory: int) -> Any:
    options = engine.Options()
    options.max_mem = memory
    options.log_errors = False
    return options


def _set(patterns: Sequence[str]) -> Any:
    """A set of patterns, None for none. Raises `ValueError` for one that RE2 does not take."""
    if not patterns:
        return None
    compiled = engine.Set.SearchSet(_options(SET_MEMORY))
    try:
        for pattern in patterns:
            compiled.Add(pattern)
        compiled.Compile()
    except engine.error as fault:
        raise ValueError(f"RE2 does not take the patterns: {fault}") from fault
    return compiled


def _ending(patterns: Sequence[str]) -> Any:
    """One pattern that finds the leftmost place from which the rest of the text is in one of the languages.

    Raises `ValueError` where its automaton does not fit into memory.
    """
    if not patterns:
        return None
    try:
        compiled = engine.compile("(?:" + "|".join(patterns) + r")\z", _options(CLOSURE_MEMORY))
    except engine.error as fault:
        raise ValueError(f"RE2 does not take the prefixes of the patterns: {fault}") from fault
    size: int = compiled.reverseprogramsize  # -1: RE2 could not make one
    if size < 0 or size * _STATES_PER_INSTRUCTION + _STATES_FIXED > CLOSURE_MEMORY // 3:
        raise ValueError(
            "the patterns are too large together: RE2's automaton for texts that come in pieces does not fit"
            f" into {CLOSURE_MEMORY // 3 >> 20} MB; shorten lists of words and repeats, or load fewer guards"
        )
    return compiled
