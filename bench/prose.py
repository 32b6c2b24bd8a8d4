"""Prose of directories, cut into answers and dealt to sets: what verify.py measures with."""

import gzip
import html
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from sekisho.provenance.passages.letters import Letters

LENGTH = 1000  # characters of an answer
LARGEST = 20_000_000  # bytes of a file that is read
PER_FILE = 40  # answers of one file, so that no source outweighs all others
UNRELATED = 40  # letters in a row that two unrelated texts do not share
KINDS = {".txt", ".md", ".rst", ".html", ".json", ".jsonl", ".csv", ".yaml", ".mo", ".1", ".5", ".7", ".8", ".pod", ""}
LEGAL = re.compile("copyright|copying|licen[sc]e|changelog|changes|news|notice", re.IGNORECASE)  # the same everywhere
MOST = 4000  # answers of a language to index, and others to ask about
MARKUP = re.compile(r"<(script|style|pre)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
MACRO = re.compile(r"^\.\S*\s?|\\f.|\\-|\\&", re.MULTILINE)
SENTENCE = re.compile(r"[^。.!?!?]*[。.!?!?]+\s*|[^。.!?!?]+$")
KANA = re.compile("[ぁ-ん]")


@dataclass(frozen=True, slots=True)
class Prose:
    """Answers of one language: some to index, some from other files that are not."""

    language: str
    stored: list[str]
    others: list[str]


def read(directories: Sequence[Path], part: str, seed: int) -> Iterator[Prose]:
    """The prose of one set by language. Different answers only."""
    dealt: dict[str, tuple[dict[str, None], dict[str, None]]] = {"Japanese": ({}, {}), "English": ({}, {})}
    files = sorted(path for directory in directories for path in directory.rglob("*") if path.is_file())
    for path in files:
        base = path.name.removesuffix(".gz")
        if path.is_symlink() or Path(base).suffix not in KINDS or LEGAL.search(base) or path.stat().st_size > LARGEST:
            continue
        for name, text in sources(path):
            digest = sha256((work(path) or name).encode()).digest()
            if (digest[0] & 1 == 0) == (part == "tune"):
                for answer in answers(text):
                    language = "Japanese" if len(KANA.findall(answer)) > len(answer) / 6 else "English"
                    dealt[language][digest[1] & 1].setdefault(answer)
    for language, (stored, others) in dealt.items():
        if len(stored) > 1 and len(others) > 1:
            mixed = [random.Random(seed).sample(list(one), min(len(one), 2 * MOST)) for one in (stored, others)]
            yield Prose(language, *(distinct(one)[:MOST] for one in mixed))


def work(path: Path) -> str:
    """The book or package that a file belongs to, whose parts share headings and phrases; empty: it stands alone."""
    parts = [part for part in path.parts[:-1] if part != "doc"]
    below = parts[parts.index("share") + 1 :] if "share" in parts else []
    return below[0] if below and below[0] not in ("man", "locale") else ""


def distinct(texts: Sequence[str]) -> list[str]:
    """Those that share no 40 letters in a row with an earlier one."""
    seen: set[int] = set()
    kept: list[str] = []
    for text in texts:
        runs = set(runs_of(text).tolist())
        if runs.isdisjoint(seen):
            kept.append(text)
        seen |= runs
    return kept


def sources(path: Path) -> Iterator[tuple[str, str]]:
    """What a file holds: itself, or of a list of texts one source for every twenty."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if path.suffix == ".mo":
            raw = b"\n".join(raw.split(b"\0")[-(len(raw.split(b"\0")) // 2) :])  # the translations come last
        text = raw.decode()
    except (OSError, EOFError, UnicodeDecodeError):
        return  # not text
    base = path.name.removesuffix(".gz")
    if base.endswith((".json", ".jsonl")):
        text = "\n".join(strings(text, lines=base.endswith("l")))
    if base.endswith((".json", ".jsonl", ".csv", ".yaml", ".mo")):
        for start in range(0, len(text), 4 * LENGTH):
            yield f"{path}:{start}", text[start : start + 4 * LENGTH]
        return
    if base.endswith(".html"):
        text = html.unescape(MARKUP.sub(" ", text))
    if re.search(r"\.\d$", base):
        text = MACRO.sub("", text)
    yield path.name, text


def strings(text: str, *, lines: bool) -> Iterator[str]:
    """The strings of at least 30 characters in JSON."""
    try:
        held: Any = [json.loads(line) for line in text.splitlines() if line.strip()] if lines else json.loads(text)
    except ValueError:
        return
    waiting = [held]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and len(one) >= 30:
            yield one
        elif isinstance(one, dict | list):
            waiting += list(one.values() if isinstance(one, dict) else one)[::-1]


def answers(text: str) -> Iterator[str]:
    """Pieces of about 1,000 characters that read like prose: words and sentences, few symbols and digits."""
    text = re.sub(r"[ \t]+", " ", text)
    made = 0
    for start in range(0, len(text) - LENGTH + 1, LENGTH):
        piece = text[start : start + LENGTH]
        plain = sum(c.isalpha() or c in " 、。,." for c in piece) / LENGTH
        if plain > 0.9 and len(SENTENCE.findall(piece)) > 4 and made < PER_FILE:
            made += 1
            yield piece


POWERS = np.array([pow(1_000_003, at, 1 << 64) for at in range(UNRELATED)], np.uint64)


def runs_of(text: str) -> np.ndarray:
    """A number for each run of 40 letters."""
    codes = Letters.of(text).codes.astype(np.uint64)
    if len(codes) < UNRELATED:
        return np.zeros(0, np.uint64)
    return np.lib.stride_tricks.sliding_window_view(codes, UNRELATED) @ POWERS
