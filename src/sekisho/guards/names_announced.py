"""Names that their form or what stands in front of them announces, however a dictionary would cut the words."""

import re
from collections.abc import Iterator

from sekisho.guards import name_checks
from sekisho.guards.names_context import Shape, Sign
from sekisho.guards.names_lexicon import GIVEN, PERSON, SURNAME, Lexicon, Words
from sekisho.guards.names_support import Name

_RELATIVE = re.compile(
    r"(?:妻|夫|娘|息子|[長次三][男女]|[弟妹孫姪甥]|彼女|彼氏|友人|親友|友達|恋人|赤ちゃん|うち|同級生)[の(](?P<x>[一-龥々]{2,3}|[ぁ-ん]{3,5}?)(?=[がはもにをとのへ、。)]|です)"
)
_FIELD = re.compile(
    "(?:(?:ご|お)?(?:氏名|名前|姓名)|記入者|差出人|担当者|(?:患者|利用者|契約者|会員|顧客|児童|生徒|園児|被保険者|代表者|申込者"
    r"|申請者|名義人?)(?:氏)?名?)(?:\([^()\n]{1,8}\))? ?[:=\t|][ \t]?"
    r"(?P<x>[一-龥々ヶ]{1,4} [一-龥々ヶぁ-ん]{1,4}|[一-龥々ヶ]{2,5})(?![一-龥々])"
)
_BEGINS = re.compile(r"(?:^|[。\n「!?、])(?P<x>[ぁ-ん]{3,4}?)(?=[はがもにと、]|です)")
_PET = re.compile(
    "(?:(?<=[^ぁ-んー])|^)(?:(?<![一-龥])[とやもはがのに])?(?P<x>[ぁ-ん]{2,5}?)(?P<t>くん|ちゃん|さん)(?![ぁ-ん]*だ(?:い|く))"
)
_READING = re.compile(r" ?\((?P<x>[ァ-ヴー]{2,6}[ ・]?[ァ-ヴー]{2,7}|[ぁ-ん]{2,6}[ ・]?[ぁ-ん]{2,7})\)")
_INTRODUCED = re.compile(r"(?<![一-龥々])(?P<x>[一-龥々]{2,3})(?=と申し|と申す|より(?:電話|連絡|入電|返信|依頼|伝言))")
_RANKS = frozenset("長員者社店部課係客士師手生家屋科任役人様方女男子供達側")
_PARTICLES = frozenset(("より", "から", "まで", "など", "こと", "もの", "ほう"))
_SURE = 0.5


class AnnouncedNames:
    """Finds names after a label, readings, names of relatives, and names in kana that people are called by."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon = lexicon
        self._lists = words.lists
        self._signs = words.given_signs
        self._no_readings = words.lists["readings"] | words.lists["nobody"]
        self._reading = re.compile(
            rf"(?:{words.choice('readings')})(?:\))? ?[:はが・=\n]? ?"
            r"(?P<x>[ァ-ヴー]{2,6} ?[ァ-ヴー]{2,7}|[ぁ-ん]{2,6} ?[ぁ-ん]{2,7})(?![ァ-ヴーぁ-ん])"
        )

    def find(self, value: str) -> list[Name]:
        """The names in a text with modern characters; what cannot be there is not looked for."""
        named = [*self._readings(value), *self._called_in_kana(value)]
        if any(mark in value for mark in ":=|\t"):
            named += self._fields(value)
        if "の" in value or "(" in value:
            named += self._relatives(value)
        if "さん" in value or "くん" in value or "ちゃん" in value:
            named += self._pet(value)
        if "と申" in value or "より" in value:
            named += self._introduced(value)
        return named

    def _readings(self, value: str) -> Iterator[Name]:
        for match in self._reading.finditer(value):
            yield Name(match.start("x"), match.end("x"), 0.93, Shape.LIKELY, Sign.LABEL)

    def read(self, value: str, named: list[Name]) -> list[Name]:
        """How a name is read, in brackets behind it."""
        behind = ((name, _READING.match(value, name.end)) for name in named if name.score >= _SURE)
        return [
            Name(found.start("x"), found.end("x"), name.score, Shape.LIKELY, Sign.LABEL)
            for name, found in behind
            if found and found["x"] not in self._no_readings
        ]

    def _fields(self, value: str) -> Iterator[Name]:
        for match in _FIELD.finditer(value):
            found = match["x"]
            sure = " " in found or all(sign in self._signs for sign in found[-2:])
            if name_checks.labelled_name(found) and not self._public(found):
                yield Name(match.start("x"), match.end("x"), 0.9 if sure else 0.6, Shape.LIKELY, Sign.LABEL)

    def _relatives(self, value: str) -> Iterator[Name]:
        """Given names of relatives and friends that the dictionary lacks or cuts: 友達のりょうた."""
        for match in _RELATIVE.finditer(value):
            word = match["x"]
            kinds = self._lexicon.kinds(word)
            if word < "ァ":
                good = GIVEN in kinds or (not kinds and word[-2:] not in _PARTICLES)
            else:
                good = not kinds and all(sign in self._signs for sign in word)
            if good:
                yield Name(match.start("x"), match.end("x"), 0.75, Shape.GIVEN, Sign.LABEL)

    def _introduced(self, value: str) -> Iterator[Name]:
        """Surnames that no dictionary holds, of people who say who they are or who have called."""
        for match in _INTRODUCED.finditer(value):
            if not self._lexicon.kinds(match["x"]) and match["x"][-1] not in _RANKS:
                yield Name(match.start("x"), match.end("x"), 0.7, Shape.LIKELY, Sign.SAID)

    def _called_in_kana(self, value: str) -> Iterator[Name]:
        """Given names in hiragana that begin a sentence: けんじは約束を守らない."""
        for match in _BEGINS.finditer(value):
            word = match["x"]
            kinds = set(self._lexicon.kinds(word))
            if GIVEN in kinds and kinds <= {GIVEN, SURNAME, PERSON} and word not in self._lists["common"]:
                yield Name(match.start("x"), match.end("x"), 0.6, Shape.GIVEN, Sign.ACTS)

    def _pet(self, value: str) -> Iterator[Name]:
        """Given names in hiragana before くん, ちゃん and さん, which the dictionary cuts into particles."""
        for match in _PET.finditer(value):
            word, known = match["x"], GIVEN in self._lexicon.kinds(match["x"])
            first = match.start("x") == 0 or value[match.start("x") - 1] in "\n@>"
            unsure = match["t"] == "さん" and not (first and len(word) > 2 and word[0] != "お" and word[-1] != "や")
            if word not in self._lists["nobody"] and (known or not unsure) and not self._public(word):
                yield Name(match.start("x"), match.end("x"), 0.85 if known else 0.6, Shape.GIVEN, Sign.TITLE)

    def _public(self, word: str) -> bool:
        plain = word.replace(" ", "")
        return plain in self._lists["public"] or plain in self._lists["mononyms"] or name_checks.historical(plain)
