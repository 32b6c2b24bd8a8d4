"""Writes the words that name persons: src/sekisho/guards/names_words.txt.gz.

    python training/names_words.py

Surnames, given names and foreign names are those of SudachiDict's small edition; to go through it takes most of a
second, which nobody should wait for at each start. Rare surnames are those of its core edition that the small one does
not know at all, so that no ordinary word is among them. How common a surname is, how names are read, and further given
names that the small edition has no word for come from japanese-personal-name-dataset.
"""

import csv
import gzip
import re
import sys
from collections.abc import Iterator
from importlib.resources import files

from sudachipy import Dictionary

from sekisho.guards.names_lexicon import ENUMERATED, RARE, WRITTEN, enumerated, modern

FREQUENT, USUAL = 100_000, 20_000  # people of a surname
READ = 8_000  # people of a surname that is looked for in hiragana too
WRITINGS = 2  # of a reading, at least, so that it is no slip
LONGEST = 5
NUMERAL = re.compile("[〇一二三四五六七八九]+")
GIVEN = re.compile("[一-龥々]{2,3}")
SHOPS = ("屋", "亭", "堂", "庵")  # with which a name is rather a shop's


def common() -> dict[str, frozenset[str]]:
    """Surnames by how common they are (each in one set), and names in hiragana."""
    bearers = {row[0]: int(row[1]) for row in _rows("last_name_org")}
    writings: dict[str, int] = {}
    for sex in ("man", "woman"):
        for kind in ("opti", "org"):
            for row in _rows(f"first_name_{sex}_{kind}"):
                writings[row[0]] = max(writings.get(row[0], 0), len(row) - 2)
    given = {word for word, count in writings.items() if count >= WRITINGS and 2 <= len(word) <= LONGEST}
    readings = {row[2] for row in _rows("last_name_org") if int(row[1]) >= READ and 3 <= len(row[2]) <= LONGEST}
    return {
        "kana": frozenset(given | readings),
        "frequent": frozenset(word for word, count in bearers.items() if count >= FREQUENT),
        "usual": frozenset(word for word, count in bearers.items() if USUAL <= count < FREQUENT),
        "seen": frozenset(word for word, count in bearers.items() if count < USUAL),
    }


def rare(core: frozenset[str], small: Dictionary) -> frozenset[str]:
    """Surnames of two to four characters that the small edition has no word for."""
    names = {modern(word) for word in core if len(word) > 1 and not word.endswith(SHOPS)}
    return frozenset(word for word in names if not small.lookup(word) and not NUMERAL.fullmatch(word))


def written(small: Dictionary) -> frozenset[str]:
    """Given names of two or three kanji that the small edition has no word for."""
    rows = (row for sex in ("man", "woman") for row in _rows(f"first_name_{sex}_opti"))
    names = {modern(word) for row in rows for word in row[2:]}
    return frozenset(word for word in names if GIVEN.fullmatch(word) and not small.lookup(word))


def _rows(name: str) -> Iterator[list[str]]:
    file = files("japanese_personal_name_dataset") / "dataset" / f"{name}.csv"
    yield from csv.reader(file.read_text("utf-8").splitlines())


def main() -> int:
    """Writes the file; the same dictionary and the same lists give the same bytes."""
    small = Dictionary(dict="small")
    found = {**enumerated(small), **common()}
    found[RARE] = rare(enumerated(Dictionary(dict="core"))["surnames"], small)
    found[WRITTEN] = written(small)
    found["surnames"] |= found["frequent"] | found["usual"]
    text = "".join(f"{name}\t{' '.join(sorted(words))}\n" for name, words in found.items())
    with ENUMERATED.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        file.write(text.encode())
    print({name: len(words) for name, words in found.items()}, ENUMERATED.stat().st_size, "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
