"""Names whose two parts a space sets apart: 藤堂 蒼, 大城 カメ."""

import re
from collections.abc import Iterator

from sekisho.guards.names_context import Shape, Sign, Surroundings, score
from sekisho.guards.names_lexicon import GIVEN, PERSON, Lexicon, Words
from sekisho.guards.names_support import Name

_PAIR = re.compile(r"(?P<s>[一-龥々ヶツノ]{1,6}) (?P<g>[一-龥々]{1,6}|[ぁ-ん]{2,6}|[ァ-ヴー]{2,6})")
_PAIRED = re.compile(r" (?<=[一-龥々ヶツノ] )[一-龥々ぁ-んァ-ヴ]")
_LONGEST = 5  # code points of a surname
_TOLD = (Sign.TITLE, Sign.SAID)
_MOST = 3  # kanji of a given name


class SpacedNames:
    """Finds a surname and a given name with a space between them, however the dictionary would cut the words."""

    def __init__(self, lexicon: Lexicon, words: Words, around: Surroundings) -> None:
        self._lexicon = lexicon
        self._around = around
        self._signs = words.given_signs
        self._not_given = words.lists["things"] | words.lists["nobody"] | words.lists["labels"]
        self._no_surname = words.lists["nobody"] | words.lists["labels"] | words.lists["honorifics"]
        self._public = words.lists["public"]

    def find(self, value: str) -> Iterator[Name]:
        """The names in a text with modern characters."""
        if not _PAIRED.search(value):
            return
        for match in _PAIR.finditer(value):
            start, end = self._surname(match["s"]), self._given(value, match.start("g"), match["g"])
            if start < 0 or end < 0:
                continue
            start += match.start()
            if value[start:end].replace(" ", "") in self._public:
                continue
            sign = self._around.sign(value, start, end)
            known = value[start : match.end("s")] in self._lexicon.surnames
            if sign is not Sign.THING and (known or (sign in _TOLD and match["s"][-1] not in "様者名人方")):
                yield Name(start, end, score(Shape.FULL, sign), Shape.FULL, sign)

    def _surname(self, run: str) -> int:
        """Where in a run of kanji the longest surname begins that ends it; -1 for none."""
        for begin in range(max(0, len(run) - _LONGEST), len(run)):
            word = run[begin:]
            if word in self._lexicon.surnames and word not in self._no_surname and (begin == 0 or len(word) > 1):
                return begin
        return 0 if 2 <= len(run) <= _MOST and not self._lexicon.kinds(run) and run not in self._no_surname else -1

    def _given(self, value: str, start: int, run: str) -> int:
        """Where a given name ends that begins at `start`; -1 for none."""
        if "ぁ" <= run[0] <= "ー":
            known = {GIVEN, PERSON} & set(self._lexicon.kinds(run)) or self._around.title.match(value, start + len(run))
            return self._kana(value, start, run) if not known else start + len(run)
        for size in range(min(_MOST, len(run)), 0, -1):
            word, end = run[:size], start + size
            closed = size == len(run) or self._around.title.match(value, end) or run[size:] in ("儀", "印", "宛", "案")
            titled = size < len(run) or self._around.title.match(value, end) is not None
            if closed and (self._like_given(word) or (titled and size < _MOST and word not in self._not_given)):
                return end
        return -1

    def _kana(self, value: str, start: int, run: str) -> int:
        """The end of a known given name that particles or a title follow; -1 for none."""
        for size in range(min(5, len(run) - 1), 1, -1):
            if GIVEN in self._lexicon.kinds(run[:size]) and (
                self._around.title.match(value, start + size) or run[size] in "がはもにとのへをで"
            ):
                return start + size
        return -1

    def _like_given(self, word: str) -> bool:
        if word in self._not_given:
            return False
        return (
            word in self._lexicon.given
            or GIVEN in self._lexicon.kinds(word)
            or all(sign in self._signs for sign in word)
        )
