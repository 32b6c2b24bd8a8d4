"""Moves the write-ahead log of SQLite into the ledger's file while commits go on.

Left to itself SQLite does so within a commit, and for all that time, as long as ten commits or more, nobody's record
becomes durable.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

LOCK = "ledger.moving"
MOVE = 2048  # pages of the log from which it is moved


class Mover:
    """Told of each commit by the thread that writes; moves in a thread of its own.

    1. When the log has grown enough, most of it is moved while others go on writing.
    2. The few pages that came meanwhile are moved by the next commit, in its turn, so that the log begins anew. It
       would grow without end otherwise.
    What fails is tried again at the next occasion; far beyond `MOVE` pages SQLite moves the log by itself.
    Concurrency: whoever moves outside of a turn, or empties the log, holds the lock on `ledger.moving`, since SQLite
    lets only one at a time and does not wait.
    """

    def __init__(self, directory: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` makes a connection to the file. Raises `OSError`."""
        self._connect = connect
        self._lock = directory / LOCK
        with self._locked():
            pass  # it can be made
        self._grown = 0
        self._thread: threading.Thread | None = None

    def committed(self, connection: sqlite3.Connection, pages: int) -> None:
        """A commit has added about so many pages; its turn is not over yet."""
        self._grown += pages
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
            with suppress(sqlite3.Error):  # the records are durable, and nobody who waits for them shall hear of it
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        elif self._thread is None and self._grown >= MOVE:
            self._grown = 0
            self._thread = threading.Thread(target=self._move, name="sekisho-mover", daemon=True)
            self._thread.start()

    @contextmanager
    def kept_away(self) -> Generator[None, None, None]:
        """While nobody moves, in any process."""
        with self._locked():
            yield

    def end(self) -> None:
        """Waits until nothing is moved any more."""
        if self._thread is not None:
            self._thread.join()

    def _move(self) -> None:
        # Another process may be moving; if the disk fails, the next commit tells.
        with suppress(OSError, sqlite3.Error), self._locked(LOCK_NB), closing(self._connect()) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def _locked(self, patience: int = 0) -> Generator[None, None, None]:
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            flock(descriptor, LOCK_EX | patience)
            yield
        finally:
            os.close(descriptor)
