"""Names of persons in Japanese text: candidates from the dictionary's tags, judged by what stands around them."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from sekisho.guards import name_checks
from sekisho.guards.names_context import Shape, Sign, Surroundings, score
from sekisho.guards.names_lexicon import GIVEN, NOUN, PERSON, PLACE, PROPER, SURNAME, Lexicon, Tokens, Words

_PIECE = re.compile(r"(?s).{1,4000}(?:(?<=[\n。])|\Z)|.{1,4000}")
_JAPANESE = re.compile(r"[ぁ-んァ-ヴ一-龥]")
_PART = r"[ァ-ヴー]{2,12}|[A-Z](?=[・.])"
_FOREIGN = re.compile(rf"(?<![ァ-ヴーA-Za-z・])(?:{_PART})(?:(?:[・=]|\.・?)(?:{_PART})){{1,4}}(?![ァ-ヴー])")
_SPACED = re.compile(r"(?<![ァ-ヴー・])[ァ-ヴー]{2,8}(?: [ァ-ヴー]{1,8}){1,3}(?![ァ-ヴー])")
_ONE_SCRIPT = re.compile(r"[一-龥々]+|[ぁ-ん]+|[ァ-ヴー]+")
_RELATIVE = re.compile(
    r"(?:妻|夫|娘|息子|[長次三][男女]|[弟妹孫姪甥]|彼女|彼氏|友人|親友|友達|恋人|赤ちゃん)の(?P<x>[一-龥々]{2,3})(?=[がはもにをとのへ、。です])"
)
_FIELD = re.compile(
    "(?:(?:ご|お)?(?:氏名|名前|姓名)|記入者|差出人|担当者|(?:患者|利用者|契約者|会員|顧客|児童|生徒|園児|被保険者|代表者|申込者"
    r"|申請者|名義人?)(?:氏)?名?)(?:\([^()\n]{1,8}\))? ?[:=\t|][ \t]?"
    r"(?P<x>[一-龥々ヶ]{1,4} [一-龥々ヶぁ-ん]{1,4}|[一-龥々ヶ]{2,5})(?![一-龥々])"
)
_KANJI = re.compile(r"[一-龥々ヶ]+")
_BETWEEN = re.compile(
    r"(?:さん|様|氏|君|くん|課長|部長)?(?:[、,・/ \n]{1,2}|及び|および|並びに|ならびに|と|や|→|⇒|vs\.?)"
)
_PERSONAL = re.compile(
    r"(?:さん|様(?![子式相態々])|さま|氏(?!名)|くん|君|ちゃん|殿|先生|先輩|部長|課長|係長|主任|社長|教授)"
)
_START = re.compile("[SGPL]|N(?=w?G)|(?<=m)[NO]|(?<=mw)[NO]")  # words that may begin a name, by their kinds
_STRANGE = re.compile("ザ|ジ|オブ|アンド|トゥ|ライフ|ド|ラ|ル")
_MOST_GIVEN = 4  # code points of a given name


@dataclass(frozen=True, slots=True)
class Name:
    """A candidate: code points of the text, how sure it is, and why."""

    start: int
    end: int
    score: float
    shape: Shape
    sign: Sign


class JapaneseNames:
    """Finds names that are written in kanji and kana."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon = lexicon
        self._around = Surroundings.of(words)
        self._lists = words.lists
        self._signs = words.given_signs
        self._no_surnames = frozenset[str]().union(
            *(words.lists[name] for name in ("nobody", "labels", "honorifics", "things"))
        )
        self._reading = re.compile(
            rf"(?:{words.choice('readings')})(?:\))? ?[:はが・=\n]? ?"
            r"(?P<x>[ァ-ヴー]{2,6} ?[ァ-ヴー]{2,7}|[ぁ-ん]{2,6} ?[ぁ-ん]{2,7})(?![ァ-ヴーぁ-ん])"
        )

    def find(self, value: str) -> list[Name]:
        """All candidates with a score above zero, in order and apart; `value` has modern characters."""
        if not _JAPANESE.search(value):
            return []
        named = [*self._readings(value), *self._foreign(value)]
        for piece in _PIECE.finditer(value):
            tokens = self._lexicon.tokens(piece[0], piece.start())
            named += self._tagged(value, tokens)
            named += self._titled(value, tokens)
        named += self._fields(value)
        return _supported(value, _apart(named))

    # ---- by pattern

    def _readings(self, value: str) -> Iterator[Name]:
        for match in self._reading.finditer(value):
            yield Name(match.start("x"), match.end("x"), 0.93, Shape.LIKELY, Sign.LABEL)

    def _fields(self, value: str) -> Iterator[Name]:
        for match in _FIELD.finditer(value):
            found = match["x"]
            sure = " " in found or all(sign in self._signs for sign in found[-2:])
            if name_checks.labelled_name(found) and not self._public(found):
                yield Name(match.start("x"), match.end("x"), 0.9 if sure else 0.6, Shape.LIKELY, Sign.LABEL)

        for match in _RELATIVE.finditer(value):
            if not self._lexicon.kinds(match["x"]) and all(sign in self._signs for sign in match["x"]):
                yield Name(match.start("x"), match.end("x"), 0.75, Shape.GIVEN, Sign.LABEL)

    def _foreign(self, value: str) -> Iterator[Name]:
        for pattern, spaced in ((_FOREIGN, False), (_SPACED, True)):
            for match in pattern.finditer(value):
                parts = re.split(r"[・=. ]+", match[0])
                known = sum(bool({PERSON, SURNAME, GIVEN} & set(self._lexicon.kinds(part))) for part in parts)
                sign = self._around.sign(value, match.start(), match.end())
                told = sign in (Sign.TITLE, Sign.LABEL, Sign.SAID)
                if (
                    any(_STRANGE.fullmatch(part) for part in parts)
                    or self._public(match[0])
                    or parts[-1] in self._lists["mononyms"]
                    or parts[-1] in self._lists["things"]
                ):
                    continue
                if known == len(parts) or (told and known) or (not spaced and 2 * known >= len(parts)):
                    sure = score(Shape.FOREIGN, sign) - (0.15 if known < len(parts) else 0.0)
                    yield Name(match.start(), match.end(), sure, Shape.FOREIGN, sign)

    # ---- by the dictionary's tags

    def _tagged(self, value: str, tokens: Tokens) -> Iterator[Name]:
        kinds = tokens.kinds
        at = 0
        for found in _START.finditer(kinds):
            here = found.start()
            if here < at:
                continue
            last, shape = self._shaped(value, tokens, here)
            if shape is None:
                continue
            begin = tokens.begins[here]
            if shape is Shape.GIVEN and tokens.ends[here] - begin > 1:
                begin = self._led(value, tokens, here)
                shape = shape if begin == tokens.begins[here] else Shape.LIKELY
            name = self._judged(value, begin, tokens.ends[last], shape)
            if name is not None:
                at = last + 1
                yield name

    def _shaped(self, value: str, tokens: Tokens, here: int) -> tuple[int, Shape | None]:
        """What begins at a word: the last word of it, and its shape."""
        kind, word = tokens.kinds[here], value[tokens.begins[here] : tokens.ends[here]]
        if kind == SURNAME or (self._before_given(tokens, here) and SURNAME in self._lexicon.kinds(word)):
            last, sure = self._given(value, tokens, here + 1)
            if last >= 0:
                return last, self._full(
                    value[tokens.begins[here] : tokens.ends[last]], len(word), sure and kind == SURNAME
                )
        if kind == PLACE and SURNAME in self._lexicon.kinds(word):
            last, _ = self._written(value, tokens, here + 1) if here + 1 < len(tokens.kinds) else (-1, False)
            if last >= 0 and self._new_name(value[tokens.ends[here] : tokens.ends[last]], alone=False):
                return last, Shape.LIKELY
        return here, self._single(kind, word)

    def _full(self, word: str, surname: int, sure: bool) -> Shape:
        if len(word) == surname + 1:
            return Shape.SHORT
        return Shape.FULL if sure else Shape.LIKELY

    def _single(self, kind: str, word: str) -> Shape | None:
        if kind in (PLACE, NOUN, PROPER):
            return Shape.WORD if SURNAME in self._lexicon.kinds(word) else None
        if "ァ" <= word[0] <= "ー" and kind in (SURNAME, PERSON):
            return Shape.WORD  # alone, as often a firm or a thing
        if kind not in (SURNAME, GIVEN, PERSON) or word.isascii() or (len(word) == 1 and "ぁ" <= word <= "ヶ"):
            return None
        if len(word) == 1 or (word in self._lists["common"] and kind != SURNAME):
            return Shape.WORD
        if word in self._lists["common"]:
            return Shape.TOWN
        return Shape.SURNAME if kind == SURNAME else Shape.GIVEN

    def _led(self, value: str, tokens: Tokens, here: int) -> int:
        """Where a surname begins that the dictionary lacks, right before a given name; else where that begins."""
        start = begin = tokens.begins[here]
        while begin > 0 and start - begin < 4 and _KANJI.match(value, begin - 1):
            begin -= 1
        word = value[begin:start]
        odd = PLACE in self._lexicon.kinds(word) or not self._lexicon.kinds(word)
        return begin if 2 <= len(word) <= 3 and odd and not {word, word[-2:]} & self._no_surnames else start

    def _before_given(self, tokens: Tokens, here: int) -> bool:
        after = tokens.kinds[here + 1 : here + 3]
        return after[:1] == GIVEN or after == "wG"

    def _given(self, value: str, tokens: Tokens, at: int) -> tuple[int, bool]:
        """The last word of a given name that begins at word `at` or behind a space; -1 for none. And if it is known."""
        size = len(tokens.kinds)
        if at < size and tokens.kinds[at] == "w" and value[tokens.begins[at] : tokens.ends[at]] == " ":
            at += 1
        if at >= size:
            return -1, False
        start = tokens.begins[at]
        for last in range(min(at + 2, size - 1), at - 1, -1):
            word = value[start : tokens.ends[last]]
            if len(word) <= _MOST_GIVEN and self._is_given(value, word, tokens, (at, last)):
                return last, True
        return self._written(value, tokens, at)

    def _is_given(self, value: str, word: str, tokens: Tokens, span: tuple[int, int]) -> bool:
        at, last = span
        if GIVEN not in self._lexicon.kinds(word):
            return False
        end = tokens.ends[last]
        if len(word) == 1 or tokens.kinds[at] != GIVEN:  # a word of its own, too: it must end here
            if word in self._lists["things"] or self._around.title.fullmatch(word):
                return False
            return not _KANJI.match(value, end) or self._around.title.match(value, end) is not None
        return not (at == last and self._joined(value, end))

    def _joined(self, value: str, end: int) -> bool:
        """Whether more kanji of given names follow, so that the dictionary has cut too early."""
        run = _KANJI.match(value, end)
        return (
            run is not None and len(run[0]) == 1 and run[0] in self._signs and not self._around.title.match(value, end)
        )

    def _written(self, value: str, tokens: Tokens, at: int) -> tuple[int, bool]:
        """A given name that no dictionary holds, by its characters: up to a title or the end of the kanji."""
        start = tokens.begins[at]
        run = _KANJI.match(value, start)
        if run is None or self._around.title.match(value, start):
            return -1, False
        for last in range(at, min(at + 3, len(tokens.kinds))):
            end = tokens.ends[last]
            word = value[start:end]
            closed = end >= run.end() or self._around.title.match(value, end) is not None
            if closed and end <= run.end() and len(word) <= 3:
                kinds = self._lexicon.kinds(word)
                good = not kinds if len(word) < 3 else all(sign in self._signs for sign in word)
                good = good or (len(word) == 2 and all(sign in self._signs for sign in word) and PLACE not in kinds)
                return (last, False) if good and word not in self._lists["things"] else (-1, False)
        return -1, False

    # ---- by a title

    def _titled(self, value: str, tokens: Tokens) -> Iterator[Name]:
        """Words before さん, 様 … that the dictionary takes for something else, or does not know."""
        if not tokens.ends:
            return
        for match in _PERSONAL.finditer(value, tokens.begins[0], tokens.ends[-1]):
            end = match.start() - (value[match.start() - 1 : match.start()] == " ")
            at = bisect_left(tokens.ends, end)
            if at < len(tokens.ends) and tokens.ends[at] == end:
                name = self._called(value, tokens, at)
                if name is not None:
                    yield name

    def _called(self, value: str, tokens: Tokens, at: int) -> Name | None:
        start, end = tokens.begins[at], tokens.ends[at]
        word = value[start:end]
        if self._public(word) or word.isascii():
            return None
        whole = self._unknown(value, tokens, at)
        if whole is not None:
            return whole
        if word in self._lists["nobody"] or tokens.kinds[at] in "pwmX":
            return None
        kinds = self._lexicon.kinds(word)
        if SURNAME in kinds or GIVEN in kinds or PERSON in kinds:
            return Name(start, end, 0.85 if len(word) > 1 or SURNAME in kinds else 0.7, Shape.WORD, Sign.TITLE)
        return None

    def _unknown(self, value: str, tokens: Tokens, at: int) -> Name | None:
        """A name in several words, or in none that the dictionary knows: 颯真くん, 陽葵ちゃん, グエンさん."""
        end = tokens.ends[at]
        first = at
        while (
            first > 0
            and end - tokens.begins[first - 1] <= _MOST_GIVEN
            and _ONE_SCRIPT.fullmatch(value, tokens.begins[first - 1], end)
        ):
            first -= 1
        for begin in tokens.begins[first : at + 1]:
            word = value[begin:end]
            if (
                len(word) > 1
                and word not in self._lists["nobody"]
                and self._new_name(word, alone=begin == tokens.begins[at])
            ):
                return Name(begin, end, 0.75, Shape.GIVEN, Sign.TITLE)
        return None

    def _new_name(self, word: str, *, alone: bool) -> bool:
        """Whether a word before a title is one of the names that dictionaries lack or cut into pieces."""
        kinds = self._lexicon.kinds(word)
        if "ぁ" <= word[0] <= "ん":
            return GIVEN in kinds and not alone
        if "ァ" <= word[0] <= "ー":
            return not kinds
        return not kinds and 1 < len(word) <= 3 and all(sign in self._signs for sign in word)

    # ---- judging

    def _judged(self, value: str, start: int, end: int, shape: Shape) -> Name | None:
        word = value[start:end]
        if self._public(word):
            return Name(start, end, 0.0, shape, Sign.THING)
        sign = self._around.sign(value, start, end)
        sure = score(shape, sign)
        if word in self._lists["nobody"] or (shape is Shape.WORD and len(word) == 1 and sure <= 0):
            return None
        return Name(start, end, sure, shape, sign)

    def _public(self, word: str) -> bool:
        plain = word.replace(" ", "")
        return plain in self._lists["public"] or plain in self._lists["mononyms"] or name_checks.historical(plain)


