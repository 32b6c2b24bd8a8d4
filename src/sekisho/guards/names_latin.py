"""Names of persons in Latin letters: English names, and Japanese ones in romaji."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from sekisho.guards.names_lexicon import GIVEN, SURNAME, Lexicon, Words

_WORD = r"(?:[A-Z][a-zà-öø-ÿ]{1,15}(?:['\-][A-Z][a-zà-öø-ÿ]{1,15})?|(?:Mc|Mac|O'|De|Van)[A-Z][a-z]{1,12}|[A-Z]{2,14})"
_CAPITAL = re.compile("[A-Z]")
_INITIAL = r"[A-Z]\."
_PAIR = re.compile(
    rf"(?<![A-Za-z0-9@._/\-])(?:{_WORD}|{_INITIAL})(?: (?:{_INITIAL} )?(?:(?:van|von|de|da|di|bin|al) )?{_WORD}){{1,3}}"
    r"(?![A-Za-z0-9@_/\\])"
)
_TITLED = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Nurse|Officer|Judge|Detective|Sergeant|Rev)\.? "
    rf"(?P<x>(?:{_WORD}|{_INITIAL})(?: (?:{_INITIAL} )?{_WORD}){{0,2}})"
    rf"|(?<![A-Za-z])(?P<y>(?:{_INITIAL} ?)?{_WORD}(?: {_WORD}){{0,2}})"
    r"(?:-(?:san|sama|kun|chan|sensei)(?![A-Za-z])| ?(?:さん|様|さま|氏|くん|先生))"
)
_LABELLED = re.compile(
    "(?:(?<![A-Za-z])(?:[Nn]ame|NAME|[Cc]ontact(?: person)?|[Cc]ustomer|[Pp]atient|[Aa]pplicant|[Cc]andidate"
    "|[Ee]mployee|[Aa]ttendees?|[Mm]anager|[Ss]igned|[Rr]eported by|[Aa]ssigned to|[Pp]repared by|From|To|Cc|Attn)"
    r"|氏名|名前|お名前|担当者?|ローマ字|英字氏名|英語表記|差出人|宛先)(?:\([^()\n]{1,10}\))? ?[:=|] ?"
    rf"(?P<x>(?:{_WORD}|{_INITIAL}),?(?: (?:{_INITIAL} )?{_WORD}){{1,2}})"
)
_SPOKEN = re.compile(
    "(?:[Mm]y name is|[Tt]his is|I'm|I am|(?:is|was) named|(?:is|am) called|[Dd]ear|(?:^|\n)(?:Hi|Hello),?"
    "|[Ss]incerely,|[Rr]egards,|[Tt]hanks,|[Bb]est,|[Cc]heers,|[Ss]poke (?:with|to)|[Mm]et with) ?\n?"
    rf"(?P<x>{_WORD}(?: (?:{_INITIAL} )?{_WORD}){{0,2}})(?![A-Za-z])"
)
_ROWS = {  # Hepburn and Kunrei; the vowels of each row in order
    "": "アイウエオ", "k": "カキクケコ", "s": "サシスセソ", "t": "タチツテト", "n": "ナニヌネノ", "h": "ハヒフヘホ",
    "m": "マミムメモ", "r": "ラリルレロ", "g": "ガギグゲゴ", "z": "ザジズゼゾ", "d": "ダヂヅデド", "b": "バビブベボ",
    "p": "パピプペポ",
}  # fmt: skip
_GLIDES = {
    "k": "キ", "s": "シ", "t": "チ", "n": "ニ", "h": "ヒ", "m": "ミ", "r": "リ", "g": "ギ", "b": "ビ", "p": "ピ",
    "z": "ジ",
}  # fmt: skip
_SINGLE = {
    "shi": "シ",
    "chi": "チ",
    "tsu": "ツ",
    "fu": "フ",
    "ji": "ジ",
    "ya": "ヤ",
    "yu": "ユ",
    "yo": "ヨ",
    "wa": "ワ",
    "n": "ン",
    "m": "ン",
}


def _syllables() -> dict[str, str]:
    """Katakana for each syllable in romaji."""
    kana = {row + vowel: sign for row, signs in _ROWS.items() for vowel, sign in zip("aiueo", signs, strict=True)}
    glides = {f"{row}y": sign for row, sign in _GLIDES.items()} | {"sh": "シ", "ch": "チ", "j": "ジ"}
    kana |= {
        row + vowel: sign + small for row, sign in glides.items() for vowel, small in zip("auo", "ャュョ", strict=True)
    }
    return kana | _SINGLE


_KANA = _syllables()
_SYLLABLE = re.compile("|".join(sorted(_KANA, key=len, reverse=True)))


class Spotted(NamedTuple):
    """A name in Latin letters: code points of the text, and how sure it is."""

    start: int
    end: int
    score: float


class LatinNames:
    """Finds names in Latin letters."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon = lexicon
        self._given = words.lists["given"]
        self._forms = words.lists["forms"]
        self._public = words.lists["public"]

    def find(self, value: str) -> list[Spotted]:
        """Names in order, apart from each other."""
        if not _CAPITAL.search(value):
            return []
        found: list[Spotted] = []
        for pattern, sure in ((_TITLED, 0.93), (_LABELLED, 0.92), (_SPOKEN, 0.85)):
            found += self._matched(pattern, sure, value)
        found += self._pairs(value)
        kept: list[Spotted] = []
        for one in sorted(found, key=lambda spot: (spot.start, spot.start - spot.end, -spot.score)):
            if kept and one.start < kept[-1].end:
                continue
            kept.append(one)
        return kept

    def _matched(self, pattern: re.Pattern[str], sure: float, value: str) -> Iterator[Spotted]:
        for match in pattern.finditer(value):
            group = match.lastgroup or "x"
            words = re.findall(r"[A-Za-zà-öø-ÿ']+", match[group])
            if any(word.lower() in self._forms for word in words) or self._known(words):
                continue
            alone = len(words) == 1 and pattern is _SPOKEN and words[0] not in self._given and not self._kinds(words[0])
            if not alone:
                yield Spotted(match.start(group), match.end(group), sure)

    def _pairs(self, value: str) -> Iterator[Spotted]:
        for match in _PAIR.finditer(value):
            words = match[0].split(" ")
            full = [word for word in words if len(word) > 2 or word.islower()]
            if len(full) < 2 or any(word.lower() in self._forms for word in words) or self._known(words):
                continue
            sure = self._sure(full)
            if sure:
                yield Spotted(match.start(), match.end(), sure)

    def _sure(self, words: list[str]) -> float:
        """How sure two or more capitalised words are a name."""
        if words[0].capitalize() in self._given and len(words) <= 3:
            return 0.88
        if len(words) != 2:
            return 0.0
        first, second = self._kinds(words[0]), self._kinds(words[1])
        if (GIVEN in first and SURNAME in second) or (SURNAME in first and GIVEN in second):
            return 0.88
        if all(any(_readings(word.lower())) for word in words) and {GIVEN, SURNAME} & {*first, *second}:
            return 0.6
        return 0.5 if words[1].capitalize() in self._given and words[0].isupper() else 0.0

    def _known(self, words: list[str]) -> bool:
        """Whether it is a person of history or of a story, in either order."""
        two = [word.capitalize() for word in words if not word.endswith(".")][:2]
        return len(two) == 2 and ("_".join(two) in self._public or "_".join(reversed(two)) in self._public)

    def _kinds(self, word: str) -> str:
        """What a word in romaji can be in Japanese; empty for one that is no romaji."""
        plain = word.lower()
        return "".join(
            self._lexicon.kinds(kana) for reading in _readings(plain) for kana in (reading, _hiragana(reading))
        )


