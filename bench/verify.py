"""Finds delivered answers again: recall after cutting and editing, false matches on other people's prose, cost.

    python bench/verify.py DIRECTORY… [--answers 100000] [--set report|tune] [--only cost|quality] [--seed 1]
    python bench/verify.py --prose DIRECTORY [--prose DIRECTORY…] [--apart]

The directories hold prose: text, Markdown, reStructuredText, HTML, JSON, manual pages, also compressed; nothing of it
is kept. What looks like prose is cut into answers of about 1,000 characters. Works (books, packages, manual pages) are
dealt to the sets `tune` and `report` by a hash of their name, and each set half to what is indexed and half to what is
not, so that nothing is reported on what the rules were chosen by. A text counts as unrelated when it shares no 40
letters in a row with any indexed one, found by another way than the index's own. Costs are CPU time on an index that
is filled up with generated text. Exit code 1: a stated target is missed.

`--prose` asks only for false matches, on prose that nothing was chosen by: all of it (`fresh.py`), one half stored
and each text of the other asked about, then the other way round. Whatever is found is looked at by a second way, the
longest common substring with the answer it was matched with. With `--apart` the halves are different books.
"""

import argparse
import os
import platform
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from math import sqrt
from pathlib import Path
from statistics import median
from typing import BinaryIO
from unicodedata import normalize

import numpy as np

from fresh import halves
from prose import LENGTH, MOST, SENTENCE, UNRELATED, Prose, read, runs_of
from sekisho.ledger.vault import Vault
from sekisho.provenance.passages.index import Passages
from sekisho.provenance.passages.store import FILE