def _apart(names: list[Name]) -> list[Name]:
    """Names that do not overlap: of two, the longer, then the surer."""
    kept: list[Name] = []
    for name in sorted(names, key=lambda one: (one.start, one.start - one.end, -one.score)):
        if kept and name.start < kept[-1].end:
            if name.score > kept[-1].score and name.end - name.start >= kept[-1].end - kept[-1].start:
                kept[-1] = name
            continue
        kept.append(name)
    return kept


def _supported(value: str, names: list[Name]) -> list[Name]:
    """Bare names gain from names beside them and from surer mentions elsewhere."""
    sure = {value[one.start : one.end] for one in names if one.score >= 0.8}
    sure |= {word.split(" ")[0] for word in sure if " " in word}
    scores = [
        max(one.score, 0.75)
        if _weak(one) and one.shape in (Shape.SURNAME, Shape.GIVEN) and value[one.start : one.end] in sure
        else one.score
        for one in names
    ]
    for at, (left, right) in enumerate(pairwise(names)):
        if _BETWEEN.fullmatch(value, left.end, right.start):
            for one, other, place in ((left, right, at), (right, left, at + 1)):
                if (
                    _weak(one)
                    and (one.shape is Shape.SURNAME or "と" not in value[left.end : right.start])
                    and other.sign is not Sign.THING
                    and other.score >= (0.8 if one.shape in (Shape.WORD, Shape.TOWN) else 0.3)
                ):
                    scores[place] = max(scores[place], min(0.75, other.score + 0.2))
    return [
        one if one.score == raised else replace(one, score=raised)
        for one, raised in zip(names, scores, strict=True)
        if raised > 0
    ]


def _weak(name: Name) -> bool:
    return name.shape in (Shape.SURNAME, Shape.TOWN, Shape.WORD, Shape.GIVEN) and name.sign in (
        Sign.ACTS,
        Sign.LINKED,
        Sign.NONE,
    )