def _readings(word: str) -> Iterator[str]:
    """Katakana for a word in romaji, with o and u also read long (Sato, Yuki); nothing for other words."""
    spellings = {word}
    for short in re.finditer("o(?!u|o|h)|u(?!u)", word):
        spellings.add(word[: short.end()] + "u" + word[short.end() :])
    if "ny" in word:
        spellings.add(word.replace("ny", "n'y"))
    if "oh" in word:
        spellings |= {word.replace("oh", "ou"), word.replace("oh", "oo")}
    for spelling in spellings:
        kana = _kana(spelling)
        if kana:
            yield kana


def _hiragana(word: str) -> str:
    return "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign for sign in word)


def _kana(word: str) -> str:
    """Katakana for a word in romaji (Hepburn or Kunrei); empty when it is none."""
    out: list[str] = []
    at = 0
    while at < len(word):
        if (word[at] in "kstpgdbz" and word[at] == word[at + 1 : at + 2]) or word.startswith("tch", at):
            out.append("ッ")
            at += 1
        elif word[at] == "'":
            at += 1
        else:
            match = _SYLLABLE.match(word, at)
            if match is None or (match[0] == "m" and word[at + 1 : at + 2] not in ("b", "p", "m")):
                return ""
            out.append(_KANA[match[0]])
            at = match.end()
    return "".join(out)
