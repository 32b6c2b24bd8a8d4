"""The file of an index for look-ups: an SQLite file beside the ledger, and the key that its rows stand under.

It can always be made anew from the contents that the ledger keeps.
"""

import os
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from pathlib import Path
from urllib.parse import quote

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keyfile

KEY_FILE = "passages.key"
SECRET = 32  # bytes of a key
BUSY_S = 30.0


@dataclass(frozen=True, slots=True)
class IndexFile:
    """What a file must be to be opened, and how it is made.

    Attributes:
        name: of the file.
        application: its number in the file, so that no other program's is taken for ours.
        version: of its tables.
        schema: the statements that make them.
        pragmas: what each connection begins with.
        upgrades: the statements that make a file of an older version one of this version.
    """

    name: str
    application: int
    version: int
    schema: str
    pragmas: tuple[str, ...]
    upgrades: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])

    def connect(self, directory: Path) -> sqlite3.Connection:
        """A connection; makes the file, mode 0600, where there is none. What is erased is overwritten.

        Raises `ConfigurationError` when it is not ours, damaged, or cannot be made.
        """
        path = directory / self.name
        try:
            if not path.exists():
                self._create(path)
            connection = _connected(path)
            try:
                self._begin(connection, path)
            except BaseException:
                connection.close()
                raise
        except (OSError, sqlite3.Error) as fault:
            raise ConfigurationError(where=str(path), what=f"cannot be opened: {fault}") from fault
        return connection

    def _begin(self, connection: sqlite3.Connection, path: Path) -> None:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application == self.application and _version(connection) in self.upgrades:
            self._upgrade(connection)
        if (application, _version(connection)) != (self.application, self.version):
            raise ConfigurationError(where=str(path), what="is not an index of this version")
        for pragma in ("secure_delete = ON", *self.pragmas):
            connection.execute(f"PRAGMA {pragma}")

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        """Safe when several do it at once."""
        with transaction(connection):
            statements = self.upgrades.get(_version(connection))
            if statements:
                for statement in (*statements, f"PRAGMA user_version = {self.version}"):
                    connection.execute(statement)

    def _create(self, path: Path) -> None:
        """Safe when several do it at once. Made beside its place and then moved, so what is there is whole."""
        draft = path.with_suffix(".new")
        with path.with_suffix(".lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if path.exists():
                return
            draft.unlink(missing_ok=True)
            os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            with closing(_connected(draft)) as connection:
                connection.executescript(
                    f"PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA application_id = {self.application};"
                    f"BEGIN; {self.schema} PRAGMA user_version = {self.version}; COMMIT;"
                )
            draft.replace(path)


def key_of(directory: Path) -> bytes:
    """The secret under which what is looked up stands in indexes; made where there is none.

    Raises `ConfigurationError` for one that is damaged or readable by others.
    """
    path = directory / KEY_FILE
    key = keyfile.load(path) or keyfile.create(path, os.urandom(SECRET))
    if len(key) != SECRET:
        raise ConfigurationError(where=str(path), what=f"is damaged: it must have {SECRET} bytes")
    return key


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Generator[None, None, None]:
    """One transaction; taken back when an error leaves it."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def empty_log(connection: sqlite3.Connection) -> None:
    """Moves the write-ahead log into the file and empties it, as far as no reader is in the way."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_S, check_same_thread=False
    )
