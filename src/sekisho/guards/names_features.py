"""What a candidate and its surroundings look like, as words that a model has weights for."""

import re
from dataclasses import dataclass
from functools import lru_cache

from sekisho.guards.kept import MOST
from sekisho.guards.names_candidates import Candidate, Cuts
from sekisho.guards.names_lexicon import GIVEN, NOUN, PERSON, PLACE, SURNAME, Lexicon, Words
from sekisho.guards.names_lists import Kinds, Prefixes

_BEFORE = 12  # code points that are looked at in front of a candidate
_JOINT = re.compile(r"(?:\([^()\n]{1,8}\))?[0-9]{0,2} ?(?:[:=/|・(】\]]|[はがにを]、?|[の\t、 ])? ?[「『\"]?$")
_AGE = re.compile(
    r" ?\((?:[0-9]{1,3}(?:歳|才)?|[ぁ-ん]{2,5} ?[ぁ-ん]{0,6}|[ァ-ヴー]{2,6} ?[ァ-ヴー]{0,6}|男|女|旧姓|[0-9]年)"
    r"[)、,・ 。]"
    r"|、?[0-9]{1,3}[歳才]"
)
_LINE = re.compile(r"(?:^|\n|[0-9]+[.)、]? ?|[・①-⑳\-*] ?)$")
_IN_PLACE = re.compile("[一-龥][都道府県市区町村郡][一-龥ヶの]{0,6}$")
_BLOCK = re.compile("[一-龥]{0,2}(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?:丁目|番|-[0-9]|の[0-9])")
_SPEAKS = re.compile(r" ?[:>「(]|→|⇒")
_CLAUSE = re.compile(r"[^。\n!?、]{0,16}")
_MEMBERS = re.compile("(?:[、・][一-龥々ヶァ-ヴー]{1,6}){1,6}")
_ORGANISATION = re.compile(
    r"(?:株式会社|有限会社|合同会社|\(株\)|\(有\)|財団法人|社団法人|医療法人|学校法人) ?$|[国県都府道市]立$"
)
_COUNTED = re.compile(
    "[〇一二三四五六七八九十百千万何数両半]{1,4}[年月日時分秒本円枚個回度人名件台冊番号目通口周週泊歩階代歳才割倍組束軒文斉]"
)
_MARKS = re.compile(r"[・=. ]+")
_DIGIT = re.compile("[0-9]")
_PLATE = re.compile(r" ?[0-9][0-9A-Z]{1,2} ?[ぁ-んA-Z] ?[0-9・.\-]")  # 品川 300 あ 12-34
_SPELT = re.compile("」?(?:の「|という(?:姓|字|漢字|名字|苗字|文字|語|言葉)|の字|の読み|姓[はがのをに、])")
_CLOSED = frozenset(" 」』")  # between a name and its title
_GAP = re.compile(r"[ \n\t|/,、]{1,3}")
_SCRIPTS = ((0x3041, 0x309F, "h"), (0x30A0, 0x30FF, "k"), (0x4E00, 0x9FFF, "c"), (0x3005, 0x3005, "c"))


def _signs(given: str) -> list[str]:
    """The first and the last character of a given name in kanji."""
    return [f"first{given[0]}", f"last{given[-1]}"] if "一" <= given[0] <= "龥" else []


@lru_cache(4096)
def _script(sign: str) -> str:
    if not sign:
        return "^"
    point = ord(sign)
    for first, last, name in _SCRIPTS:
        if first <= point <= last:
            return name
    return "d" if sign.isdigit() else "a" if sign.isascii() and sign.isalpha() else "m"


@lru_cache(4096)
def _sign(sign: str) -> str:
    """The character itself, or its script where that says more."""
    script = _script(sign)
    return sign if script in ("h", "m") else script


@dataclass(frozen=True, slots=True)
class _Lists:
    titles: Prefixes
    things: Prefixes
    offices: Prefixes
    said: Prefixes
    meant: Prefixes
    labels: Prefixes
    spots: Prefixes
    kin: Prefixes
    times: Prefixes
    strange: Prefixes
    endings: Prefixes


