"""Candidates in hiragana: given names, readings of surnames, nicknames; in a script in which no gap ends a word.

A word of the dictionary counts only where something may end behind it, and where something ends before it: kana of
another script, a particle, a relative.
"""

import re
from collections.abc import Iterator

from sekisho.guards.kept import kept
from sekisho.guards.names_lexicon import GIVEN, PERSON, SURNAME, Lexicon
from sekisho.guards.names_lists import Prefixes
from sekisho.guards.wanted import wanted

NAMED = frozenset((GIVEN, PERSON, SURNAME))
AFTER = re.compile(
    r"[はがもにとをのへでや、]|です|だ|って|より|から|さん|くん|ちゃん|先生|おじ|おば|まだ|もう|[来今昨先明]|[^ぁ-んー一-龥]|ー+[^ぁ-んー]|$"
)
_NICK = re.compile("(?<![ぁ-ん])[ぁ-ん]{0,4}[っー](?:ちゃん|くん)")
_RUN = re.compile("[ぁ-ん](?<![ぁ-んー].)[ぁ-ん]+")
_REST = re.compile("[ぁ-ん]+")
_GLUED = frozenset("のとやもはがに")  # between a word and a name in hiragana
_HARD = frozenset("はがとをに")  # the same in the midst of a run, where a name must be longer
_OF_SOMEBODY = ("さん", "ちゃん", "くん", "先生", "うち", "私", "僕", "俺")  # behind which の is a particle
_PET = ("ちゃん", "くん")
_NO_PET = (
    "ばあ",
    "じい",
    "かあ",
    "とう",
    "にい",
    "ねえ",
    "あか",
    "ぼっ",
    "わん",
    "にゃん",
)  # ばあちゃん is nobody's name
_LONG, _MOST = 3, 5  # code points

Place = tuple[int, int]


class Hiragana:
    """Finds what could be a name in hiragana."""

    def __init__(
        self, lexicon: Lexicon, kin: Prefixes, titles: Prefixes, none: frozenset[str], calling: frozenset[str]
    ) -> None:
        """`none`: words that are no names; `calling`: those that stand right before whoever is called or spoken of."""
        self._kin, self._titles, self._none, self._calling = kin, titles, none, calling
        self._known = lexicon.kana
        self._inside = kept(self._inside_of)

    def places(self, value: str, kinds: dict[int, str]) -> Iterator[Place]:
        """Where such names may stand; `kinds` of the dictionary's words that begin at places."""
        for run in wanted(_RUN.finditer(value)):
            first = run.start()
            for at, stop, surely in self._inside(run[0]):
                begin, end = first + at, first + stop
                if AFTER.match(value, end) and (surely or self._titles.match(value, end) or self._begins(value, begin)):
                    yield begin, end
        if any(pet in value for pet in _PET):
            yield from (nick.span() for nick in _NICK.finditer(value))
        for begin, kind in wanted(kinds.items()):
            if kind in NAMED and "ぁ" <= value[begin] <= "ん":
                rest = _REST.match(value, begin)
                yield from self._told(value, begin, rest.end() if rest else begin)

    def _inside_of(self, run: str) -> tuple[tuple[int, int, bool], ...]:
        """Names in a run of hiragana: where each begins and ends, and whether it needs nothing else beside it."""
        found: list[tuple[int, int, bool]] = []
        for at in range(len(run) - 1):
            soft = at == 0 or run[at - 1] == "の" or (at == 1 and run[0] in _GLUED) or run[:at] in self._calling
            if not soft and run[at - 1] not in _HARD:
                continue
            for stop in range(at + (2 if soft else _LONG), min(at + _MOST, len(run)) + 1):
                word = run[at:stop]
                pet = soft and run.startswith(_PET, stop) and not word.endswith(_NO_PET)
                if (word in self._known or pet) and word not in self._none:
                    found.append((at, stop, pet or len(word) > 2))
        return tuple(found)

    def _told(self, value: str, begin: int, last: int) -> Iterator[Place]:
        """Names that the dictionary's words begin with."""
        if value[begin] == "の" and value.endswith(_OF_SOMEBODY, 0, begin):
            return
        for size in range(2, min(_MOST, last - begin) + 1):
            stop = begin + size
            word = value[begin:stop]
            known = word in self._known and word not in self._none and AFTER.match(value, stop)
            if known and (size > 2 or self._titles.match(value, stop) or self._begins(value, begin)):
                yield begin, stop

    def _begins(self, value: str, at: int) -> bool:
        """Whether a line or a clause begins at a place, or a relative stands before it."""
        before = value[at - 1 : at] if at else ""
        head = at - 1 if before in ("の", "は", "(", ":") else at
        return before in ("", "\n", "、", "。", "「", "・", " ") or self._kin.before(value, head) > 0
