"""Candidates: everything in a text that could be the name of a person, with its shape; whether it is one, others judge.

A name in kanji begins and ends where a run of kanji does, where the dictionary ends a word, before a title or behind a
role. So a text gives few candidates, and hardly a name is missing among them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sekisho.guards.kept import kept
from sekisho.guards.names_gate import Gate
from sekisho.guards.names_hiragana import AFTER, NAMED, Hiragana
from sekisho.guards.names_lexicon import NOUN, Lexicon, Words
from sekisho.guards.names_lists import Marks, Prefixes, matches
from sekisho.guards.wanted import wanted

_MOST = 4_000  # code points that the dictionary reads at once
_RUN = re.compile("[一-龥々ヶヵ]+(?:[ノツケ][一-龥々]+)*")
_LEFT = re.compile("[一-龥々ヶヵツノ]{1,8}$")
_KANA_LEFT = re.compile("(?:[ぁ-ん]{2,6}|[ァ-ヴー]{2,6})$")
_KANA_RIGHT = re.compile("[ぁ-ん]{2,6}(?![ぁ-んー])|[ァ-ヴー]{2,7}(?![ァ-ヴー・])")
_GAP = re.compile(" (?<=[一-龥々ヶヵぁ-んァ-ヴー] )")  # behind what `_LEFT`, `_KANA_LEFT` or `_ABROAD` may end with
_HALF = "(?:[ぁ-ん]{1,3}|[ァ-ヴー]{1,3})[子江枝代美男夫雄](?![一-龥])"  # とし子, キミ江
_RIGHT = re.compile(f"{_HALF}|[一-龥々]{{1,4}}|[ぁ-んー]{{2,6}}|[ァ-ヴー]{{2,8}}(?![ァ-ヴー])")
_MIXED = re.compile("[ァ-ヴー](?<![ァ-ヴー].)[ァ-ヴー]{0,2}[子江枝代美男夫雄](?![一-龥])")
_HALF_BEHIND = re.compile(_HALF)
_HALF_ALONE = re.compile("[ぁ-ん](?<![ぁ-ん].)[ぁ-ん][子江枝代美](?=さん|様|ちゃん|お?ば[さあ])")  # きみ江さん
_KATAKANA = re.compile("[ァ-ヴー](?<![ァ-ヴー].)(?<![ァ-ヴー]・.)[ァ-ヴー]{1,9}(?!・?[ァ-ヴー])")
_SEVERAL = re.compile("(?<![ァ-ヴー・])[ァ-ヴー]{2,10}(?: [ァ-ヴー]{1,10}){1,3}(?![ァ-ヴー・])")  # グエン ティ ホア
_ABROAD = re.compile("(?<![ァ-ヴー・])[ァ-ヴー]{2,10}(?= [一-龥])")  # ブラウン 健司
_PARTS = r"[ァ-ヴー]{2,12}|[ダデドラルレイユオ]|[A-Z](?=[・.])"
_DOTTED_HEAD = re.compile("[ァ-ヴーA-Z](?<![ァ-ヴーA-Za-z・].)")
_DOTTED = re.compile(rf"(?:{_PARTS})(?:(?:[・=]|\.・?)(?:{_PARTS})){{1,5}}(?![ァ-ヴー])")
_ANNOUNCING = frozenset(":「・")
_TOLD = frozenset(":は")
_NUMERAL = re.compile("[〇一二三四五六七八九]+")
_CELL = frozenset("\n\t |/、,・()「」&;")  # between the cells of a table, or the members of a list
_NO_LAST = frozenset("市区町村県府都駅店課部社局室係長員者院校線港号岳議検仕模")
_PLACES = frozenset("市町村区県府都駅川山橋線社店校大高港湖城寺病銀電工製")
_CIVIL = ("さん", "くん", "ちゃん", "氏")
_PERSONAL = ("さん", "様", "くん", "ちゃん", "氏", "さま")
_SURNAME_MOST = 5
_GIVEN_MOST = 3
_UNKNOWN_MOST = 4  # kanji of such a name before a title
_SHORT = 3  # kanji of a run that may be a name that no dictionary holds


GROUPS = {  # weights are learnt for each group apart, upon those for all
    "full": "F", "likely": "F", "short": "F", "spaced": "F", "pair": "P", "dotted": "P", "surname": "S", "given": "G",
    "unknown": "S", "kana": "H", "katakana": "K",
}  # fmt: skip


class Candidate(NamedTuple):
    """Code points of a text that may name a person.

    Attributes:
        shape: what it is made of: `full`, `likely`, `short`, `spaced`, `surname`, `given`, `unknown`, `kana`, `pair`,
            `katakana`, `dotted`.
        middle: where the surname ends; 0 for a single word.
    """

    start: int
    end: int
    shape: str
    middle: int = 0


@dataclass(slots=True)
class Cuts:
    """Where the dictionary's words begin and end in the parts of a text that it has read.

    Attributes:
        kinds: the kind of the word that begins at a place.
        ends: the end of that word.
        before: the kind of the word that ends at a place.
        ahead: features of what stands before a place, and `behind` it, as far as they have been told.
        about: features of the whole text: whether it asks about the world, how much it speaks of people's affairs, of
            stories and history, and of persons whom everybody knows.
    """

    kinds: dict[int, str] = field(default_factory=dict[int, str])
    ends: dict[int, int] = field(default_factory=dict[int, int])
    before: dict[int, str] = field(default_factory=dict[int, str])
    ahead: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    behind: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    about: tuple[str, ...] = ()


def _cell(value: str, start: int, end: int) -> bool:
    """Whether marks or ends of the text stand on both sides of a word."""
    return (start == 0 or value[start - 1] in _CELL) and (end == len(value) or value[end] in _CELL)


class _Inner(NamedTuple):
    """What a run of kanji holds, as places in it.

    Attributes:
        words: surnames (true) and given names.
        titled: where titles begin.
        led: where roles end.
    """

    words: tuple[tuple[int, int, bool], ...]
    titled: frozenset[int]
    led: frozenset[int]


class _Run(NamedTuple):
    """A run of kanji in a text, and where in it a name may begin and end.

    Attributes:
        titled: where titles begin, those behind its end too.
    """

    begin: int
    end: int
    starts: set[int]
    stops: set[int]
    titled: set[int]


class Candidates:
    """Finds what could be a name in Japanese writing."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon = lexicon
        self._gate = Gate(lexicon, words)
        self._titles = Prefixes(words.lists["honorifics"])
        self._said = Prefixes(("と申", "といいま", "と言いま", "でございます", "ですが", "ですけど", "より"))
        known = [word for word in words.lists["public"] if len(word) > 2]
        self._marks = Marks([*(words.lists[name] for name in ("signals", "asking", "affairs", "worlds")), known])
        self._inner = kept(self._inner_of)
        self._kin = Prefixes(words.lists["kin"])
        self._roles = words.lists["labels"] | words.lists["honorifics"] | words.lists["kin"] | words.lists["times"]
        self._signs = words.given_signs
        self._none = words.lists["nobody"] | words.lists["honorifics"]
        named = lexicon.surnames | lexicon.given
        self._hiragana = Hiragana(lexicon, self._kin, self._titles, self._none, words.lists["calling"])
        self._barred = frozenset(word for word in self._none if len(word) > 1 or word not in named)

    def find(self, value: str) -> tuple[list[Candidate], Cuts]:
        """The candidates of a text with modern characters, and how the dictionary cuts it."""
        signals, asking, affairs, worlds, known = self._marks.places(value)
        said = (("ask", asking, 2), ("own", affairs, 3), ("world", worlds, 3), ("public", known, 2))
        cuts = Cuts(about=tuple(f"{name}{min(len(places), most)}" for name, places, most in said))
        found: list[Candidate] = []
        for begin, end in wanted(self._gate.parts(value, signals)):
            for start in wanted(range(begin, end, _MOST)):
                self._cut(value, start, min(end, start + _MOST), cuts)
            for run in wanted(_RUN.finditer(value, begin, end)):
                found += self._in_run(value, run.start(), run.end(), cuts)
        found += self._katakana(value)
        if " " in value:
            found += wanted(self._spaced(value))
            found += (Candidate(one.start(), one.end(), "pair") for one in _SEVERAL.finditer(value))
        if "・" in value or "=" in value or "." in value:
            found += (Candidate(one.start(), one.end(), "dotted") for one in matches(_DOTTED_HEAD, _DOTTED, value))
        found += (Candidate(start, end, "kana") for start, end in wanted(self._hiragana.places(value, cuts.kinds)))
        return list(dict.fromkeys(found)), cuts

    def _cut(self, value: str, start: int, end: int, cuts: Cuts) -> None:
        tokens = self._lexicon.tokens(value[start:end], start)
        for begin, stop, kind in zip(tokens.begins, tokens.ends, tokens.kinds, strict=True):
            cuts.kinds[begin] = kind
            cuts.ends[begin] = stop
            cuts.before[stop] = kind

    def _in_run(self, value: str, begin: int, end: int, cuts: Cuts) -> Iterator[Candidate]:
        """Names in kanji within a run of them."""
        text = value[begin:end]
        inner = self._inner(text)
        titled = {begin + at for at in inner.titled}
        if self._titled(value, end):
            titled.add(end)
        if not (inner.words or titled or len(text) <= _SHORT or self._said.match(value, end)):
            return
        places = range(begin + 1, end)
        starts = {begin, *(begin + at for at in inner.led), *(at for at in places if at in cuts.kinds)}
        run = _Run(begin, end, starts, {end, *titled, *(at for at in places if at in cuts.before)}, titled)
        for first, last, surname in inner.words:
            start, middle = begin + first, begin + last
            if start not in starts or (last - first == 1 and self._is_word(value, start)):
                continue
            if middle in run.stops and (middle in titled or self._alone(value, run, start, middle, inner)):
                yield Candidate(start, middle, "surname" if surname else "given")
            if surname:
                yield from self._with_given(value, start, middle, run)
        yield from self._unknown(value, run)

    def _is_word(self, value: str, at: int) -> bool:
        """Whether one kanji is a word that no name is, other than before さん (上さん)."""
        return value[at] in self._none and not value.startswith(_CIVIL, at + 1)

    def _inner_of(self, run: str) -> _Inner:
        words: list[tuple[int, int, bool]] = []
        for first in range(len(run)):
            for last in range(first + 1, min(len(run), first + _SURNAME_MOST) + 1):
                word = run[first:last]
                surname = self._surname(word)
                if (surname or word in self._lexicon.given) and word not in self._barred:
                    words.append((first, last, surname))
        places = range(1, len(run))
        titled = frozenset(at for at in places if self._titled(run, at))
        return _Inner(tuple(words), titled, frozenset(at for at in places if self._led(run, 0, at)))

    def _alone(self, value: str, run: _Run, start: int, stop: int, inner: _Inner) -> bool:
        """Whether a word that no title follows could be a name: no place goes on behind it (福島 of 福島市).

        One kanji must be all of the run, or stand behind a role.
        """
        if stop - start == 1:
            return stop == run.end and (start == run.begin or start - run.begin in inner.led)
        return value[stop : stop + 1] not in _PLACES

    def _unknown(self, value: str, run: _Run) -> Iterator[Candidate]:
        """Two or three kanji that no dictionary holds: written like a given name, or announced."""
        for stop in run.stops:
            told = stop in run.titled or self._said.match(value, stop) > 0
            if value[stop - 1] in _NO_LAST or not (told or stop == run.end):
                continue
            for start in range(max(run.begin, stop - (_UNKNOWN_MOST if told else _SHORT)), stop - 1):
                if start not in run.starts:
                    continue
                announced = told or value[start - 1 : start] in _TOLD or _cell(value, start, stop)
                word = value[start:stop]
                whole = start == run.begin and stop == run.end
                if self._new(word, told=announced, whole=whole) or self._person(value, word, stop):
                    yield Candidate(start, stop, "unknown")
            if stop - run.begin == 1 and told and self._new(value[run.begin], told=True):
                yield Candidate(run.begin, stop, "unknown")

    def _new(self, word: str, *, told: bool, whole: bool = False) -> bool:
        """Whether a word that no list of names holds may be one; `whole`: it is all of a run of kanji."""
        if word in self._none or self._surname(word) or word in self._lexicon.given:
            return False
        kinds = self._lexicon.kinds(word)
        if _NUMERAL.fullmatch(word):
            return False
        strange = all(sign in self._signs for sign in word) or (whole and self._lexicon.unheard(word))
        return (told and NOUN not in kinds) or (not kinds and strange)

    def _person(self, value: str, word: str, stop: int) -> bool:
        """Whether a noun has a title behind it that only persons have."""
        return value.startswith(_PERSONAL, stop) and word not in self._none and word[-1] not in self._none

    def _with_given(self, value: str, start: int, middle: int, run: _Run) -> Iterator[Candidate]:
        """A surname with what follows it and may be a given name."""
        known = value[start:middle] in self._lexicon.frequent or value[start:middle] in self._lexicon.usual
        for size in range(1, min(_GIVEN_MOST, run.end - middle) + 1):
            stop = middle + size
            word = value[middle:stop]
            if stop not in run.stops or word in self._barred or word[-1] in _NO_LAST or (size == 1 and stop < run.end):
                continue
            shape = ""
            if word in self._lexicon.given:
                shape = "full" if size > 1 else "short"
            elif all(sign in self._signs for sign in word) or (known and size == 2):
                shape = "likely" if size > 1 else "short"
            # Not a surname and a name of one character, where both are a word of the dictionary.
            if shape and not (size == 1 and self._lexicon.kinds(value[start:stop])):
                yield Candidate(start, stop, shape, middle)
        if middle == run.end:
            yield from self._kana_behind(value, start, middle)
        half = _HALF_BEHIND.match(value, middle)
        if half:
            yield Candidate(start, half.end(), "likely", middle)

    def _kana_behind(self, value: str, start: int, middle: int) -> Iterator[Candidate]:
        """A given name in kana right behind a surname in kanji: 鈴木さくら, 朴ジフン."""
        for size in range(5, 1, -1):
            word = value[middle : middle + size]
            if len(word) < size:
                continue
            if word in self._lexicon.kana and AFTER.match(value, middle + size):
                yield Candidate(start, middle + size, "full", middle)
        run = _KATAKANA.match(value, middle)
        if run:
            yield Candidate(start, run.end(), "likely", middle)

    def _led(self, value: str, begin: int, at: int) -> bool:
        """Whether a role such as 部長 or 長女 ends right before a place within a run."""
        return any(value[first:at] in self._roles for first in range(max(begin, at - 5), at))

    def _titled(self, value: str, at: int) -> bool:
        return self._titles.match(value, at) > 0

    def _spaced(self, value: str) -> Iterator[Candidate]:
        for gap in _GAP.finditer(value):
            yield from self._spaced_kanji(value, gap.start())
            yield from self._spaced_kana(value, gap.start())

    def _spaced_kanji(self, value: str, middle: int) -> Iterator[Candidate]:
        """A surname in kanji, or a foreign one, before a space, and what may be a given name behind it."""
        right = _RIGHT.match(value, middle + 1)
        if right is None:
            return
        left = _LEFT.search(value, max(0, middle - 8), middle)
        if left:
            for begin in self._surnames_before(value, left.start(), middle):
                for stop in self._given_ends(value, right):
                    yield Candidate(begin, stop, "spaced", middle)
        abroad = _ABROAD.search(value, max(0, middle - 11), middle + 2)
        if abroad and abroad.end() == middle and right[0] in self._lexicon.given:
            yield Candidate(abroad.start(), right.end(), "spaced", middle)

    def _spaced_kana(self, value: str, middle: int) -> Iterator[Candidate]:
        """Both parts in hiragana, or both in katakana."""
        left = _KANA_LEFT.search(value, max(0, middle - 6), middle)
        if left is None:
            return
        plain = left[0][0] < "ァ"
        right = _KANA_RIGHT.match(value, middle + 1)
        if right and plain == (right[0][0] < "ァ"):
            yield Candidate(left.start(), right.end(), "pair")
        for end in range(middle + 3, min(middle + 6, len(value))) if plain else ():  # みさ of みさと申します
            if not "ぁ" <= value[end - 1] <= "ー":
                break
            given = self._kana_given(value, middle + 1, end) and AFTER.match(value, end)
            if given or self._said.match(value, end):
                yield Candidate(left.start(), end, "pair")

    def _surnames_before(self, value: str, first: int, middle: int) -> list[int]:
        """Where a surname may begin that ends before a space: at the run's beginning, or behind a role in it."""
        begins = [first] if value[first:middle] not in self._barred else []
        inner = range(first + 1, middle)
        return begins + [
            at for at in inner if self._led(value, first, at) or (middle - at > 1 and self._surname(value[at:middle]))
        ]

    def _surname(self, word: str) -> bool:
        return word in self._lexicon.surnames or word in self._lexicon.rare

    def _given_ends(self, value: str, right: re.Match[str]) -> list[int]:
        """Where a given name may end that begins behind a space."""
        run, begin = right[0], right.start()
        if "ぁ" <= run[0] <= "ん":
            inner = [begin + size for size in range(2, len(run)) if self._kana_given(value, begin, begin + size)]
            return [at for at in inner if AFTER.match(value, at)] + [right.end()]
        if run in self._barred or (len(run) > 1 and run in self._roles) or self._titled(value, begin):
            return []
        return [right.end(), *(at for at in range(begin + 1, right.end()) if self._titled(value, at))]

    def _kana_given(self, value: str, begin: int, stop: int) -> bool:
        """Whether what stands between is a given name in hiragana, or has a title behind it."""
        return value[begin:stop] in self._lexicon.kana or self._titled(value, stop)

    def _katakana(self, value: str) -> Iterator[Candidate]:
        for match in wanted(_KATAKANA.finditer(value)):
            word = match[0]
            thing = word in self._none or self._lexicon.compound(word) > 1
            if word in self._roles or (thing and not self._titled(value, match.end())):
                continue
            kinds = self._lexicon.kinds(word)
            if NAMED & set(kinds) or self._announced(value, match.start(), match.end()):
                yield Candidate(match.start(), match.end(), "katakana")
            elif not kinds and len(word) > _SURNAME_MOST and self._joined(word):
                yield Candidate(match.start(), match.end(), "pair")
        for match in _MIXED.finditer(value):
            if match[0][-1] == "代" and NOUN in self._lexicon.kinds(match[0][:-1]):
                continue  # what something costs: ガス代
            yield Candidate(match.start(), match.end(), "kana")
        yield from (Candidate(one.start(), one.end(), "kana") for one in _HALF_ALONE.finditer(value))

    def _joined(self, word: str) -> bool:
        """Whether it is a surname and a given name without a gap, as banks write them: ヤマダハナコ."""
        plain = "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヴ" else sign for sign in word)
        known = self._lexicon.kana
        return any(plain[:at] in known and plain[at:] in known for at in range(2, len(word) - 1))

    def _announced(self, value: str, start: int, end: int) -> bool:
        """Whether a title follows a word, a relative or a label stands before it, or it fills a cell and is no word."""
        if self._titled(value, end) or value[start - 1 : start] in _ANNOUNCING or self._kin.before(value, start) > 0:
            return True
        return _cell(value, start, end) and not self._lexicon.kinds(value[start:end])
