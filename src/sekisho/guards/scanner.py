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

# Bytes that an automaton may take (it takes what the texts need, some 10 MB). RE2 falls back to an engine a thousand
# times slower when twenty states of the reverse automaton would not fit, so this grows with the number of rules.
SET_MEMORY = 512 << 20
MAX_DEPTH = 2  # encodings within encodings


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


class Scanner:
    """Finds the matches of many rules at once. Immutable and safe to share between threads once made."""

    def __init__(
        self, rules: Sequence[Rule], encodings: Sequence[Encoding] = ENCODINGS, *, growing: bool = True
    ) -> None:
        """Compiles the rules. Raises `ValueError` when RE2 rejects one.

        `growing` says whether texts will come piece by piece; for others there is no need to compile the closure.
        """
        self._rules = tuple(rules)
        self._encodings = tuple((encoding, re.compile(encoding.run, re.ASCII)) for encoding in encodings)
        sources = [rule.source for rule in rules] + [encoding.run for encoding in encodings]
        supersets = [closure.superset(source) for source in sources]
        self._set: Any = _set(supersets)
        self._searches: list[Any] = [None] * len(self._rules)  # compiled when first needed
        self._supersets = supersets
        closes = [rule.close for rule in rules if rule.close]
        prefixes = [closure.closure(source) for source in (*sources, *dict.fromkeys(closes))] if growing else []
        self._growing = growing
        self._alive: Any = _ending(prefixes)

    def silent(self, value: str) -> bool:
        """Whether `value` surely holds no match and no encoded stretch. False tells nothing."""
        return not (self._set and self._set.Match(value))

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
        if not self._set or not value:
            return []
        matches: list[Match] = []
        encoded = value.encode()
        indexes: list[int] = self._set.Match(encoded) or []
        for index in indexes:
            if index < len(self._rules):
                matches.extend(_matches(self._rules[index], _Candidates(self._search(index), value, encoded), start))
            elif depth < MAX_DEPTH:
                encoding, pattern = self._encodings[index - len(self._rules)]
                for found in pattern.finditer(value, start):
                    matches.extend(self._within(encoding, found.start(), found.end(), found[0], depth))
        return matches

    def _search(self, index: int) -> Any:
        search = self._searches[index]
        if search is None:
            search = self._searches[index] = cast("Any", re2).compile(self._supersets[index], _options())
        return search

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


class _Candidates:
    """Where a rule's matches may begin: where its superset does, which RE2 finds faster than `re` finds the pattern."""

    def __init__(self, search: Any, value: str, encoded: bytes) -> None:
        self.value = value
        self._search = search
        self._encoded = encoded
        self._position = 0  # a place in `value`
        self._offset = 0  # the same in bytes

    def next(self, position: int) -> int | None:
        """The first candidate at or after `position`, which never decreases; None: there is no more."""
        self._offset += len(self.value[self._position : position].encode())
        found = self._search.search(self._encoded, self._offset)
        if found is None:
            return None
        self._position = position + len(self._encoded[self._offset : found.start()].decode())
        self._offset = found.start()
        return self._position


def _matches(rule: Rule, candidates: _Candidates, start: int) -> Iterator[Match]:
    value = candidates.value
    position: int | None = start
    while (position := candidates.next(position)) is not None:
        found = rule.pattern.match(value, position)
        if found is None:
            position += 1
            continue
        begin, end = found.span()
        span = found.span("x") if "x" in rule.pattern.groupindex else (begin, end)
        score = rule.score if rule.check is None else rule.check(value[span[0] : span[1]])
        if score is None or span[0] < 0:
            position = begin + 1
            continue
        ended = not rule.swallows or found["closed"] is not None
        yield Match(begin, end, span[0], span[1], rule, score, rule.id, ended)
        position = max(end, begin + 1)


def _options() -> Any:
    options = engine.Options()
    options.max_mem = SET_MEMORY
    options.log_errors = False
    return options


def _set(patterns: Sequence[str]) -> Any:
    """A set of patterns, None for none. Raises `ValueError` for one that RE2 does not take."""
    if not patterns:
        return None
    compiled = engine.Set.SearchSet(_options())
    try:
        for pattern in patterns:
            compiled.Add(pattern)
        compiled.Compile()
    except engine.error as fault:
        raise ValueError(f"RE2 does not take the patterns: {fault}") from fault
    return compiled


def _ending(patterns: Sequence[str]) -> Any:
    """One pattern that finds the leftmost place from which the rest of the text is in one of the languages."""
    if not patterns:
        return None
    return engine.compile("(?:" + "|".join(patterns) + r")\z", _options())
