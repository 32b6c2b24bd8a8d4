"""The file access.sqlite: which keys exist and what is stopped."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sekisho.core.errors import AccessFault, ConfigurationError
from sekisho.server.shared import Shared

APPLICATION = 0x53454B49  # "SEKI", so that no other program's file is taken for ours
VERSION = 1
BUSY_S = 5.0

SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA application_id = {APPLICATION};
BEGIN;
CREATE TABLE keys (
    name TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    profiles TEXT NOT NULL,
    requests_per_minute INTEGER,
    tokens_per_minute INTEGER,
    concurrent INTEGER,
    slot INTEGER NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL
);
CREATE TABLE stops (
    what TEXT PRIMARY KEY,
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    since_ms INTEGER NOT NULL
);
PRAGMA user_version = {VERSION};
COMMIT;
"""


class Database:
    """The tables, changed by one process at a time and read again by all others as soon as that is done.

    A change (1) takes the lock file `access.lock`, (2) begins a transaction, (3) writes, (4) raises the shared
    generation, (5) commits durably, (6) releases the lock. A reader that sees a new generation waits for the lock, so
    it never takes the old table for the new one, and a writer that is killed after (4) costs one needless reading.

    The lock is on a file of its own, because closing any descriptor of an SQLite file drops SQLite's locks on it.
    """

    def __init__(self, directory: Path, shared: Shared) -> None:
        self._path = directory / "access.sqlite"
        self._shared = shared
        with self._locked(LOCK_EX):
            if not self._path.exists():
                self._create()
            with self._connected() as connection:
                answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if answer != "ok":
            raise AccessFault(why="the check of its pages failed")

    def read(self, query: str, *, wait: bool) -> list[tuple[Any, ...]] | None:
        """All rows of a query; None when a change is being made and `wait` is false, so that no event loop waits.

        Raises `AccessFault` when the file cannot be read or is not what it should be.
        """
        with self._locked(LOCK_SH if wait else LOCK_SH | LOCK_NB) as locked:
            if not locked:
                return None
            with self._connected() as connection:
                return connection.execute(query).fetchall()

    @contextmanager
    def change(self) -> Generator[sqlite3.Connection, None, None]:
        """A transaction that is on disk and known to every process when the context ends without an error.

        Raises `AccessFault` when the file cannot be written. An error inside takes everything back.
        """
        with self._locked(LOCK_EX), self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                self._shared.next_generation()
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def _locked(self, how: int) -> Generator[bool, None, None]:
        """Holds the lock file; False when somebody else does and `how` says not to wait.

        The file is opened each time, so that processes meet again at a new one after somebody removed it.
        """
        try:
            descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as fault:
            raise AccessFault(why=f"access.lock: {fault.strerror}") from fault
        try:
            yield _try_lock(descriptor, how)
        finally:
            os.close(descriptor)  # which releases the lock

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection, None, None]:
        """A connection to the existing file. One is opened for each use, so a replaced file is never read on."""
        try:
            with closing(_connect(self._path, "rw")) as connection:
                found = [
                    connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
                ]
                if found != [APPLICATION, VERSION]:
                    raise AccessFault(why="not a table of keys of this version")
                yield connection
        except sqlite3.Error as fault:
            raise AccessFault(why=str(fault)) from fault

    def _create(self) -> None:
        """Makes the file beside its place and then moves it, so a file in place is always whole.

        Otherwise one that was emptied later, and with it every stop, could not be told from a new one.
        """
        draft = self._path.with_suffix(".new")
        try:
            draft.unlink(missing_ok=True)
            os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(_connect(draft, "rw")) as connection:
                connection.executescript(SCHEMA)
            draft.replace(self._path)
            self._shared.next_generation()  # for processes that still know the tables of a file that was removed
        except OSError as fault:
            raise ConfigurationError(where=str(self._path), what=f"cannot be made: {fault.strerror}") from fault
        except sqlite3.Error as fault:
            raise AccessFault(why=str(fault)) from fault


def _try_lock(descriptor: int, how: int) -> bool:
    try:
        flock(descriptor, how)
    except BlockingIOError:
        return False
    return True


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, isolation_level=None, timeout=BUSY_S, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = FULL")
    return connection
