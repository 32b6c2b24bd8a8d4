"""Names for sentences: what is put into the slots of frames, and in the place of names that stand marked in a text.

Surnames and given names are those of japanese-personal-name-dataset.
"""

import csv
import gzip
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from sekisho.guards.names_lexicon import ENUMERATED, Words

NEW = 0.08  # of the surnames: one that no dictionary holds
RARE = 0.12  # of the surnames: one of the larger dictionary
LISTED = 0.25  # of the surnames: any of the dictionary
KANJI, HIRAGANA, KATAKANA = 0.80, 0.92, 0.97  # of the given names, up to: the rest are of both (とし子)
WESTERN = 0.7  # of the foreign names
SLOT = re.compile(r"\{([A-Za-z]+1?)\}")

ENDS = {"子": "こ", "江": "え", "枝": "え", "代": "よ", "美": "み", "男": "お", "夫": "お", "雄": "お"}
_KANJI, _HIRAGANA, _KATAKANA = (re.compile(signs) for signs in ("[一-龥々ヶ]+", "[ぁ-んー]+", "[ァ-ヴー]+"))
_SPACED = {"K": _KATAKANA, "Y": _HIRAGANA}

Places = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Marked:
    """A text, where names stand in it, and how much it counts.

    Attributes:
        whole: whether all names in it are marked.
        read: whether somebody has seen that it names nobody private, where no names are marked.
    """

    text: str
    names: Places
    weight: float = 1.0
    whole: bool = True
    fold: int = 0
    read: bool = True


