"""Japanese names in romaji: what a word in Latin letters can be in Japanese."""

import re
from collections.abc import Iterator
from pathlib import Path

from sekisho.guards.names_lexicon import Lexicon

ROMAJI = Path(__file__).with_name("names_romaji.txt.gz")  # written by training/names_romaji.py
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


SYLLABLES = _syllables()
LONGEST = 30  # letters
_SYLLABLE = re.compile("|".join(sorted(SYLLABLES, key=len, reverse=True)))


def kinds(lexicon: Lexicon, word: str) -> str:
    """What a word in romaji can be in Japanese; empty for one that is no romaji, or longer than any name."""
    if len(word) > LONGEST:
        return ""  # it would have as many readings as vowels, and each as long as the word
    return "".join(lexicon.kinds(kana) for reading in _readings(word.lower()) for kana in (reading, _hiragana(reading)))


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
            out.append(SYLLABLES[match[0]])
            at = match.end()
    return "".join(out)