TRIALS = 600  # of one case
Edit = Callable[[str, random.Random, Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Case:
    """A way in which an answer comes back, and how often it must be found (None: no target)."""

    name: str
    edit: Edit
    target: float | None = None


def main() -> int:
    """Measures, prints, and says whether all targets are met."""
    asked = _arguments()
    if not asked.prose and not asked.directories:
        sys.exit("name directories, or --prose")
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, NumPy {np.__version__},"
        f" {platform.machine()}"
    )
    if asked.prose:
        told = [strangers(one) for one in halves(asked.prose, asked.seed, apart=asked.apart)]
        return 0 if all(told) else 1
    prose = list(read(asked.directories, asked.set, asked.seed))
    met = True
    for one in prose:
        print(
            f"\n{one.language}: {len(one.stored)} answers indexed, {len(one.others)} texts from other files,"
            f" set {asked.set}"
        )
        if asked.only != "cost":
            met &= quality(one, asked.seed)
    if asked.only != "quality":
        met &= cost(prose, asked.answers, asked.seed)
    return 0 if met else 1


# Quality


def piece(length: int) -> Edit:
    """A verbatim piece of so many characters."""

    def edit(text: str, chance: random.Random, _others: Sequence[str]) -> str:
        start = chance.randrange(len(text) - length)
        return text[start : start + length]

    return edit


def within(length: int) -> Edit:
    """A verbatim piece in the middle of another text."""

    def edit(text: str, chance: random.Random, others: Sequence[str]) -> str:
        other = chance.choice(others)
        return other[:450] + piece(length)(text, chance, others) + other[450:900]

    return edit


def noise(share: float) -> Edit:
    """So many of the characters changed, removed or followed by another, by chance and evenly."""

    def edit(text: str, chance: random.Random, others: Sequence[str]) -> str:
        letters = chance.choice(others)
        made: list[str] = []
        for character in text:
            match chance.randrange(3) if chance.random() < share else None:
                case None:
                    made.append(character)
                case 0:
                    made.append(chance.choice(letters))
                case 1:
                    made += [character, chance.choice(letters)]
                case _:
                    pass
        return "".join(made)

    return edit


def sentences(keep: Callable[[list[str], random.Random], list[str]]) -> Edit:
    """Sentences cut out or moved."""
    return lambda text, chance, _: "".join(keep(SENTENCE.findall(text), chance))


def _shuffled(parts: list[str], chance: random.Random) -> list[str]:
    return chance.sample(parts, len(parts))


def _disguised(text: str, _chance: random.Random, _others: Sequence[str]) -> str:
    """Quoted, broken into lines anew, in full width and upper case, with other punctuation."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text.upper())
    wide = wide.replace("、", ", ").replace("。", ".\n").replace("\n", "\n> ")
    return "> " + "\n> ".join(wide[at : at + 37] for at in range(0, len(wide), 37))


CASES = (
    Case("whole, quoted, width, case, punctuation", _disguised, 0.99),
    Case("verbatim, 80 characters", piece(80), 0.99),
    Case("verbatim, 40 characters", piece(40), 0.95),
    Case(
        "verbatim, 40 to 79 characters",
        lambda text, chance, others: piece(chance.randint(40, 79))(text, chance, others),
        0.95,
    ),
    Case("10 % of the characters edited", noise(0.1), 0.98),
    Case("20 % of the characters edited", noise(0.2), 0.85),
    Case("80 characters within 900 others", within(80)),
    Case("160 characters within 900 others", within(160)),
    Case("300 characters, 10 % edited", lambda text, chance, others: noise(0.1)(text[350:650], chance, others)),
    Case("300 characters, 20 % edited", lambda text, chance, others: noise(0.2)(text[350:650], chance, others)),
    Case("every third sentence cut", sentences(lambda parts, _: [one for at, one in enumerate(parts) if at % 3])),
    Case("sentences shuffled", sentences(_shuffled)),
    Case("first quarter", lambda text, _chance, _others: text[: len(text) // 4]),
)


def quality(prose: Prose, seed: int) -> bool:
    """Recall of every case and false matches by length, each with its 95 % interval (Wilson)."""
    met = True
    with tempfile.TemporaryDirectory() as directory:
        index = Passages.open(Path(directory))
        index.change(1, add=enumerate(prose.stored))
        index.settle(1)
        chance = random.Random(seed)
        stored = lambda number: (prose.stored[number],)  # noqa: E731
        asked = (list(enumerate(prose.stored)) * TRIALS)[:TRIALS]
        for case in CASES:
            found = [
                number in {one.text for one in index.find(case.edit(text, chance, prose.others), stored)}
                for number, text in asked
            ]
            met &= told(case.name, sum(found), len(found), case.target)
        runs = Runs(prose.stored)
        for length in (1000, 300, 80, 40):
            texts = [
                text[at : at + length]
                for text in prose.others
                for at in range(0, LENGTH - length + 1, max(length, 100))
            ]
            texts = chance.sample(texts, min(len(texts), 2 * MOST))
            unrelated = [text for text in texts if not runs.share(text)]
            wrong = [text for text in unrelated if index.find(text, stored)]
            limit = 0.001 if length == 1000 else None
            met &= told(
                f"false match, {length} characters ({len(texts) - len(unrelated)} are related)",
                len(wrong),
                len(unrelated),
                limit,
                most=True,
            )
            for text in wrong[:2]:
                print(
                    "      e.g. shares:", [text[one.start : one.end] for one in index.find(text, stored)[0].spans][:3]
                )
        index.close()
    return met


def strangers(prose: Prose) -> bool:
    """False matches between the halves of prose, each way; whatever was found, with what it really shares."""
    asked, related, matches = 0, 0, list[tuple[bool, int, str]]()
    for stored, others in ((prose.stored, prose.others), (prose.others, prose.stored)):
        with tempfile.TemporaryDirectory() as directory:
            index, runs = Passages.open(Path(directory)), Runs(stored)
            index.change(1, add=enumerate(stored))
            index.settle(1)
            for text in others:
                known = runs.share(text)
                asked, related = asked + 1, related + known
                for one in index.find(text, lambda number, stored=stored: (stored[number],))[:1]:
                    spans = " … ".join(text[span.start : span.end] for span in one.spans)
                    matches.append((known, common(text, stored[one.text]), spans))
            index.close()
    wrong = [one for one in matches if not one[0]]
    print(
        f"\n{prose.language}: {len(prose.stored)} + {len(prose.others)} texts of {LENGTH} characters,"
        " each half stored once"
    )
    print(
        f"  {related} of {asked} share 40 letters in a row with a stored one;"
        f" of these {len(matches) - len(wrong)} matched"
    )
    met = told("false match, unrelated texts", len(wrong), asked - related, 0.001, most=True)
    short = [one for one in matches if one[1] < UNRELATED]
    print(f"  {len(matches)} matches in all; longest common substring of fewer than {UNRELATED} letters: {len(short)}")
    for known, longest, spans in sorted({*wrong, *short}, key=lambda one: one[1])[:40]:
        print(f"    {'related' if known else 'UNRELATED'}, {longest} letters in common; marked: {spans[:300]}")
    return met


def common(one: str, other: str) -> int:
    """Letters of the longest common substring, folded and compared by other means than the index's."""
    first, second = ("".join(filter(str.isalnum, normalize("NFKC", text).casefold())) for text in (one, other))
    return SequenceMatcher(None, first, second, autojunk=False).find_longest_match().size


class Runs:
    """Every run of 40 letters of some texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._known = np.unique(np.concatenate([runs_of(text) for text in texts]))

    def share(self, text: str) -> bool:
        """Whether the text has one of them."""
        runs = runs_of(text)
        at = np.searchsorted(self._known, runs).clip(max=len(self._known) - 1)
        return bool((self._known[at] == runs).any())


def told(name: str, hits: int, of: int, target: float | None, *, most: bool = False) -> bool:
    """Prints a share with its interval; says whether it keeps to its target."""
    share, (low, high) = hits / of, wilson(hits, of)
    kept = target is None or (share <= target if most else share >= target)
    bound = "" if target is None else f"  {'≤' if most else '≥'} {target:.1%}: {'met' if kept else 'MISSED'}"
    print(f"  {name:<52} {hits:>6} of {of:<6} {share:8.2%}  [{low:.2%}, {high:.2%}]{bound}")
    return kept


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, hits / of
    middle, wide = share + z * z / (2 * of), z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - wide) / (1 + z * z / of)), min(1.0, (middle + wide) / (1 + z * z / of))


# Cost


def cost(prose: Sequence[Prose], most: int, seed: int) -> bool:
    """CPU time of a query, and the size of the index, as it grows to `most` answers."""
    chance = random.Random(seed)
    real = [text for one in prose for text in one.stored]
    others = [text for one in prose for text in one.others]
    stream = "".join(real)
    print(f"\ncost, {len(real)} real answers and generated ones of {LENGTH} characters")
    met, number = True, 0
    with tempfile.TemporaryDirectory() as directory, (Path(directory) / "kept").open("w+b") as file:
        kept = Kept(file)
        index = Passages.open(Path(directory))
        sizes = [size for size in (1_000, 10_000, 100_000, 1_000_000) if size < most] + [most]
        for size in sizes:
            start = time.process_time()
            first = number
            while number < size:
                until = min(number + 500, size)
                texts = [real[at] if at < len(real) else generated(stream, chance) for at in range(number, until)]
                index.change(until, add=enumerate(texts, number))
                index.settle()
                kept.add(texts)
                number = until
            spent = (time.process_time() - start) / (number - first)
            bytes_each = (Path(directory) / FILE.name).stat().st_size / size
            edited = [noise(0.2)(text, chance, others) for text in chance.choices(real, k=300)]
            cases = {
                "the same": timed(index, kept, chance.choices(real, k=300)),
                "20 % edited": timed(index, kept, edited),
                "unrelated": timed(index, kept, chance.choices(others, k=300)),
            }
            shown = [
                f"{name} {median(times):.2f} (p99 {sorted(times)[int(len(times) * 0.99)]:.2f})"
                for name, times in cases.items()
            ]
            met &= max(map(median, cases.values())) <= 5 and bytes_each <= 3000
            print(
                f"  {size:>9,} answers: query ms {', '.join(shown)}; {bytes_each:,.0f} bytes and"
                f" {1000 * spent:.2f} ms an answer",
                flush=True,
            )
        index.close()
    print("  targets: query ≤ 5 ms median, index ≤ 3,000 bytes an answer:", "met" if met else "MISSED")
    return met


class Kept:
    """The answers in a file, sealed as the ledger seals contents, so that opening one costs what it costs there."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: list[tuple[int, int]] = []
        self._vault = Vault(bytes(32))

    def add(self, texts: Sequence[str]) -> None:
        """Appends answers."""
        for text in texts:
            secret, sealed = self._vault.seal("bench", text.encode())
            self._places.append((self._file.tell(), len(sealed)))
            self._file.write(secret + sealed)
        self._file.flush()

    def __call__(self, number: int) -> tuple[str]:
        place, length = self._places[number]
        raw = os.pread(self._file.fileno(), length + 32, place)
        return (self._vault.unseal("bench", raw[:32], raw[32:]).decode(),)


def generated(stream: str, chance: random.Random) -> str:
    """Text of snippets of real prose, too short to share a piece."""
    places = (chance.randrange(len(stream) - 8) for _ in range(LENGTH // 8))
    return "".join(stream[at : at + 8] for at in places)


def timed(index: Passages, kept: Kept, texts: Sequence[str]) -> list[float]:
    """Milliseconds of CPU time of each query."""
    times: list[float] = []
    for text in texts:
        start = time.process_time()
        index.find(text, kept)
        times.append(1000 * (time.process_time() - start))
    return times


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="*", type=Path, metavar="DIRECTORY")
    parser.add_argument("--prose", action="append", type=Path, metavar="DIRECTORY")
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--set", choices=("report", "tune"), default="report")
    parser.add_argument("--only", choices=("cost", "quality"))
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
