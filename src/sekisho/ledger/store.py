"""The file ledger.sqlite: its tables, and the statements that touch them."""

import os
import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path
from urllib.parse import quote

from sekisho.core.errors import ConfigurationError, LedgerFault
from sekisho.ledger import tree
from sekisho.ledger.keyfile import sync_directory
from sekisho.ledger.record import Entry
from sekisho.ledger.storage import Appended, Head, Row
from sekisho.ledger.vault import DESTROYED

FILE, LOCK = "ledger.sqlite", "ledger.lock"
APPLICATION = 0x53454B4C  # "SEKL", so that no other program's file is taken for ours
VERSION = 1
BUSY_S = 5.0
WIDEST = 16  # rows of one INSERT; SQLite keeps one for each number of rows ready, which takes half a megabyte
PAGE = 8192  # bytes: of smaller pages a tenth stays empty behind entries of this length
CACHE_KB = 512  # of pages that each connection keeps: commits write at the ends of the tables, proofs read a few rows
MOST_PAGES = 32_768  # of the write-ahead log, from which a commit moves it itself, where the mover (mover.py) could not
COMMIT_PAGES = 6  # that each commit writes again: the ends of the tables and indexes, and the head

# `hashes` is the leaf hash and those of all nodes that this leaf completes (tree.grow); it stands before the statement
# so that reading it touches no overflow page. `keys` is only ever appended to and overwritten in place, so no page of
# it is split or merged and no copy of a destroyed secret can stay behind in a page's free space.
SCHEMA = f"""
PRAGMA page_size = {PAGE};
PRAGMA journal_mode = WAL;
PRAGMA application_id = {APPLICATION};
BEGIN;
CREATE TABLE entries (
    position INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL,
    exchange TEXT NOT NULL,
    statement BLOB NOT NULL
);
CREATE INDEX entries_of_exchange ON entries (exchange);
CREATE TABLE keys (position INTEGER PRIMARY KEY, secret BLOB NOT NULL);
CREATE TABLE contents (position INTEGER PRIMARY KEY, keep_until_s INTEGER, sealed BLOB NOT NULL);
CREATE INDEX contents_due ON contents (keep_until_s) WHERE keep_until_s IS NOT NULL;
CREATE TABLE head (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL
);
INSERT INTO head VALUES (1, 0, x'');
PRAGMA user_version = {VERSION};
COMMIT;
"""  # noqa: S608 filled with two constants


def create(directory: Path) -> bool:
    """Makes the file where there is none; says whether it did. Safe when several processes do it at once.

    It is made beside its place and then moved, so that a file in place is always whole.
    """
    path = directory / FILE
    draft = path.with_suffix(".new")
    with _held(directory / LOCK, os.O_RDWR | os.O_CREAT) as lock:
        flock(lock, LOCK_EX)
        if path.exists():
            return False
        draft.unlink(missing_ok=True)
        with _held(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL):
            pass  # it exists now, mode 0600
        with closing(_connect(draft, sqlite3.Connection)) as connection:
            connection.executescript(SCHEMA)
        with _held(draft, os.O_RDONLY) as written:
            os.fsync(written)
        draft.replace(path)
        sync_directory(directory)
    return True


@contextmanager
def _held(path: Path, flags: int) -> Generator[int, None, None]:
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def connect(path: Path, factory: type[sqlite3.Connection], *, sync: bool) -> sqlite3.Connection:
    """A connection to the existing file. Raises `sqlite3.Error`, or `ConfigurationError` for another's file."""
    connection = _connect(path, factory)
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if found != [APPLICATION, VERSION]:
        connection.close()
        raise ConfigurationError(where=str(path), what="is not a ledger of this version")
    connection.execute(f"PRAGMA synchronous = {'FULL' if sync else 'OFF'}")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {MOST_PAGES}")
    return connection


def _connect(path: Path, factory: type[sqlite3.Connection]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        isolation_level=None,
        timeout=BUSY_S,
        check_same_thread=False,
        factory=factory,
    )
    # Tampered text shall be found by comparison. SQLite's own error for it would quote it.
    connection.text_factory = _text
    return connection


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def head(connection: sqlite3.Connection) -> Head:
    """The head of the log. Raises `LedgerAltered` when it is not one."""
    return Head.of(connection.execute("SELECT CAST(size AS INTEGER), CAST(frontier AS BLOB) FROM head").fetchall())


def append(connection: sqlite3.Connection, rows: Sequence[Row]) -> Appended:
    """Adds rows to the log, inside the caller's transaction.

    One INSERT holds many rows, because each step of SQLite gives the interpreter lock away and must win it back from a
    busy event loop. Bytes go in as `bytearray`: of `bytes`, Python's module asks each time how to adapt them.
    """
    before = head(connection)
    size, frontier = before
    completed, frontier = tree.grow(size, frontier, [row.leaf for row in rows])
    entries: list[object] = []
    keys: list[object] = []
    contents: list[object] = []
    placed: list[Entry] = []
    for position, (row, hashes) in enumerate(zip(rows, completed, strict=True), size):
        entries += (position, bytearray(hashes), row.exchange, bytearray(row.statement))
        placed.append(Entry(position, row.exchange, row.leaf))
        if row.secret is not None:
            keys += (position, bytearray(row.secret))
            contents += (position, row.keep_until_s, bytearray(row.sealed or b""))
    _insert(connection, "entries", 4, entries)
    _insert(connection, "keys", 2, keys)
    _insert(connection, "contents", 3, contents)
    connection.execute("UPDATE head SET size = ?, frontier = ?", (size + len(rows), bytearray().join(frontier)))
    return Appended(before, placed)


def pages(rows: Sequence[Row]) -> int:
    """About how many pages a commit of these rows adds to the write-ahead log."""
    return COMMIT_PAGES + sum(len(row.statement) + len(row.sealed or b"") for row in rows) // PAGE


def destroy(connection: sqlite3.Connection, positions: Iterable[int]) -> None:
    """Overwrites secrets with zeros and removes contents, inside the caller's transaction."""
    for position in positions:
        connection.execute("UPDATE keys SET secret = ? WHERE position = ?", (DESTROYED, position))
        connection.execute("DELETE FROM contents WHERE position = ?", (position,))


def truncate(connection: sqlite3.Connection) -> None:
    """Moves the write-ahead log into the file and empties it, so that no earlier page image stays there."""
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise LedgerFault(why="the write-ahead log is in use and still holds what was erased; erase again")


def _insert(connection: sqlite3.Connection, table: str, columns: int, values: list[object]) -> None:
    """Inserts rows, `WIDEST` at a time, so that few statements are ever prepared."""
    at, left = 0, len(values) // columns
    while left:
        width = min(WIDEST, left)
        connection.execute(_insertion(table, columns, width), values[at : at + width * columns])
        at += width * columns
        left -= width


@cache
def _insertion(table: str, columns: int, width: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * width)}"  # noqa: S608 the table is one of ours
