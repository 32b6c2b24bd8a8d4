"""The log in a file: any number of processes of one machine use it."""

import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from typing import Any

from sekisho.core.errors import ConfigurationError, LedgerFault
from sekisho.ledger import store
from sekisho.ledger.mover import Mover
from sekisho.ledger.storage import Appended, Found, Head, Query, Row


class SqliteStore:
    """The tables in `ledger.sqlite`.

    Durability: SQLite's synchronous=FULL.
    Concurrency: processes take turns by a lock on `ledger.lock`, which wakes the next one at once, where SQLite's own
    waiting would poll; BEGIN IMMEDIATE guards the file in any case.
    """

    def __init__(self, directory: Path, *, sync: bool, factory: type[sqlite3.Connection]) -> None:
        """Opens the file in `directory`, or makes it.

        Raises `ConfigurationError` when it is not ours or cannot be opened, `LedgerFault` when it is damaged.
        """
        self._path = directory / store.FILE
        self._sync, self._factory = sync, factory
        try:
            store.create(directory)
            self._reader = store.connect(self._path, sqlite3.Connection, sync=sync)
            self._lock = os.open(directory / store.LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._mover = Mover(directory, lambda: store.connect(self._path, sqlite3.Connection, sync=sync))
        except OSError as fault:
            raise ConfigurationError(where=str(self._path), what=f"cannot be opened: {fault.strerror}") from fault
        except sqlite3.Error as fault:
            raise LedgerFault(why=str(fault)) from fault
        self._reading = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def read(self, query: str, values: Sequence[object]) -> list[Any]:
        """The rows of a query."""
        with self._read() as reader:
            return reader.execute(query, values).fetchall()

    def head(self) -> Head:
        """The head of the log."""
        with self._read() as reader:
            return store.head(reader)

    def intact(self) -> bool:
        """Whether the file is a sound database, its indexes included."""
        return self.read("PRAGMA integrity_check(1)", ()) == [("ok",)]

    def append(self, rows: Sequence[Row]) -> Appended:
        """Adds rows to the log, in a transaction of its own."""
        with self._turn() as connection:
            connection.execute("BEGIN IMMEDIATE")
            appended = store.append(connection, rows)
            connection.execute("COMMIT")
            self._mover.committed(connection, store.pages(rows))
        return appended

    def erase(self, find: Query, recorded: Callable[[Found], list[Row]]) -> Found:
        """Destroys the keys of what `find` gives and records it; then no file holds them any more."""
        with self._turn() as connection:
            connection.execute("BEGIN IMMEDIATE")
            found: Found = connection.execute(*find).fetchall()
            store.destroy(connection, [position for position, _ in found])
            store.append(connection, recorded(found))
            connection.execute("COMMIT")
        with self._turn() as connection, self._mover.kept_away():
            store.truncate(connection)
        return found

    def end(self) -> None:
        """Closes the connection that wrote, and the lock."""
        self._mover.end()
        self._drop()
        os.close(self._lock)

    def close(self) -> None:
        """Closes the connection that reads."""
        with self._reading:
            self._reader.close()

    @contextmanager
    def _read(self) -> Generator[sqlite3.Connection, None, None]:
        with self._reading:
            try:
                yield self._reader
            except sqlite3.Error as fault:
                raise LedgerFault(why=str(fault)) from fault

    @contextmanager
    def _turn(self) -> Generator[sqlite3.Connection, None, None]:
        """This process's turn. After an error the connection is given up, which also rolls back; the next is new."""
        flock(self._lock, LOCK_EX)
        try:
            if self._connection is None:
                self._connection = store.connect(self._path, self._factory, sync=self._sync)
            yield self._connection
        except BaseException:
            self._drop()
            raise
        finally:
            flock(self._lock, LOCK_UN)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
