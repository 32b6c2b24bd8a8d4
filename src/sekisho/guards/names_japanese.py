"""Names of persons in Japanese text: candidates from the dictionary's tags, judged by what stands around them."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from sekisho.guards import name_checks
from sekisho.guards.names_announced import AnnouncedNames
from sekisho.guards.names_context import Shape, Sign, Surroundings, score
from sekisho.guards.names_foreign import ForeignNames
from sekisho.guards.names_gate import Gate
from sekisho.guards.names_lexicon import GIVEN, NOUN, PERSON, PLACE, PROPER, SURNAME, Lexicon, Tokens, Words
from sekisho.guards.names_spaced import SpacedNames
from sekisho.guards.names_support import Name, apart, supported

_MOST = 4_000  # code points that the dictionary reads at once
_JAPANESE = re.compile(r"[ぁ-んァ-ヴ一-龥]")
_ONE_SCRIPT = re.compile(r"[一-龥々]+|[ぁ-ん]+|[ァ-ヴー]+")
_KANJI = re.compile(r"[一-龥々ヶ]+")
_PERSONAL = re.compile(
    r"(?:さん|様(?![子式相態々])|さま|氏(?!名)|くん|君|ちゃん|殿|先生|先輩|部長|課長|係長|主任|社長|教授|(?:医師|選手|議員|弁護士|容疑者|被告)(?![権会村団]))"
)
_START = re.compile("[SGPL]|N(?=w?G)|(?<=m)[NO]|(?<=mw)[NO]")  # words that may begin a name, by their kinds
_POLITE = re.compile(" ?(?:さん|様|さま|氏|くん|君|ちゃん|殿|先生)")
_JOINING = re.compile("[一-龥々ヶァ-ヴー]")
_MOST_GIVEN = 4  # code points of a given name
_MOST_SURNAME = 5
_MOST_FOREIGN = 8
_PARTICLES = frozenset(("より", "から", "まで", "など", "こと"))
_RANKS = frozenset("准副助教長員者社店部課係客士師手生家屋科主任役人様方女男子供達側元前新現同当各両本")
_ENLARGING = frozenset("小大上下東西南北中古")
_BEFORE_NAMES = frozenset("部課係室店社長員者生妻夫父母兄姉弟妹娘子氏様君授士師手督優家人男女元前故現新対")


class JapaneseNames:
    """Finds names that are written in kanji and kana."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon = lexicon
        self._around = Surroundings.of(words)
        self._gate = Gate(lexicon, words)
        self._lists = words.lists
        self._announced = AnnouncedNames(lexicon, words)
        self._abroad = ForeignNames(lexicon, words, self._around)
        self._spaced = SpacedNames(lexicon, words, self._around)
        self._signs = words.given_signs
        self._no_surnames = frozenset[str]().union(
            *(words.lists[name] for name in ("nobody", "labels", "honorifics", "things"))
        )

    def find(self, value: str) -> list[Name]:
        """All candidates with a score above zero, in order and apart; `value` has modern characters."""
        if not _JAPANESE.search(value):
            return []
        named = [*self._announced.find(value), *self._abroad.find(value), *self._spaced.find(value)]
        for begin, end in self._gate.parts(value):
            for start in range(begin, end, _MOST):
                tokens = self._lexicon.tokens(value[start : min(end, start + _MOST)], start)
                named += self._tagged(value, tokens)
                named += self._titled(value, tokens)
        named += self._announced.read(value, named)
        return supported(value, apart(named))

    # ---- by the dictionary's tags

    def _tagged(self, value: str, tokens: Tokens) -> Iterator[Name]:
        kinds = tokens.kinds
        at = 0
        for found in _START.finditer(kinds):
            here = found.start()
            if here < at:
                continue
            last, shape = self._shaped(value, tokens, here)
            if shape is None or (
                shape is Shape.GIVEN and self._around.title.fullmatch(value[tokens.begins[here] : tokens.ends[here]])
            ):
                continue
            begin = tokens.begins[here]
            if shape is Shape.GIVEN and tokens.ends[here] - begin > 1:
                begin = self._led(value, tokens, here)
                shape = shape if begin == tokens.begins[here] else Shape.LIKELY
            begin, shape = self._widened(value, begin, tokens.ends[here], shape)
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
            return self._doubtful(kind, word)
        if "ァ" <= word[0] <= "ー" and kind in (SURNAME, PERSON, GIVEN):
            return self._katakana(word)
        if kind not in (SURNAME, GIVEN, PERSON) or word.isascii() or (len(word) == 1 and "ぁ" <= word <= "ヶ"):
            return None
        if len(word) == 1 or (word in self._lists["common"] and kind != SURNAME):
            return Shape.WORD
        if word in self._lists["common"] or (
            len(word) > 2 and word[-1] in "川山島湖岳" and PLACE in self._lexicon.kinds(word)
        ):
            return Shape.TOWN
        return Shape.SURNAME if kind == SURNAME else Shape.GIVEN

    def _doubtful(self, kind: str, word: str) -> Shape | None:
        """A word that the dictionary takes for a place or a thing, and that can be a surname."""
        if word in self._lists["surnames"]:
            return Shape.SURNAME
        if SURNAME not in self._lexicon.kinds(word):
            return None
        return Shape.VILLAGE if kind == PLACE and word not in self._lists["common"] else Shape.WORD

    def _katakana(self, word: str) -> Shape:
        """A single word in katakana is as often a firm or a thing, unless it can be nothing but a given name."""
        kinds = set(self._lexicon.kinds(word))
        sure = len(word) > 2 and GIVEN in kinds and kinds <= {GIVEN, PERSON} and word not in self._lists["common"]
        return Shape.GIVEN if sure else Shape.WORD

    def _widened(self, value: str, start: int, end: int, shape: Shape) -> tuple[int, Shape]:
        """With the surname of which the dictionary has cut off the beginning (孫崎), or that a space sets apart."""
        begin = start - (value[start - 1 : start] == " ")
        first = begin
        while begin - first < _MOST_SURNAME and first > 0 and _KANJI.match(value, first - 1):
            first -= 1
        if first == begin:
            return start, shape
        if begin < start:
            known = shape in (Shape.GIVEN, Shape.WORD) and self._is_surname(value[first:begin])
            return (first, Shape.FULL) if known else (start, shape)
        if start - first == 1 and value[first] in _ENLARGING and not self._lexicon.kinds(value[first:end]):
            return first, Shape.SURNAME if shape is Shape.WORD else shape  # 小鳥居, which no dictionary holds
        for at in range(max(first, start - 2), start):
            if shape is not Shape.GIVEN and self._is_surname(value[at:end]) and end - at > 2 - (at == first):
                return at, shape
        return start, shape

    def _is_surname(self, word: str) -> bool:
        return word in self._lexicon.surnames and word not in self._no_surnames

    def _led(self, value: str, tokens: Tokens, here: int) -> int:
        """Where a surname begins that the dictionary lacks, right before a given name; else where that begins."""
        start = begin = tokens.begins[here]
        while begin > 0 and start - begin < 4 and _KANJI.match(value, begin - 1):
            begin -= 1
        word = value[begin:start]
        kinds = self._lexicon.kinds(word)
        odd = PLACE in kinds or SURNAME in kinds or not kinds
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
            if len(word) <= (_MOST_FOREIGN if "ァ" <= word[0] <= "ー" else _MOST_GIVEN) and self._is_given(
                value, word, tokens, (at, last)
            ):
                return last, True
        return self._written(value, tokens, at)

    def _is_given(self, value: str, word: str, tokens: Tokens, span: tuple[int, int]) -> bool:
        at, last = span
        kinds = self._lexicon.kinds(word)
        if word in _PARTICLES:
            return False
        if GIVEN not in kinds:
            return PERSON in kinds and "ァ" <= word[0] <= "ー" and len(word) > 2
        end = tokens.ends[last]
        if len(word) == 1 or tokens.kinds[at] != GIVEN:  # a word of its own, too: it must end here
            if word in self._lists["things"] or self._around.title.fullmatch(word):
                return False
            return not _KANJI.match(value, end) or self._around.title.match(value, end) is not None
        return self._around.title.fullmatch(word) is None and not (at == last and self._joined(value, end))

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
        if run is None or self._around.title.match(value, start) or self._around.meant.match(value, start):
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
                    start, shape = self._widened(value, name.start, name.end, name.shape)
                    yield name if start == name.start else replace(name, start=start, shape=shape, score=0.93)

    def _called(self, value: str, tokens: Tokens, at: int) -> Name | None:
        start, end = tokens.begins[at], tokens.ends[at]
        word = value[start:end]
        if self._public(word) or word.isascii():
            return None
        whole = self._new_surname(value, tokens, at) or self._unknown(value, tokens, at)
        if whole is not None:
            return whole
        if word in self._lists["nobody"] or tokens.kinds[at] in "pwmX":
            return None
        kinds = self._lexicon.kinds(word)
        if NOUN in kinds and (len(word) == 1 or "ァ" <= word[0] <= "ー") and not _POLITE.match(value, end):
            return None
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

    def _new_surname(self, value: str, tokens: Tokens, at: int) -> Name | None:
        """A whole run of two or three kanji before a title that no dictionary holds: 岡野谷さん."""
        end = tokens.ends[at]
        begin = end
        while begin > 0 and end - begin < 4 and _KANJI.match(value, begin - 1):
            begin -= 1
        word = value[begin:end]
        if not 2 <= len(word) <= 3 or word in self._lists["common"]:
            return None
        if set(self._lexicon.kinds(word)) - {PLACE, PROPER} or word[-2:] in self._no_surnames or word[-1] in _RANKS:
            return None
        first = bisect_left(tokens.begins, begin)
        whole = tokens.begins[first : first + 1] == [begin] and all(
            kind in "NLSGPOo" for kind in tokens.kinds[first : at + 1]
        )
        return Name(begin, end, 0.7, Shape.LIKELY, Sign.TITLE) if whole else None

    # ---- judging

    def _judged(self, value: str, start: int, end: int, shape: Shape) -> Name | None:
        word = value[start:end]
        if self._public(word):
            return Name(start, end, 0.0, shape, Sign.THING)
        sign = self._around.sign(value, start, end)
        sure = score(shape, sign) * self._uncut(value, start, end, shape, sign)
        if word in self._lists["nobody"] or (shape is Shape.WORD and len(word) == 1 and sure <= 0):
            return None
        return Name(start, end, sure, shape, sign)

    def _uncut(self, value: str, start: int, end: int, shape: Shape, sign: Sign) -> float:
        """Less than one for a part of a longer word in kanji: 後田 of 大野町後田, 隈研吾 of 隈研吾都市設計."""
        if sign not in (Sign.NONE, Sign.LINKED, Sign.ACTS):
            return 1.0
        least = 0.75 if shape is Shape.FULL and end - start > 3 else 0.5
        if _JOINING.match(value, end):
            return least
        led = start > 0 and _JOINING.match(value, start - 1) is not None and value[start - 1] not in _BEFORE_NAMES
        return 1.0 if not led or shape is Shape.FULL else least

    def _public(self, word: str) -> bool:
        plain = word.replace(" ", "")
        return plain in self._lists["public"] or plain in self._lists["mononyms"] or name_checks.historical(plain)