class Features:
    """Tells what a candidate looks like, and what stands around it."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        lists = words.lists
        self._lexicon = lexicon
        self._nobody, self._common = lists["nobody"], lists["common"]
        self._surnames = lists["surnames"]
        self._lists = _Lists(
            Prefixes(lists["honorifics"]),
            Prefixes(lists["things"]),
            Prefixes(lists["offices"]),
            Prefixes(lists["introductions"]),
            Prefixes(lists["meant"]),
            Prefixes(lists["labels"]),
            Prefixes(lists["spots"]),
            Prefixes(lists["kin"]),
            Prefixes(lists["times"]),
            Prefixes(lists["strange"]),
            Prefixes(lists["endings"]),
        )
        self._clauses = Kinds({"deed": lists["deeds"], "doing": lists["doings"], "where": lists["wheres"]})
        self._word = lru_cache(MOST)(self._of_word)
        self._sort = lru_cache(MOST)(self._sort_of)

    def of(self, value: str, one: Candidate, cuts: Cuts) -> list[str]:
        """The features of a candidate."""
        before, behind = cuts.ahead.get(one.start), cuts.behind.get(one.end)
        if before is None:
            before = cuts.ahead[one.start] = self._before(value, one.start)
        if behind is None:
            behind = cuts.behind[one.end] = self._behind(value, one.end)
        word, surname = value[one.start : one.end], value[one.start : one.middle]
        found = ["", one.shape, *self._word(word, surname)]
        # What announces a name is no sign of a longer word, as other kanji beside it are.
        left = "r" if "role" in before or "kinright" in before or "time" in before else ""
        found += self._edges(value, one, cuts, (left, "t" if "title" in behind else ""))
        around = before + behind
        return found + around + self._crossed(value, one, self._sort(word, surname), around) + [*cuts.about]

    def _crossed(self, value: str, one: Candidate, sort: str, around: list[str]) -> list[str]:
        """What sort of word it is together with what stands on either side."""
        left, right = _sign(value[one.start - 1 : one.start]), _sign(value[one.end : one.end + 1])
        if "title" in around:
            right = "t"
        return [f"sort{sort}", f"{sort}<{left}", f"{sort}>{right}", f"{left}_{right}"]

    def _sort_of(self, word: str, surname: str) -> str:
        """How common a name it is, and what else it may be."""
        if surname:
            given = word[len(surname) :].strip()
            return f"{self._band(surname)}{self._known(given)}{len(given)}"
        kinds = self._lexicon.kinds(word)
        other = "n" if NOUN in kinds else "l" if PLACE in kinds else ""
        return f"{self._band(word)}{other}{'c' if word in self._common else ''}{'1' if len(word) == 1 else ''}"

    def _of_word(self, word: str, surname: str) -> tuple[str, ...]:
        plain = word.replace(" ", "")
        head = surname or plain
        lexicon = self._lexicon
        found = [f"len{len(plain)}", f"band{self._band(head)}"]
        if "ァ" <= word[0] <= "ー" and not surname:
            found += self._foreign(word)
        if surname:
            given = word[len(surname) :].strip()
            found += [f"given{len(given)}{_script(given[0])}{self._known(given)}"]
            found.append(f"known{2 if surname in lexicon.rare else int(surname in lexicon.surnames)}")
            found += _signs(given)
        else:
            found.append("kinds" + "".join(sorted(lexicon.kinds(word))))
            if word in self._common:
                found.append("common")
            found.append(f"written{self._known(word)}")
            if word in lexicon.given and word in lexicon.surnames:
                found.append("both")
            if word not in lexicon.surnames:
                found += _signs(word)
        told = (
            ("counted", _COUNTED.fullmatch(plain)),
            ("nobody", plain in self._nobody),
            ("listed", plain in self._surnames),
        )
        return (*found, *(name for name, there in told if there))

    def _foreign(self, word: str) -> list[str]:
        """What the dictionary knows of the parts of a name in katakana."""
        kinds = [self._lexicon.kinds(part) for part in _MARKS.split(word) if len(part) > 1]
        named = [bool({GIVEN, PERSON, SURNAME} & set(kind)) for kind in kinds]
        things = sum(NOUN in kind for kind in kinds)
        first = kinds[0] if kinds else ""
        return [
            f"parts{len(kinds)}",
            f"unknown{sum(not one for one in named)}of{len(kinds)}",
            f"things{min(things, 2)}",
            f"head{'G' if GIVEN in first else 'P' if PERSON in first else '-'}{NOUN in first:d}",
            f"tail{named[-1] if named else '-'}",
            f"compound{self._lexicon.compound(word)}",
            f"strange{self._lists.strange.within(word):d}{self._lists.endings.before(word, len(word)) > 0:d}",
        ]

    def _known(self, given: str) -> int:
        """How well known a given name is: 1 to the dictionary or in kana, 2 to the longer list, 0 to none."""
        lexicon = self._lexicon
        return 1 if given in lexicon.called or given in lexicon.kana else 2 if given in lexicon.given else 0

    def _band(self, word: str) -> int:
        lexicon = self._lexicon
        sets = (lexicon.frequent, lexicon.usual, lexicon.seen, lexicon.surnames)
        unknown = 5 if word in lexicon.rare else 4
        return next((number for number, names in enumerate(sets) if word in names), unknown)

    def _edges(self, value: str, one: Candidate, cuts: Cuts, told: tuple[str, str]) -> list[str]:
        """How the dictionary's words and the scripts meet its edges; `told`: the kinds of those already known."""
        inside: list[str] = []
        at = one.start
        while at < one.end and at in cuts.kinds and len(inside) < 4:
            inside.append(cuts.kinds[at])
            at = cuts.ends[at]
        whole = "".join(inside) if at == one.end else "x"
        left = told[0] or _script(value[one.start - 1 : one.start])
        right = told[1] or _script(value[one.end : one.end + 1])
        found = [
            f"cut{whole}",
            f"pre{cuts.before.get(one.start, '-')}",
            f"post{cuts.kinds.get(one.end, '-')}",
            f"left{left}",
            f"right{right}",
            f"sides{left}{right}",
        ]
        if right == "m":  # the next member of a list
            found.append(f"next{value[one.end]}{cuts.kinds.get(one.end + 1, '-')}")
        if left == "m":
            found.append(f"prev{value[one.start - 1]}{cuts.before.get(one.start - 1, '-')}")
        return found

    def _before(self, value: str, start: int) -> list[str]:
        before = value[max(0, start - _BEFORE) : start]
        bare = _DIGIT.sub("0", before)
        found = [f"<{bare[-size:] or '^'}" for size in (1, 2, 3)] if bare else ["<^"]
        found += self._announced(before)
        if _ORGANISATION.search(before):
            found.append("organisation")
        if _IN_PLACE.search(before):
            found.append("inplace")
        if _LINE.search(before):
            found.append("line")
        if before.endswith(("@", ">")):
            found.append("called")
        return found

    def _announced(self, before: str) -> list[str]:
        """What label, relative or time stands in front, and by what it is joined."""
        joint = _JOINT.search(before)
        head = len(before) if joint is None else joint.start()
        found: list[str] = []
        if self._lists.labels.before(before, head):
            found += ["label" if head < len(before) else "role", f"label{before[head:]}"]
        if head < len(before) and self._lists.spots.before(before, head):
            found.append("spot")
        if head:
            found.append(f"head{before[head - 1]}{before[head:]}")
        if self._lists.kin.before(before, head):
            found.append("kin" if head < len(before) else "kinright")
        if self._lists.times.before(before, len(before)):
            found.append("time")
        return found

    def _behind(self, value: str, end: int) -> list[str]:
        lists = self._lists
        after = _DIGIT.sub("0", value[end : end + 3])
        found = [f">{after[:size]}" for size in (1, 2, 3) if len(after) >= size] or [">$"]
        skip = end + (value[end : end + 1] in _CLOSED)
        title = lists.titles.match(value, skip)
        if title:
            found += ["title", f"title{value[skip : skip + title]}"]
        thing = lists.things.match(value, end)
        if thing:
            found += ["thing" if not title else "thingtitle", f"thing{value[end : end + thing]}"]
        told = (
            ("office", lists.offices.match(value, skip)),
            ("said", lists.said.match(value, skip)),
            ("meant", lists.meant.match(value, skip)),
            ("aged", _AGE.match(value, end)),
            ("speaks", _SPEAKS.match(value, end)),
            ("block", _BLOCK.match(value, end)),
            ("plate", _PLATE.match(value, end)),
            ("spelt", _SPELT.match(value, end)),
        )
        gap = _GAP.match(value, end)
        if gap:
            if lists.labels.match(value, gap.end()):
                found.append("nextlabel")
            found.append(f"gap{gap[0]}{_script(value[gap.end() : gap.end() + 1])}")
        return found + [name for name, there in told if there] + self._clause(value, end)

    def _clause(self, value: str, end: int) -> list[str]:
        """Whether what follows up to the next mark, behind members of a list, says what persons do, or where."""
        members = _MEMBERS.match(value, end)
        clause = _CLAUSE.match(value, members.end() if members else end)
        rest = clause[0] if clause else ""
        if not rest or _script(rest[0]) != "h":
            return []
        found = self._clauses.within(rest)
        return [*found, *(f"{name}{rest[0]}" for name in found)]
