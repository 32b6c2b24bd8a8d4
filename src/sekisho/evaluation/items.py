"""The benchmark's items: texts with labels, or with marked spans."""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.language import Bilingual, Language
from sekisho.policy.taxonomy import taxonomy

BUILT_IN = Path(__file__).parent / "data" / "guards"
JAPANESE = re.compile("[ぁ-んァ-ヶ一-鿿]")
SEED = 20261130
MARK = re.compile(r"⟦([a-z_.]+)\|([^⟦⟧]*)⟧")


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    id: str = ""
    labels: list[str] | None = None
    stage: Stage | None = None
    hard: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands that a guard should find. Code points."""

    start: int
    end: int
    category: str


@dataclass(frozen=True, slots=True)
class Item:
    """One text and what a competent reader sees in it.

    Attributes:
        id: the number of its line where it has no name.
        labels: categories of the whole text; none: harmless.
        spans: the same with their places, where a set is about places.
        hard: harmless, but with the words or the frame of something that is not.
        source: what it was taken from; items of one source resemble each other. Empty: it stands alone.
    """

    id: str
    text: str
    labels: frozenset[str]
    spans: tuple[Span, ...]
    stage: Stage
    hard: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class ItemSet:
    """The items of one file.

    Attributes:
        by_place: whether findings are compared by their places and not by text.
    """

    name: str
    items: tuple[Item, ...]
    by_place: bool

    @property
    def areas(self) -> tuple[str, ...]:
        """The first words of all categories that occur, e.g. `harm`; where all items are harmless, of all there are."""
        labels = {label for item in self.items for label in item.labels} or taxonomy()
        return tuple(sorted({label.split(".")[0] for label in labels}))


def language_of(text: str) -> Language:
    """Japanese where there is a Japanese character, else English."""
    return "ja" if JAPANESE.search(text) else "en"


def sets(directory: Path = BUILT_IN, names: Sequence[str] = ()) -> list[ItemSet]:
    """All sets of a directory, or those named. Raises `ConfigurationError` for a line or a name that does not fit."""
    files = {path.stem: path for path in sorted(directory.glob("*.jsonl"))}
    for name in names:
        if name not in files:
            raise ConfigurationError(where=f"set {name}", what=_absent(files))
    if not files:
        raise ConfigurationError(
            where=str(directory),
            what={
                "ja": ".jsonl で終わるデータのファイルがありません",
                "en": "holds no set: a file that ends in .jsonl",
            },
        )
    return [read(files[name]) for name in (names or files)]


def drawn(given: ItemSet, limit: int | None) -> ItemSet:
    """The set with about `limit` of its items, in their order, of which as many are harmless as before (None: all).

    Which they are, a fixed seed decides.
    """
    if limit is None or len(given.items) <= limit:
        return given
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    chosen: set[int] = set()
    for labelled in (True, False):
        kind = [number for number, item in enumerate(given.items) if bool(item.labels) is labelled]
        wanted = max(1, round(limit * len(kind) / len(given.items)))
        chosen.update(chance.sample(kind, min(len(kind), wanted)))
    return replace(given, items=tuple(given.items[number] for number in sorted(chosen)))


def _absent(known: Iterable[str]) -> Bilingual:
    listed = ", ".join(known) or "-"
    return {"ja": f"ありません。あるのは: {listed}", "en": f"is not there; known: {listed}"}


def read(path: Path, stage: Stage = Stage.ENTRY) -> ItemSet:
    """One file; `stage` is that of lines that name none. Raises `ConfigurationError` with the line at fault.

    It is about whole texts where any line has `labels`, else about places.
    """
    items: list[Item] = []
    labelled = placed = False
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            read_line = msgspec.json.decode(line, type=_Line)
            item = _item(read_line, number, stage)
        except (msgspec.DecodeError, ValueError) as fault:
            raise ConfigurationError(where=f"{path.name}, line {number}", what=str(fault)) from fault
        labelled, placed = labelled or read_line.labels is not None, placed or bool(item.spans)
        if labelled and placed:
            what = {
                "ja": "labels のある行と、場所に印のある行が混ざっています。どちらか一方にしてください",
                "en": "labels and marked places in one set; a set has either",
            }
            raise ConfigurationError(where=f"{path.name}, line {number}", what=what)
        items.append(item)
    return ItemSet(path.stem, tuple(items), not labelled)


def known(labels: Iterable[str]) -> frozenset[str]:
    """The labels as they are. Raises `ValueError` for one that the taxonomy does not have."""
    asked = frozenset(labels)
    unknown = sorted(label for label in asked if label not in taxonomy())
    if unknown:
        raise ValueError(f"no category {unknown[0]}")
    return asked


def _item(line: _Line, number: int, stage: Stage) -> Item:
    text, spans = unmarked(line.text)
    labels = known(line.labels if line.labels is not None else (span.category for span in spans))
    return Item(line.id or str(number), text, labels, spans, line.stage or stage, line.hard, line.source)


def unmarked(text: str) -> tuple[str, tuple[Span, ...]]:
    """The text without marks, and the places they held. Raises `ValueError` for a mark that is not whole."""
    parts: list[str] = []
    spans: list[Span] = []
    length = end = 0
    for mark in MARK.finditer(text):
        before = text[end : mark.start()]
        start = length + len(before)
        parts += (before, mark[2])
        length = start + len(mark[2])
        spans.append(Span(start, length, mark[1]))
        end = mark.end()
    plain = "".join((*parts, text[end:]))
    if "⟦" in plain or "⟧" in plain:
        raise ValueError("a mark is not of the form ⟦category|text⟧")
    return plain, tuple(spans)
