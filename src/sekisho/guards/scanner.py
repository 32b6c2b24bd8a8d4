"""The scanner: all patterns of all rule guards in one pass over a text.

Automata of RE2 tell in linear time which patterns may match, and where; only there is looked exactly, and only what is
found is checked. For streams, `alive` tells where the earliest match begins that later text could still
complete.

Matches are defined so that they do not depend on where a text is cut: a rejected candidate does not consume
anything, the search goes on one code point later.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from sekisho.core import decode
from sekisho.core.decode import ENCODINGS, Encoding
from sekisho.core.normalise import normalise
from sekisho.guards.automata import Alive, Finder, Growing, Look
from sekisho.guards.disguise import Disguise
from sekisho.guards.foreign import Foreign
from sekisho.guards.half import Key, of_all
from sekisho.guards.rule import Rule

MAX_DEPTH = 2  # encodings within encodings
_ASCII = re.compile("[\x00-\x7f]+")  # encoded stretches are of nothing else


class Match(NamedTuple):
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
    """The patterns of many rules in the same automata, which the scanners of several stages share."""

    def __init__(self, rules: Sequence[Rule], encodings: Sequence[Encoding] = ENCODINGS) -> None:
        """Compiles the rules. Raises `ValueError` when RE2 rejects one."""
        self.rules = tuple(rules)
        self.encodings = tuple((encoding, re.compile(encoding.run, re.ASCII)) for encoding in encodings)
        sources = [*(rule.source for rule in rules), *(encoding.run for encoding in encodings)]
        self.finder = Finder(sources, unplaced=range(len(rules), len(sources)))


class Scanner:
    """Finds the matches of many rules at once. Immutable and safe to share between threads once made."""

    def __init__(
        self,
        rules: Sequence[Rule],
        encodings: Sequence[Encoding] = ENCODINGS,
        *,
        growing: bool = True,
        among: Patterns | None = None,
        beside: "Scanner | None" = None,
        disguised: bool = False,
    ) -> None:
        """Compiles the rules. Raises `ValueError` when RE2 rejects one.

        `growing` says whether texts will come piece by piece; for others there is no need to compile the closure.
        `among` holds all the rules and, in place of `encodings`, what is undone; None: nobody else needs them.
        `beside` is a scanner among the same: its rules are this one's too, and its closure is not made again.
        `disguised` says whether `suspects` will be asked.
        """
        patterns = among or Patterns(rules, encodings)
        mine = self.rules = frozenset((*rules, *(beside.rules if beside else ())))
        self._finder = patterns.finder
        self._rules = {index: rule for index, rule in enumerate(patterns.rules) if rule in mine}
        self._encodings = dict(enumerate(patterns.encodings, len(patterns.rules)))
        sources = [rule.source for rule in rules]
        sources += [] if beside else [encoding.run for encoding, _ in patterns.encodings]
        known = self._rules.keys() | self._encodings.keys()
        wanted = frozenset(key for key in self._finder.keys if key[0] in known)
        self._among = self._finder.among(wanted, often=True)
        self._runs = frozenset(key for key in wanted if key[0] in self._encodings)
        parts = of_all([rule.source for rule in patterns.rules]) if disguised else {}
        parts = {key: half for key, half in parts.items() if key[0] in self._rules}
        self._disguise = Disguise(self._finder.traces, parts) if disguised else None
        closes = [rule.close for rule in rules if rule.close]
        own = (Growing([*sources, *dict.fromkeys(closes)]),) if growing else ()
        self._begun: dict[str, bool] = {}  # of kana, so few
        self._growing: tuple[Growing, ...] = (*own, *(beside._growing if beside and growing else ()))

    def suspects(self, value: str, encoded: bytes) -> tuple[Collection[Key], Collection[Key]]:
        """Those of its patterns that may match in `value` in ROT13, and backwards. `encoded` is it in UTF-8.

        Raises `RuntimeError` when it was not made for disguised texts.
        """
        if self._disguise is None:
            raise RuntimeError("this scanner was not made for disguised texts")
        moved, mirrored = self._disguise.suspects(encoded)
        size, silent = len(encoded), self._finder.silent
        if decode.may_be_encoded(encoded):
            runs = dict.fromkeys(self._runs, (0, size))
            moved, mirrored = {**moved, **runs}, {**mirrored, **runs}
        if moved:
            text = decode.rotated(encoded)
            moved = [key for key, (first, last) in moved.items() if not silent(key, text[first:last])]
        if mirrored:
            text = value[::-1].encode()
            ends = {key: (max(0, size - last), size - first) for key, (first, last) in mirrored.items()}
            mirrored = [key for key, (first, last) in ends.items() if not silent(key, text[first:last])]
        return moved, mirrored

    def scan(self, value: str, start: int = 0, *, encoded: bytes | None = None) -> list[Match]:
        """All matches that begin at or after `start`, in no particular order. `value` is a normalised view.

        `encoded` is its UTF-8.
        """
        return self._scan(value, value.encode() if encoded is None else encoded, start, 0)

    def scan_for(self, keys: Collection[Key], value: str) -> list[Match]:
        """As `scan`, the matches of some patterns: no other has any."""
        encoded = value.encode()
        if self._runs.issuperset(keys):
            return self._matches(Look(set(keys), {}), value, encoded, 0, 0)
        return self._matches(self._finder.look(value, encoded, 0, self._finder.among(keys)), value, encoded, 0, 0)

    def alive(self, value: str, start: int = 0) -> Alive:
        """Where matches begin that more text could complete or lengthen.

        That a swallowing rule is open is told by `Match.ended`, not here; that its end may still grow is told here.
        Raises `RuntimeError` when it was not made for growing texts.
        """
        if not self._growing:
            raise RuntimeError("this scanner was not made for growing texts")
        told = [growing.earliest(value, start) for growing in self._growing]
        return told[0] if len(told) == 1 else Alive(*map(min, zip(*told, strict=True)))

    def begins(self, letter: str) -> bool:
        """Whether a finding may begin with this letter at the end of a text, whatever stands before it."""
        known = self._begun.get(letter)
        if known is None:
            known = self._begun[letter] = self.alive(letter).finding == 0
        return known

    def _scan(self, value: str, encoded: bytes, start: int, depth: int) -> list[Match]:
        look = self._finder.look(value, encoded, start and len(value[:start].encode()), self._among)
        return self._matches(look, value, encoded, start, depth)

    def _matches(self, look: Look, value: str, encoded: bytes, start: int, depth: int) -> list[Match]:
        """What stands at or after `start` of that which a look has told."""
        if not look.everywhere and not look.headed:
            return []
        matches: list[Match] = []
        self._follow(look, value, encoded, start, matches)
        if depth < MAX_DEPTH:
            hits = {index for index, _ in (*look.everywhere, *look.headed)}
            encodings = [self._encodings[index] for index in sorted(hits) if index in self._encodings]
            for stretch in _ASCII.finditer(value, start) if encodings else ():
                for encoding, pattern in encodings:
                    for found in pattern.finditer(value, stretch.start(), stretch.end()):
                        matches.extend(self._within(encoding, found.start(), found.end(), found[0], depth))
        return matches

    def _follow(self, look: Look, value: str, encoded: bytes, start: int, matches: list[Match]) -> None:
        """Adds the matches of the rules that may have some."""
        for index, ways in self._ways(look).items():
            _trail(self._rules[index], ways, value, encoded, start, matches)

    def _ways(self, look: Look) -> dict[int, list["_Way"]]:
        """How to find the places where matches of each rule may begin."""
        ways: dict[int, list[_Way]] = {}
        for key in look.everywhere:
            if key[0] in self._rules:
                ways.setdefault(key[0], []).append(self._way(key))
        for key, places in look.headed.items():
            if key[0] in self._rules:
                ways.setdefault(key[0], []).append(self._way(key, places))
        return ways

    def _way(self, key: Key, places: list[int] | None = None) -> "_Way":
        pattern = self._rules[key[0]].pattern
        if isinstance(pattern, Foreign):
            return _Windows(pattern, places)
        exact = places is not None and self._finder.exact(key)
        return _Way(None if exact else self._finder.search(key), places)

    def _within(self, encoding: Encoding, start: int, end: int, run: str, depth: int) -> Iterator[Match]:
        """What an encoded stretch says. It is one stretch to whoever masks it, whatever stands inside."""
        yield Match(start, end, start, end, None, 0.0, encoding.name)
        meaning = encoding.decode(run)
        if meaning is None:
            return
        best: dict[str, Match] = {}
        said = normalise(meaning)
        for inner in self._scan(said, said.encode(), 0, depth + 1):
            if inner.rule is None:
                continue
            known = best.get(inner.rule.category)
            if known is None or inner.score > known.score:
                note = f"{encoding.name}/{inner.note}" if inner.note else encoding.name
                best[inner.rule.category] = Match(start, end, start, end, inner.rule, inner.score, note)
        yield from best.values()


class _Way:
    """Finds the places where a match of a rule may begin: those that are known, or those that a search finds."""

    def __init__(self, search: Any, known: list[int] | None = None) -> None:
        self._search = search
        self._known = known
        self._next = 0
        self._found: tuple[int, int] | None = (-1, -1)

    def after(self, value: str, encoded: bytes, position: int, offset: int) -> tuple[int, int] | None:
        """The first place at or after `position`, which is `offset` in bytes; None: there is none."""
        if self._found is not None and self._found[0] < position:
            seek = self._sought if self._known is None else self._told
            self._found = seek(value, encoded, position, offset)
        return self._found

    def _sought(self, value: str, encoded: bytes, position: int, offset: int) -> tuple[int, int] | None:
        found = self._search.search(encoded, offset) if offset < len(encoded) else None
        return found and (position + len(encoded[offset : found.start()].decode()), found.start())

    def _told(self, value: str, encoded: bytes, position: int, offset: int) -> tuple[int, int] | None:
        known = self._known or ()
        for number in range(self._next, len(known)):
            place = known[number]
            if place >= offset:
                position += len(encoded[offset:place].decode())
                offset = place
                if self._search is None or self._search.match(encoded, offset):
                    self._next = number + 1
                    return position, offset
        self._next = len(known)
        return None


class _Windows(_Way):
    """The same for a pattern that others wrote: no look reads further than a window."""

    def __init__(self, pattern: Foreign, known: list[int] | None = None) -> None:
        super().__init__(None, known)
        self._near = pattern.near

    def _sought(self, value: str, encoded: bytes, position: int, offset: int) -> tuple[int, int] | None:
        while position < len(value):
            position, size, may = self._near(value, position)
            offset += size
            if may:
                return position, offset
        return None

    def _told(self, value: str, encoded: bytes, position: int, offset: int) -> tuple[int, int] | None:
        while (found := super()._told(value, encoded, position, offset)) is not None:
            position, size, may = self._near(value, found[0])
            offset = found[1] + size
            if may and size == 0:
                return found
        return None


def _trail(rule: Rule, ways: Sequence[_Way], value: str, encoded: bytes, start: int, matches: list[Match]) -> None:
    """Goes from place to place where a match of a rule may begin, and adds those that do.

    Such places are where its larger language has a member, which RE2 finds faster than `re` finds the pattern, and in
    linear time.
    """
    position, offset = start, len(value[:start].encode())  # the same place
    first = ways[0].after if len(ways) == 1 else partial(_first, ways)
    while (found := first(value, encoded, position, offset)) is not None:
        position, offset = found
        match = _match(rule, value, position)
        after = position + 1
        if match is not None:
            matches.append(match)
            after = max(match.end, after)
        elif rule.behind is not None:
            next_one = rule.behind.search(value, after)
            after = next_one.start() if next_one else len(value)
        offset += len(value[position:after].encode())
        position = after


def _first(ways: Sequence[_Way], value: str, encoded: bytes, position: int, offset: int) -> tuple[int, int] | None:
    return min((place for way in ways if (place := way.after(value, encoded, position, offset))), default=None)


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
