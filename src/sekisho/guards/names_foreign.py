"""Names of several parts in katakana: ジョン・スミス, グエン・ヴァン・アン."""

import re
from collections.abc import Iterator

from sekisho.guards.names_context import Shape, Sign, Surroundings, score
from sekisho.guards.names_lexicon import GIVEN, NOUN, PERSON, SURNAME, Lexicon, Words
from sekisho.guards.names_support import Name

_PART = r"[ァ-ヴー]{2,12}|[ダデドラル]|[A-Z](?=[・.])"
_DOTTED = re.compile(rf"(?<![ァ-ヴーA-Za-z・])(?:{_PART})(?:(?:[・=]|\.・?)(?:{_PART})){{1,5}}(?![ァ-ヴー])")
_SPACED = re.compile(r"(?<![ァ-ヴー・])[ァ-ヴー]{2,8}(?: [ァ-ヴー]{1,8}){1,3}(?![ァ-ヴー])")
_MARKS = re.compile(r"[・=. ]+")
_PARTICLES = frozenset(
    ["ド", "ラ", "デ", "フォン", "ヴァン", "ティ", "ダ", "ディ", "アル", "ビン", "ル", "ファン", "デル"]
)
_STRANGE = frozenset(["ザ", "ジ", "オブ", "アンド", "トゥ", "ライフ"])
_TOLD = (Sign.TITLE, Sign.LABEL, Sign.SAID, Sign.AGED, Sign.MEANT)


class ForeignNames:
    """Finds names of several parts in katakana: all of them known, or announced by a title or a label."""

    def __init__(self, lexicon: Lexicon, words: Words, around: Surroundings) -> None:
        self._lexicon = lexicon
        self._around = around
        self._public = words.lists["public"] | words.lists["mononyms"]
        self._things = words.lists["things"] | _STRANGE

    def find(self, value: str) -> Iterator[Name]:
        """The names in a text with modern characters."""
        if "・" not in value and "=" not in value and "." not in value and " " not in value:
            return
        for pattern, spaced in ((_DOTTED, False), (_SPACED, True)):
            for match in pattern.finditer(value):
                name = self._judged(value, match, spaced=spaced)
                if name is not None:
                    yield name

    def _judged(self, value: str, match: re.Match[str], *, spaced: bool) -> Name | None:
        parts = [part for part in _MARKS.split(match[0]) if len(part) > 1 and part not in _PARTICLES]
        if not parts or match[0] in self._public or parts[-1] in self._public or self._things & set(parts):
            return None
        sign = self._around.sign(value, match.start(), match.end())
        if self._vietnamese(match[0]):
            return Name(match.start(), match.end(), max(0.8, score(Shape.FOREIGN, sign)), Shape.FOREIGN, sign)
        unknown = sum(not self._named(part) for part in parts)
        if sign in _TOLD:
            good = unknown < len(parts) or not any(self._lexicon.kinds(part) for part in parts)
        else:
            good = (
                not unknown and {GIVEN, PERSON} & set(self._lexicon.kinds(parts[0])) and not (spaced and len(parts) < 2)
            )
            good = good or (unknown == 1 and not spaced and sign is Sign.ACTS and self._like_a_name(parts))
        if not good:
            return None
        sure = score(Shape.FOREIGN, sign) - (0.15 if unknown else 0.0)
        return Name(match.start(), match.end(), sure, Shape.FOREIGN, sign)

    def _vietnamese(self, whole: str) -> bool:
        """Whether a middle part stands where it does in Vietnamese names alone: チャン・ヴァン・ナム."""
        parts = _MARKS.split(whole)
        return len(parts) == 3 and parts[1] in ("ヴァン", "バン", "ティ", "ティー")

    def _named(self, part: str) -> bool:
        return bool({PERSON, SURNAME, GIVEN} & set(self._lexicon.kinds(part)))

    def _like_a_name(self, parts: list[str]) -> bool:
        """Whether a given name comes first, and no part is a word of its own."""
        return bool({GIVEN, PERSON} & set(self._lexicon.kinds(parts[0]))) and not any(
            NOUN in self._lexicon.kinds(part) for part in parts
        )
