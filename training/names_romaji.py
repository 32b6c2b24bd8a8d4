"""Writes Japanese surnames and given names in Latin letters: src/sekisho/guards/names_romaji.txt.gz.

    python training/names_romaji.py

They are the readings of all surnames and given names in SudachiPy's small dictionary (Apache-2.0), in Hepburn's
letters, with long vowels left out, written out, and with oh (Sato, Satou, Satoh). Given names that only one spelling in
kanji has count from three kana on.
"""

import gzip
import re
import sys
from collections import Counter
from collections.abc import Iterator

from sudachipy import Dictionary

from sekisho.guards.names_english import GIVEN, SURNAME
from sekisho.guards.names_lexicon import GIVEN as JAPANESE_GIVEN
from sekisho.guards.names_lexicon import SURNAME as JAPANESE_SURNAME
from sekisho.guards.names_lexicon import positions
from sekisho.guards.names_romaji import ROMAJI, SYLLABLES

_LETTERS = {kana: letters for letters, kana in SYLLABLES.items() if letters not in ("m", "ti", "tu", "si", "hu", "zi")}
_KANA = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))
_SHORTEST = 3  # letters
_KANA_ALONE = 2  # kana of a given name that needs more than one spelling in kanji


def spellings(reading: str) -> Iterator[str]:
    """What a reading in katakana is in Latin letters; nothing where a sign is unknown."""
    out = ""
    at = 0
    doubled = False
    while at < len(reading):
        if reading[at] == "ッ":
            doubled, at = True, at + 1
            continue
        found = _KANA.match(reading, at)
        if found is None:
            return
        letters = _LETTERS[found[0]]
        out += (("t" if letters.startswith("ch") else letters[0]) if doubled else "") + letters
        doubled, at = False, found.end()
    yield re.sub("ou|oo", "o", out.replace("uu", "u"))
    yield out
    yield re.sub("ou|oo", "oh", out)


def counted() -> dict[str, Counter[str]]:
    """For surnames and given names, how many words of the dictionary each reading has."""
    dictionary = Dictionary(dict="small")
    kind_of = positions(dictionary)
    found = {JAPANESE_SURNAME: Counter[str](), JAPANESE_GIVEN: Counter[str]()}
    for entry in dictionary.entries():
        kind = kind_of[entry.part_of_speech_id()]
        if kind in found:
            found[kind][entry.reading_form()] += 1
    return found


def main() -> int:
    """Writes the file; the same dictionary gives the same bytes."""
    told = counted()
    given = [reading for reading, times in told[JAPANESE_GIVEN].items() if times > 1 or len(reading) > _KANA_ALONE]
    kinds: Counter[str] = Counter()
    for kind, readings in ((SURNAME, told[JAPANESE_SURNAME]), (GIVEN, given)):
        for word in {word for reading in readings for word in spellings(reading) if len(word) >= _SHORTEST}:
            kinds[word] |= kind
    groups: dict[int, list[str]] = {}
    for word, kind in kinds.items():
        groups.setdefault(kind, []).append(word)
    text = "".join(f"{kind}\t{' '.join(sorted(words))}\n" for kind, words in sorted(groups.items()))
    ROMAJI.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print({kind: len(words) for kind, words in groups.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