class Fills:
    """What is put into the slots of frames."""

    def __init__(self, told: dict[str, Any], words: Words) -> None:
        self._fills: dict[str, list[str]] = told["fills"] | {"public": sorted(_public(words))}
        self._foreign: dict[str, list[str]] = told["names"]
        rows = list(_rows("last_name_org"))
        self._surnames = [row[0] for row in rows]
        self._readings = {row[0]: row[2] for row in rows}
        self._chances = [int(row[1]) ** 0.5 for row in rows]
        pairs = [row[0] for row in rows if len(row[0]) == 2]
        self._heads, self._tails = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        self._listed, self._rare = _listed("surnames"), _listed("rare")
        self._single_surnames = [row[0] for row in rows if len(row[0]) == 1]
        given = [row for sex in ("man", "woman") for row in _rows(f"first_name_{sex}_opti")]
        self._kinds = _Kinds(
            frozenset(self._surnames) | frozenset(self._listed),
            frozenset(self._readings.values()),
            frozenset(row[0] for row in given),
        )
        self._given = [(writing, row[0]) for row in given for writing in row[2:12]]
        self._single_given = sorted({writing for writing, _ in self._given if len(writing) == 1})

    def fill(self, frame: str, chance: random.Random, *, named: bool) -> Marked:
        """A frame with its slots filled; where `named`, the names are marked."""
        parts: list[str] = []
        places: list[tuple[int, int]] = []
        length = at = 0
        surname = ""
        for slot in SLOT.finditer(frame):
            before = frame[at : slot.start()]
            word, name = self._word(slot[1], chance) if slot[1] != "R" else (surname, False)
            surname = word if slot[1] == "S" else surname
            parts += (before, word)
            length += len(before)
            if name and named:
                places.append((length, length + len(word)))
            length += len(word)
            at = slot.end()
        return Marked("".join(parts) + frame[at:], frozenset(places))

    def _word(self, slot: str, chance: random.Random) -> tuple[str, bool]:
        if slot in self._fills:
            return chance.choice(self._fills[slot]), False
        surname = self._surname(chance)
        given, reading = chance.choice(self._given)
        foreign = {kind: chance.choice(self._foreign[kind]) for kind in ("M", "MS", "C", "V")}
        read = self._readings.get(surname, "おがた")
        names = {
            "S": surname,
            "G": given,
            "H": reading,
            "F": surname + _written(given, reading, chance),
            "W": f"{surname} {_written(given, reading, chance)}",
            "K": f"{_katakana(read)} {_katakana(reading)}",
            "Y": f"{read} {reading}",
            "M": foreign["M"],
            "D": f"{foreign['M']}・{foreign['MS']}" if chance.random() < WESTERN else foreign["V"],
            "C": foreign["C"],
            "O": _katakana(read),
            "I": chance.choice(self._single_surnames),
            "J": chance.choice(self._single_given),
            "U": read,
            "L": "",
            "T": _katakana(reading),
        }
        return names[slot], True

    def _surname(self, chance: random.Random) -> str:
        drawn = chance.random()
        if drawn < NEW:
            return chance.choice(self._heads) + chance.choice(self._tails)
        if drawn < NEW + RARE:
            return chance.choice(self._rare)
        if drawn < NEW + RARE + LISTED:
            return chance.choice(self._listed)
        return chance.choices(self._surnames, self._chances)[0]

    def again(self, one: Marked, chance: random.Random) -> Marked:
        """The text with other names of the same kind in the place of those that are marked."""
        parts: list[str] = []
        places: list[tuple[int, int]] = []
        drawn: dict[str, str] = {}
        length = at = 0
        for start, end in sorted(one.names):
            name = one.text[start:end]
            slot = self._kinds.slot(name)
            if name not in drawn:
                drawn[name] = self._word(slot, chance)[0] if slot else name
            for part in (one.text[at:start], drawn[name]):
                parts.append(part)
                length += len(part)
            places.append((length - len(drawn[name]), length))
            at = end
        return replace(one, text="".join(parts) + one.text[at:], names=frozenset(places))


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Tells what slot a name would fill.

    Attributes:
        surnames: in kanji.
        readings: of surnames, in hiragana.
        given: in hiragana.
    """

    surnames: frozenset[str]
    readings: frozenset[str]
    given: frozenset[str]

    def slot(self, name: str) -> str:
        """The slot; empty where none fits."""
        first, gap, second = name.partition(" ")
        if gap:
            same = next((slot for slot, signs in _SPACED.items() if signs.fullmatch(first) and signs.match(second)), "")
            return same or ("W" if _KANJI.fullmatch(first) else "")
        if "・" in name:
            return "D"
        if _KATAKANA.fullmatch(name):
            return self._kana(_hiragana(name), "O", "T", "M")
        if _HIRAGANA.fullmatch(name):
            return self._kana(name, "U", "H", "")
        return self._kanji(name) if _KANJI.match(name) else ""

    def _kana(self, plain: str, surname: str, given: str, other: str) -> str:
        return surname if plain in self.readings else given if plain in self.given else other

    def _kanji(self, name: str) -> str:
        single = len(name) == 1
        if name in self.surnames:
            return "I" if single else "S"
        full = any(name[:size] in self.surnames for size in (2, 3, 1) if size < len(name) - 1)
        return "J" if single else "F" if full else "G"


def _written(given: str, reading: str, chance: random.Random) -> str:
    """A given name in kanji, in kana or in both."""
    drawn = chance.random()
    if drawn < KANJI:
        return given
    if drawn < HIRAGANA:
        return reading
    if drawn < KATAKANA:
        return _katakana(reading)
    end = ENDS.get(given[-1], "")
    return reading[: -len(end)] + given[-1] if end and reading.endswith(end) and len(given) > 1 else reading


def _listed(kind: str) -> list[str]:
    """Words of a kind as training/names_words.py wrote them, two kanji or three."""
    lines = gzip.decompress(ENUMERATED.read_bytes()).decode().splitlines()
    words = next(line.partition("\t")[2] for line in lines if line.startswith(f"{kind}\t"))
    return [word for word in words.split(" ") if 2 <= len(word) <= 3 and _KANJI.fullmatch(word)]


def _public(words: Words) -> Iterator[str]:
    yield from (word for word in words.lists["public"] if not word.isascii())


def _rows(name: str) -> Iterator[list[str]]:
    file = files("japanese_personal_name_dataset") / "dataset" / f"{name}.csv"
    yield from csv.reader(file.read_text("utf-8").splitlines())


def _katakana(word: str) -> str:
    return "".join(chr(ord(sign) + 0x60) if "ぁ" <= sign <= "ん" else sign for sign in word)


def _hiragana(word: str) -> str:
    return "".join(chr(ord(sign) - 0x60) if "ァ" <= sign <= "ン" else sign for sign in word)
