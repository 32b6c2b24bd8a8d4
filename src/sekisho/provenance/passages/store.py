"""The file passages.sqlite: postings in rows that are found by the first bits of a fingerprint."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.index_file import IndexFile, transaction
from sekisho.provenance.passages.beginnings import PART_BITS, PARTS, marked
from sekisho.provenance.passages.postings import Postings, unpacked
from sekisho.provenance.passages.prints import BITS
from sekisho.provenance.passages.siphash import Words
from sekisho.provenance.passages.sought import sought

FRESH_TEXTS = 2048  # texts whose fingerprints wait as they are, before they are sorted into rows
SMALL_TEXTS = 32_768  # texts in the small rows, before they are moved to the large ones

# New postings would touch a row for each fingerprint. So they wait in `fresh`, go to the 65,536 small rows together,
# and from there to the 262,144 large ones: a log-structured merge tree of three levels.
# With what the postings in rows begin stands in `begun`, for 64 parts of the small rows and as many of the large ones:
# a look-up reads only rows in which a fingerprint may be. Of a part that is not there, nothing is known.
_BEGUN = "CREATE TABLE begun (part INTEGER PRIMARY KEY, marks INTEGER NOT NULL, bits BLOB NOT NULL)"
SCHEMA = """
CREATE TABLE texts (text INTEGER PRIMARY KEY, letters INTEGER NOT NULL);
CREATE TABLE fresh (text INTEGER PRIMARY KEY, prints BLOB NOT NULL);
CREATE TABLE small (bucket INTEGER PRIMARY KEY, postings BLOB NOT NULL);
CREATE TABLE large (bucket INTEGER PRIMARY KEY, postings BLOB NOT NULL);
CREATE TABLE gone (text INTEGER PRIMARY KEY);
CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    next INTEGER NOT NULL,
    small_texts INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    marks INTEGER NOT NULL
);
INSERT INTO state VALUES (1, 0, 0, 0, 0);
"""
_NOTHING = (
    "WITH RECURSIVE places (place) AS (VALUES (0) UNION ALL SELECT place + 1 FROM places WHERE place < 127)"
    " INSERT INTO begun SELECT place, 0, x'00' FROM places"
)

FILE = IndexFile(
    name="passages.sqlite",
    application=0x53454B50,  # "SEKP"
    version=2,
    schema=f"{SCHEMA} {_BEGUN}; {_NOTHING};",
    # After a power failure the last changes may be gone, and `next` with them: they are then made again.
    pragmas=("synchronous = NORMAL", "mmap_size = 17179869184"),
    upgrades={1: (_BEGUN, "ALTER TABLE state ADD COLUMN marks INTEGER NOT NULL DEFAULT 0")},
)


# A join and not `IN`, which would first sort what it is given.
_QUERY = "SELECT value, postings FROM json_each(?) CROSS JOIN {table} ON bucket = value >> {shift}"


class Level(NamedTuple):
    """A table of rows, each for one value of the first `bits` bits of a fingerprint."""

    table: str
    bits: int

    def part(self, number: int) -> tuple[int, int]:
        """The rows of one of the parts in which they are handled: from the one up to the other."""
        count = 1 << self.bits - PART_BITS
        return number * count, (number + 1) * count


SMALL, LARGE = Level("small", 16), Level("large", 18)  # small rows store 32 further bits, large ones 30
LEVELS = SMALL, LARGE


class State(NamedTuple):
    """Attributes.

    next: what the index has taken in up to here; its user gives this a meaning.
    small_texts: texts whose postings are in small rows.
    changes: counts everything but additions to `fresh`, so that a copy of it knows when to be read anew.
    marks: counts what is noted in `begun`.
    """

    next: int
    small_texts: int
    changes: int
    marks: int


def state(connection: sqlite3.Connection) -> State:
    """How far the index is."""
    return State(*connection.execute("SELECT next, small_texts, changes, marks FROM state").fetchone())


def add(connection: sqlite3.Connection, texts: Sequence[tuple[int, int, bytes]]) -> None:
    """Adds texts: number, letters and packed fingerprints. A number that is there, or just left, is not taken."""
    if texts:  # who has read `fresh` reads on behind the last number; what comes before it must be told
        first = min(number for number, _, _ in texts)
        connection.execute("UPDATE state SET changes = changes + 1 WHERE ? < (SELECT max(text) FROM fresh)", (first,))
    connection.executemany(
        "INSERT OR IGNORE INTO fresh SELECT ?1, ?3 WHERE NOT EXISTS"
        " (SELECT 1 FROM texts WHERE text = ?1 UNION SELECT 1 FROM gone WHERE text = ?1)",
        texts,
    )
    connection.executemany(
        "INSERT OR IGNORE INTO texts SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM fresh WHERE text = ?1)",
        [(number, letters) for number, letters, _ in texts],
    )


def known(connection: sqlite3.Connection, texts: Sequence[int]) -> list[int]:
    """Those that are in the index, in the same order: of erased ones, postings may be left."""
    query = "SELECT text FROM texts WHERE text IN (SELECT value FROM json_each(?))"
    here = {text for (text,) in connection.execute(query, (json.dumps(list(texts)),))}
    return [text for text in texts if text in here]


def fresh(connection: sqlite3.Connection, after: int) -> list[Postings]:
    """The postings that wait, of texts with numbers above `after`, one text after the other."""
    rows = connection.execute("SELECT text, prints FROM fresh WHERE text > ? ORDER BY text", (after,))
    return [unpacked(text, raw) for text, raw in rows]


def settle(connection: sqlite3.Connection, breathe: Callable[[], None], fresh_texts: int, small_texts: int) -> None:
    """Moves postings to the next level wherever there are as many texts as stated. Notes what is not known of rows.

    `breathe` is called between steps of a few milliseconds. Killed in between, nothing is lost or doubled.
    """
    if connection.execute("SELECT count(*) FROM fresh").fetchone()[0] >= fresh_texts:
        with transaction(connection):
            waiting = fresh(connection, -1)
            postings = Postings.joined(waiting).sorted()
            edges = np.arange(PARTS + 1, dtype=np.uint64) << np.uint64(BITS - PART_BITS)
            places = np.searchsorted(postings.hashes, edges).tolist()
            for part, (low, high) in enumerate(pairwise(places)):
                _merge(connection, SMALL, part, postings.taken(slice(low, high)))
                breathe()
            connection.execute("DELETE FROM fresh")
            connection.execute("UPDATE state SET changes = changes + 1, small_texts = small_texts + ?", (len(waiting),))
    if state(connection).small_texts >= small_texts:
        for part in range(PARTS):
            with transaction(connection):
                _merge(connection, LARGE, part, _rows(connection, SMALL, part))
                connection.execute("DELETE FROM small WHERE bucket >= ? AND bucket < ?", SMALL.part(part))
                _mark(connection, SMALL, part, Postings.none())
            breathe()
        connection.execute("UPDATE state SET small_texts = 0")
    known = {place for (place,) in connection.execute("SELECT part FROM begun")}
    for place in sorted(set(range(len(LEVELS) * PARTS)) - known):  # of a file of version 1
        level, part = LEVELS[place // PARTS], place % PARTS
        with transaction(connection):
            _mark(connection, level, part, _rows(connection, level, part))
        breathe()


def forget(connection: sqlite3.Connection, texts: Sequence[int]) -> None:
    """Takes texts out: what waits goes now, and what stands in rows is noted to go with the next `purge`."""
    marks = [(text,) for text in texts]
    connection.executemany(
        "INSERT OR IGNORE INTO gone SELECT text FROM texts WHERE text = ?1"
        " AND NOT EXISTS (SELECT 1 FROM fresh WHERE text = ?1)",
        marks,
    )
    for table in ("fresh", "texts"):
        connection.executemany(f"DELETE FROM {table} WHERE text = ?", marks)  # noqa: S608 one of our tables
    connection.execute("UPDATE state SET changes = changes + 1")


def gone(connection: sqlite3.Connection) -> int:
    """How many texts wait for `purge`."""
    return connection.execute("SELECT count(*) FROM gone").fetchone()[0]


def purge(connection: sqlite3.Connection, breathe: Callable[[], None]) -> None:
    """Removes forgotten texts from every row. Killed in between, it is to be done again and nothing is lost.

    What a text's fingerprints were is not known without it, so all rows are read. Then call `empty_log`.
    """
    texts = np.array([text for (text,) in connection.execute("SELECT text FROM gone")], np.uint32)
    if not len(texts):
        return
    for level in LEVELS:
        for part in range(PARTS):
            with transaction(connection):
                _without(connection, level, part, texts)
            breathe()
    with transaction(connection):
        connection.executemany("DELETE FROM gone WHERE text = ?", [(text,) for text in texts.tolist()])


def clear(connection: sqlite3.Connection) -> None:
    """Removes everything, inside the caller's transaction. Then call `empty_log`."""
    for table in ("texts", "fresh", "small", "large", "gone"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 one of our tables
    connection.execute("UPDATE state SET next = 0, small_texts = 0, changes = changes + 1, marks = marks + 1")
    connection.execute("UPDATE begun SET bits = x'00', marks = (SELECT marks FROM state)")


def _without(connection: sqlite3.Connection, level: Level, part: int, texts: NDArray[np.uint32]) -> None:
    postings = _rows(connection, level, part)
    gone = np.isin(postings.texts, texts)
    if not gone.any():
        return
    shift = np.uint64(BITS - level.bits)
    touched = np.unique(postings.hashes[gone] >> shift)
    left = postings.taken(~gone)
    connection.executemany(f"DELETE FROM {level.table} WHERE bucket = ?", [(one,) for one in touched.tolist()])  # noqa: S608 one of our tables
    _write(connection, level, left.taken(np.isin(left.hashes >> shift, touched)))
    _mark(connection, level, part, left)


def _merge(connection: sqlite3.Connection, level: Level, part: int, added: Postings) -> None:
    """Adds postings to the rows of a part, in which they all belong."""
    if not len(added):
        return
    merged = Postings.joined([_rows(connection, level, part), added]).sorted().rare()
    _write(connection, level, merged)
    _mark(connection, level, part, merged)


def _mark(connection: sqlite3.Connection, level: Level, part: int, postings: Postings) -> None:
    """Notes what the rows of a part begin with, which hold these postings."""
    connection.execute("UPDATE state SET marks = marks + 1")
    place = LEVELS.index(level) * PARTS + part
    connection.execute("REPLACE INTO begun SELECT ?, marks, ? FROM state", (place, marked(postings.hashes)))


def begun(connection: sqlite3.Connection, after: int) -> Iterator[tuple[Level, int, bytes]]:
    """What was noted since `marks` was so many: the level, the part, and with what its postings begin."""
    for place, bits in connection.execute("SELECT part, bits FROM begun WHERE marks > ?", (after,)):
        level, part = divmod(place, PARTS)
        yield LEVELS[level], part, bits


def _rows(connection: sqlite3.Connection, level: Level, part: int) -> Postings:
    query = f"SELECT bucket, postings FROM {level.table} WHERE bucket >= ? AND bucket < ? ORDER BY bucket"  # noqa: S608
    return Postings.read(connection.execute(query, level.part(part)), level.bits)


def _write(connection: sqlite3.Connection, level: Level, postings: Postings) -> None:
    connection.executemany(f"REPLACE INTO {level.table} VALUES (?, ?)", postings.rows(level.bits))  # noqa: S608


def look_up(connection: sqlite3.Connection, level: Level, hashes: Words) -> Postings:
    """All postings of a level with one of these hashes, which are sorted and different."""
    query = _QUERY.format(table=level.table, shift=BITS - level.bits)
    return sought(connection.execute(query, (json.dumps(hashes.tolist()),)), level.bits)
