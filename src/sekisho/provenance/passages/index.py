"""The index of passages: texts go in by number, and out come the numbers of those that share a passage with a text."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keyfile
from sekisho.provenance.passages import store
from sekisho.provenance.passages.alignment import Run, Shared, Span, runs, united, weight
from sekisho.provenance.passages.letters import Letters
from sekisho.provenance.passages.postings import WHOLE, Postings, packed
from sekisho.provenance.passages.prints import LEAST, SECRET, Fingerprinter, Prints

KEY_FILE = "passages.key"
CANDIDATES = 6  # texts whose alignment is checked
PAUSE_S = 0.001  # between two steps of sorting in, so that who waits for the interpreter gets it


@dataclass(frozen=True, slots=True)
class Match:
    """A stored text that shares passages with the one asked about.

    Attributes:
        text: its number.
        whole: letter for letter the same from beginning to end.
        evidence: how many full, rare pieces they share.
        spans: what is the same, as offsets in the text asked about (code points), in order.
        given: share of the text asked about, in [0, 1], that lies within shared runs, with what was edited in them.
        stored: the same of the stored text.
    """

    text: int
    whole: bool
    evidence: float
    spans: tuple[Span, ...]
    given: float
    stored: float


class Passages:
    """An index in one directory, for any number of processes. Every method may wait for the disk.

    Methods raise `sqlite3.Error` when the file cannot be used. It can always be made anew from the texts.
    """

    def __init__(self, connection: sqlite3.Connection, fingerprinter: Fingerprinter) -> None:
        """Use `Passages.open`."""
        self._connection = connection
        self._fingerprinter = fingerprinter
        self._turn = threading.Lock()
        self._fresh = Postings.none()
        self._known = (-1, -1)  # changes, and the last text, of what `_fresh` holds

    @classmethod
    def open(cls, directory: Path) -> "Passages":
        """Opens `passages.sqlite` and `passages.key` in `directory`, or makes them, mode 0600.

        Raises `ConfigurationError` when they are not ours, damaged, or readable by others.
        """
        path = directory / KEY_FILE
        key = keyfile.load(path) or keyfile.create(path, os.urandom(SECRET))
        if len(key) != SECRET:
            raise ConfigurationError(where=str(path), what=f"is damaged: it must have {SECRET} bytes")
        try:
            return cls(store.connect(directory), Fingerprinter(key))
        except (OSError, sqlite3.Error) as fault:
            raise ConfigurationError(where=str(directory / store.FILE), what=f"cannot be opened: {fault}") from fault

    @property
    def next(self) -> int:
        """The `upto` of the last change; 0 at first."""
        with self._turn:
            return store.state(self._connection).next

    def change(self, upto: int, *, add: Iterable[tuple[int, str]] = (), erase: Sequence[int] = ()) -> None:
        """Adds texts by number (0 to 2**32 - 1), then erases some, and notes `upto`: all of it or nothing.

        A number that is there already is left as it is, so a change may be repeated. Adding costs about half a
        millisecond for 1,000 characters, erasing reads the whole index.
        """
        made = [(number, self._fingerprinter.of(text)) for number, text in add]
        rows = [(number, len(prints.letters), packed(prints)) for number, prints in made]
        with self._turn:
            with store.transaction(self._connection):
                store.add(self._connection, rows)
                if erase:
                    store.erase(self._connection, erase, _breathe)
                self._connection.execute("UPDATE state SET next = ?", (upto,))
            if erase:
                store.empty_log(self._connection)

    def settle(self, fresh_texts: int = store.FRESH_TEXTS, small_texts: int = store.SMALL_TEXTS) -> None:
        """Sorts in what waits for it. To be called now and then by whoever adds, and by one at a time.

        Takes up to some seconds, and with a million texts a minute; queries of other connections go on meanwhile.
        """
        with self._turn:
            store.settle(self._connection, _breathe, fresh_texts, small_texts)

    def find(self, text: str) -> list[Match]:
        """The stored texts that share passages with this one, the one that shares most first; at most six."""
        prints = self._fingerprinter.of(text)
        with self._turn, store.transaction(self._connection, "DEFERRED"):
            found = self._postings(prints)
            lengths: Callable[[int], int | None] = lambda number: store.letters(self._connection, number)  # noqa: E731
            matches = [match for match in _matches(prints, found, lengths) if match is not None]
        return sorted(matches, key=lambda match: (match.whole, match.evidence, -match.text), reverse=True)

    def close(self) -> None:
        """Lets go of the file."""
        with self._turn:
            self._connection.close()

    def _postings(self, prints: Prints) -> Postings:
        hashes = np.unique(prints.hashes)
        if prints.whole is not None:
            hashes = np.unique(np.append(hashes, np.uint64(prints.whole)))
        self._refresh()
        low = np.searchsorted(self._fresh.hashes, hashes, "left")
        high = np.searchsorted(self._fresh.hashes, hashes, "right")
        parts = [self._fresh.taken(slice(int(low[at]), int(high[at]))) for at in np.flatnonzero(low < high).tolist()]
        parts += [store.look_up(self._connection, level, hashes) for level in (store.SMALL, store.LARGE)]
        return Postings.joined(parts)

    def _refresh(self) -> None:
        """Reads of what waits only what came since the last time."""
        changes = store.state(self._connection).changes
        known, last = self._known
        if known != changes:
            self._fresh, last = Postings.none(), -1
        new = store.fresh(self._connection, last)
        if new:
            added = Postings.joined(new).sorted()
            at = np.searchsorted(self._fresh.hashes, added.hashes, "right")
            self._fresh = self._fresh.inserted(at, added)
            last = int(new[-1].texts[0]) if len(new[-1]) else last
        self._known = (changes, last)


def _matches(prints: Prints, found: Postings, lengths: Callable[[int], int | None]) -> Iterable[Match | None]:
    """What the postings that were found amount to, for the most promising texts."""
    if not len(found):
        return
    _, which, counts = np.unique(found.hashes, return_inverse=True, return_counts=True)
    weights = np.array([weight(count) for count in counts.tolist()])[which]
    same = found.places == WHOLE
    weights[same] = len(prints.starts) + 1.0  # the whole text is more than all its pieces
    numbers, text_of = np.unique(found.texts, return_inverse=True)
    sums = np.bincount(text_of, weights)
    for candidate in np.argsort(-sums, kind="stable")[:CANDIDATES].tolist():
        mine = text_of == candidate
        number = int(numbers[candidate])
        length = lengths(number)
        if length is None:
            continue
        if (mine & same).any():
            yield _the_same(prints.letters, number)
        else:
            yield _aligned(prints, found.taken(mine), weights[mine], number, length)


def _the_same(letters: Letters, number: int) -> Match:
    spans = (Span(int(letters.origin[0]), int(letters.origin[-1]) + 1),)
    return Match(number, True, len(letters) / LEAST, spans, 1.0, 1.0)  # noqa: FBT003 a field


def _aligned(prints: Prints, found: Postings, weights: np.ndarray, number: int, length: int) -> Match | None:
    """The pieces in the order of the text asked about, and what runs they make. None: nothing that convinces."""
    order = np.argsort(prints.hashes, kind="stable")
    hashes = prints.hashes[order]
    low, high = (np.searchsorted(hashes, found.hashes, side) for side in ("left", "right"))
    pieces = sorted(
        Shared(int(prints.starts[one]), int(place), float(rarity))
        for start, end, place, rarity in zip(low, high, found.places, weights, strict=True)
        for one in order[start:end]
    )
    letters = prints.letters
    made = runs(pieces, len(letters))
    if not made:
        return None
    same = united([span for run in made for span in run.same])
    spans = tuple(Span(int(letters.origin[one.start]), int(letters.origin[one.end - 1]) + 1) for one in same)
    given, stored = _extent([run.given for run in made]), _extent([run.stored for run in made])
    return Match(
        number,
        False,  # noqa: FBT003 a field
        sum(run.evidence for run in made),
        spans,
        given / len(letters),
        min(1.0, stored / length),
    )


def _extent(spans: Sequence[Span]) -> int:
    return sum(span.end - span.start for span in united(spans))


def _breathe() -> None:
    time.sleep(PAUSE_S)


__all__ = ["Match", "Passages", "Run", "Span"]
