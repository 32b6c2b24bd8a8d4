"""A table of access.sqlite in the memory of one process, read again whenever any process has changed one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Generic, TypeVar

from sekisho.server.database import Database
from sekisho.server.shared import Shared

Content = TypeVar("Content")


class Table(Generic[Content]):
    """What a query finds, as `made` makes it from the rows.

    Raises `AccessFault` when the table is damaged, then and at any later reading: nobody goes on with an old one.
    """

    def __init__(self, directory: Path, query: str, made: Callable[[list[tuple[Any, ...]]], Content]) -> None:
        """Opens the database, or makes it. Raises `ConfigurationError` where that cannot be done.

        `made` raises `AccessFault` for rows that are damaged.
        """
        self.shared = Shared(directory)
        self._query = query
        self._made = made
        self._generation = 0
        try:
            self._database = Database(directory, self.shared)
            self._read(wait=True)
        except BaseException:
            self.shared.close()
            raise

    def content(self) -> Content:
        """As it is now; for the event loop. While a change is being made it is the old one, and holds until its end.

        Costs a look at one word of the shared memory, and a reading only after a change.
        """
        if self.shared.generation() != self._generation:
            self._read(wait=False)
        return self._content

    def read(self) -> Content:
        """Read anew, after waiting for a change that is being made."""
        self._read(wait=True)
        return self._content

    def change(self) -> AbstractContextManager[Connection]:
        """A transaction, as `Database.change` makes it."""
        return self._database.change()

    def close(self) -> None:
        """Unmaps the shared file."""
        self.shared.close()

    def _read(self, *, wait: bool) -> None:
        generation = self.shared.generation()  # before reading: a change in between is then read again
        rows = self._database.read(self._query, wait=wait)
        if rows is None:
            return  # a change is being made and holds from its end; the next call looks again
        self._content = self._made(rows)
        self._generation = generation
