"""The index of passages: texts go in by number, and out come the numbers of those that share a passage with a text."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.index_file import empty_log, key_of, transaction
from sekisho.provenance.passages import store
from sekisho.provenance.passages.alignment import Span, aligned
from sekisho.provenance.passages.beginnings import Beginnings
from sekisho.provenance.passages.letters import Letters
from sekisho.provenance.passages.postings import WHOLE, Postings, packed
from sekisho.provenance.passages.prints import LEAST, Fingerprinter
from sekisho.provenance.passages.siphash import Words

CANDIDATES = 6  # texts that are compared, letter by letter
PROMISE = 1.2  # least evidence of a candidate, unless it has half of the fingerprints: more than one rare piece
MANY = 96  # fingerprints: of so many, one part of
PORTION = 3  # is asked for first, and the others only if no stored text is found that has
NEARLY_ALL = 0.9  # of the text asked about
Number = TypeVar("Number", np.uint32, np.uint64)
PAUSE_S = 0.001  # between two steps of sorting in, so that who waits for the interpreter gets it


class Match(NamedTuple):
    """A stored text that shares passages with the one asked about.

    Attributes:
        text: its number.
        part: which of the texts under that number.
        same: nothing but spaces, punctuation, width, case and invisible characters differs, if anything.
        spans: what is the same, as offsets in the text asked about (code points), in order.
        letters: how many letters that are.
        given: share of the text asked about, in [0, 1], that lies within shared passages, with what was edited in them.
        stored: the same of the stored text.
    """

    text: int
    part: int
    same: bool
    spans: tuple[Span, ...]
    letters: int
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
        self._begun = {level: Beginnings() for level in store.LEVELS}
        self._marks = -1  # that were taken into `_begun`

    @classmethod
    def open(cls, directory: Path) -> "Passages":
        """Opens `passages.sqlite` and `passages.key` in `directory`, or makes them, mode 0600.

        Raises `ConfigurationError` when they are not ours, damaged, or readable by others.
        """
        key = key_of(directory)
        return cls(store.FILE.connect(directory), Fingerprinter(key))

    @property
    def next(self) -> int:
        """The `upto` of the last change; 0 at first."""
        with self._turn:
            return store.state(self._connection).next

    def change(self, upto: int, *, add: Iterable[tuple[int, str]] = (), erase: Sequence[int] = ()) -> None:
        """Adds texts by number (0 to 2**32 - 1), then erases some, and notes `upto`: all of it or nothing.

        A number that is there already is left as it is, so a change may be repeated. Adding costs about half a
        millisecond for 1,000 characters. What was erased is found no more, and has left the files after `purge`.
        """
        made = [(number, self._fingerprinter.of(text)) for number, text in add]
        rows = [(number, len(prints.letters), packed(prints)) for number, prints in made]
        with self._turn, transaction(self._connection):
            store.add(self._connection, rows)
            if erase:
                store.forget(self._connection, erase)
            self._connection.execute("UPDATE state SET next = ?", (upto,))

    @property
    def gone(self) -> int:
        """How many erased texts `purge` has to remove from the files."""
        with self._turn:
            return store.gone(self._connection)

    def purge(self) -> None:
        """Removes what was erased from the files. Reads the whole index: a minute with a million texts."""
        with self._turn:
            store.purge(self._connection, _breathe)
            empty_log(self._connection)

    def settle(self, fresh_texts: int = store.FRESH_TEXTS, small_texts: int = store.SMALL_TEXTS) -> None:
        """Sorts in what waits for it. To be called now and then by whoever adds, and by one at a time.

        Takes up to some seconds, and with a million texts a minute; queries of other connections go on meanwhile.
        """
        with self._turn:
            store.settle(self._connection, _breathe, fresh_texts, small_texts)

    def find(self, text: str, stored: Callable[[int], Sequence[str]]) -> list[Match]:
        """The stored texts that share passages with this one, the one that shares most first; at most six.

        `stored` reads the texts of a number; () where there are none any more. A match is what a comparison with them
        says, never the index alone. What is stored as a whole is told alone. Where nearly all of a long text lies
        within one that is stored, others are told as far as a third of the fingerprints brings them up.

        1. Its whole.
        2. A third of its pieces; all of a short text.
        3. All of its pieces.
        """
        prints = self._fingerprinter.of(text)
        compared = _Compared(prints.letters, stored)
        # 1. The whole
        whole = np.array([] if prints.whole is None else [prints.whole], np.uint64)
        equal = compared.equal(self._candidates(self._postings(whole), 1))
        if equal:
            return equal
        # 2. A portion of the pieces
        pieces = len(prints.starts)
        first, others = _portions(prints.hashes)
        found = self._postings(first)
        matches = compared.matches(self._candidates(found, pieces / PORTION if len(others) else pieces))
        if not len(others) or (matches and matches[0].given >= NEARLY_ALL):
            return matches
        # 3. All pieces
        found = Postings.joined([found, self._postings(others)])
        return compared.matches(self._candidates(found, pieces))

    def _candidates(self, found: Postings, pieces: float) -> list[int]:
        """The numbers of the most promising texts, by how many and how rare the fingerprints are that they share."""
        numbers = _promising(found, pieces)
        if not numbers:
            return []
        with self._turn:
            return store.known(self._connection, numbers)[:CANDIDATES]

    def clear(self) -> None:
        """Forgets everything; `next` is 0 again."""
        with self._turn:
            with transaction(self._connection):
                store.clear(self._connection)
            empty_log(self._connection)

    def close(self) -> None:
        """Lets go of the file."""
        with self._turn:
            self._connection.close()

    def _postings(self, hashes: Words) -> Postings:
        """All that have one of these fingerprints, sorted and different."""
        with self._turn, transaction(self._connection, "DEFERRED"):
            self._refresh()
            low = self._fresh.hashes.searchsorted(hashes, "left")
            high = self._fresh.hashes.searchsorted(hashes, "right")
            parts = [
                self._fresh.taken(slice(int(low[at]), int(high[at]))) for at in np.flatnonzero(low < high).tolist()
            ]
            for level in store.LEVELS:
                likely = hashes[self._begun[level].may_have(hashes)]
                parts.append(store.look_up(self._connection, level, likely))
        return Postings.joined(parts)

    def _refresh(self) -> None:
        """Reads only what came since the last time: of what waits, and of what rows begin with."""
        state = store.state(self._connection)
        changes = state.changes
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
        if self._marks != state.marks:
            for level, part, bits in store.begun(self._connection, self._marks):
                self._begun[level].tell(part, bits)
            self._marks = state.marks


class _Compared:
    """What comparisons of a text with stored ones say; none is compared twice."""

    def __init__(self, letters: Letters, stored: Callable[[int], Sequence[str]]) -> None:
        self._letters = letters
        self._stored = stored
        self._known: dict[int, list[Match]] = {}

    def equal(self, numbers: Sequence[int]) -> list[Match]:
        """Those that are the same."""
        return self._best([self._of(_equal, number) for number in numbers])

    def matches(self, numbers: Sequence[int]) -> list[Match]:
        """Those that share passages, the one that shares most first."""
        for number in numbers:
            if number not in self._known:
                self._known[number] = self._of(_match, number)
        return self._best([self._known[number] for number in numbers])

    def _of(self, compare: Callable[[Letters, Letters, int, int], Match | None], number: int) -> list[Match]:
        found = [compare(self._letters, Letters.of(one), number, part) for part, one in enumerate(self._stored(number))]
        return [one for one in found if one is not None]

    @staticmethod
    def _best(found: Sequence[Sequence[Match]]) -> list[Match]:
        """Of each text the part that shares most."""
        return sorted([min(one, key=_rank) for one in found if one], key=_rank)


def _portions(hashes: Words) -> tuple[Words, Words]:
    """What is asked for first, and the others; each fingerprint once, and sorted."""
    ordered = np.sort(hashes)
    ordered = ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
    if len(ordered) < MANY:
        return ordered, ordered[:0]
    first = np.arange(len(ordered)) % PORTION == 0
    return ordered[first], ordered[~first]


def _promising(found: Postings, pieces: float) -> list[int]:
    """The best numbers first; more than are needed, as some may have been erased."""
    if not len(found):
        return []
    _, which, counts = _grouped(found.hashes)
    weights = 1 / (1 + np.log2(counts))[which]  # what many texts have counts little
    weights[found.places == WHOLE] = PROMISE  # one hash, and all there is to ask for
    numbers, text_of, hits = _grouped(found.texts)
    sums = np.bincount(text_of, weights)
    best = np.argsort(-sums, kind="stable")[: 4 * CANDIDATES]
    return numbers[best[(sums[best] >= PROMISE) | (2 * hits[best] >= pieces)]].tolist()


def _grouped(values: NDArray[Number]) -> tuple[NDArray[Number], NDArray[np.intp], NDArray[np.intp]]:
    """The different values in order, which of them stands at each place, and how often each does."""
    order = np.argsort(values)
    ordered = values[order]
    begins = np.append(True, ordered[1:] != ordered[:-1])
    which = np.empty(len(values), np.intp)
    which[order] = np.cumsum(begins) - 1
    return ordered[begins], which, np.bincount(which)


def _equal(given: Letters, stored: Letters, number: int, part: int) -> Match | None:
    if len(given) < LEAST or not np.array_equal(given.codes, stored.codes):
        return None
    spans = (Span(int(given.origin[0]), int(given.origin[-1]) + 1),)
    return Match(number, part, True, spans, len(given), 1.0, 1.0)  # noqa: FBT003 a field


def _match(given: Letters, stored: Letters, number: int, part: int) -> Match | None:
    equal = _equal(given, stored, number, part)
    if equal is not None:
        return equal
    found = aligned(given, stored)
    if found is None:
        return None
    origin = given.origin.tolist()
    spans = tuple(span for one in found.same if (span := _written(origin, one)).start < span.end)
    return Match(number, part, False, spans, found.letters, found.given, found.stored)  # noqa: FBT003 a field


def _written(origin: Sequence[int], letters: Span) -> Span:
    """The characters of which all letters are in the span: of が, both か and its mark."""
    start, end = letters
    first, last = origin[start], origin[end - 1]
    cut_before = start > 0 and origin[start - 1] == first
    cut_after = end < len(origin) and origin[end] == last
    return Span(first + cut_before, last + 1 - cut_after)


def _rank(match: Match) -> tuple[bool, int, float, int]:
    return (not match.same, -match.letters, -match.stored, match.text)


def _breathe() -> None:
    time.sleep(PAUSE_S)


__all__ = ["Match", "Passages", "Span"]
