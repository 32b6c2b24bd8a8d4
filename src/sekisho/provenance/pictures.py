"""The index of pictures: their Image-Codes go in by the position of an entry, and near ones come out.

Codes stand there under a key: some bits turned over, all in another order, the same for all codes, so that two of them
differ in as many bits as before. The index proposes; the content that is kept decides.
"""

import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from sekisho.core.errors import ConfigurationError
from sekisho.provenance.media.code import BITS, NEAR
from sekisho.provenance.passages.index import key_of

FILE = "pictures.sqlite"
APPLICATION = 0x53454B43  # "SEKC", so that no other program's file is taken for ours
VERSION = 1
BUSY_S = 30.0
CANDIDATES = 6
SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA application_id = {APPLICATION};
CREATE TABLE IF NOT EXISTS codes (
    position INTEGER NOT NULL, code BLOB NOT NULL, PRIMARY KEY (position, code)
) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""


class Veil:
    """Hides codes under a key and keeps their distances."""

    def __init__(self, key: bytes) -> None:
        stream = b"".join(
            blake2b(part.to_bytes(2, "big"), key=key, person=b"sekisho.pictures").digest() for part in range(BITS // 16)
        )
        self._order = np.argsort(np.frombuffer(stream, "<u4")[:BITS], kind="stable")
        self._flips = np.frombuffer(
            blake2b(b"flips", key=key, person=b"sekisho.pictures").digest()[: BITS // 8], np.uint8
        )

    def over(self, code: bytes) -> bytes:
        """The code of 32 bytes as it stands in the index."""
        bits = np.unpackbits(np.frombuffer(code, np.uint8) ^ self._flips)
        return np.packbits(bits[self._order]).tobytes()


class Near(NamedTuple):
    """The position of an entry with a picture like the one asked about, and in how many bits their codes differ."""

    position: int
    distance: int


class Pictures:
    """An index in one directory, for any number of processes. Every method may wait for the disk.

    Methods raise `sqlite3.Error` when the file cannot be used. It can always be made anew from the contents.
    """

    def __init__(self, connection: sqlite3.Connection, veil: Veil) -> None:
        """Use `Pictures.open`."""
        self._connection = connection
        self._veil = veil
        self._turn = threading.Lock()
        self._read: tuple[int, NDArray[np.int64], NDArray[np.uint64]] | None = None  # of which change of the file

    @classmethod
    def open(cls, directory: Path) -> "Pictures":
        """Opens `pictures.sqlite` in `directory`, or makes it, mode 0600. Raises `ConfigurationError`."""
        key = key_of(directory)
        path = directory / FILE
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            with closing(_connected(path)) as fresh:
                if _mark(fresh) == (0, 0):
                    fresh.executescript(SCHEMA)
            connection = _connected(path)
            if _mark(connection) != (APPLICATION, VERSION):
                connection.close()
                raise ConfigurationError(where=str(path), what="is not an index of pictures of this version")
            # Durable before the index of passages notes how far both are.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
        except (OSError, sqlite3.Error) as fault:
            raise ConfigurationError(where=str(path), what=f"cannot be opened: {fault}") from fault
        return cls(connection, Veil(key))

    def change(self, add: Iterable[tuple[int, bytes]] = (), erase: Sequence[int] = ()) -> None:
        """Adds codes of 32 bytes by position, then erases those of some positions: all of it or nothing; repeatable."""
        rows = [(position, self._veil.over(code)) for position, code in add]
        if not rows and not erase:
            return
        with self._turn, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO codes VALUES (?, ?)", rows)
            self._connection.executemany("DELETE FROM codes WHERE position = ?", [(one,) for one in erase])

    def near(self, codes: Sequence[bytes]) -> list[Near]:
        """The entries with a picture that has nearly one of these codes (32 bytes each): six at most, nearest first."""
        with self._turn:
            positions, known = self._known()
        best: dict[int, int] = {}
        for code in codes:
            apart = known ^ np.frombuffer(self._veil.over(code), np.uint64)
            distances = np.bitwise_count(apart).sum(axis=1, dtype=np.int64)
            for at in np.flatnonzero(distances <= NEAR).tolist():
                position, distance = int(positions[at]), int(distances[at])
                best[position] = min(distance, best.get(position, BITS))
        ordered = sorted((distance, position) for position, distance in best.items())
        return [Near(position, distance) for distance, position in ordered[:CANDIDATES]]

    def clear(self) -> None:
        """Forgets everything."""
        with self._turn, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM codes")

    def close(self) -> None:
        """Lets go of the file."""
        with self._turn:
            self._connection.close()

    def _known(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """All codes; read anew only after a change, 40 bytes each in memory."""
        change = int(self._connection.execute("PRAGMA data_version").fetchone()[0]) * (1 << 40)
        change += self._connection.total_changes
        if self._read is None or self._read[0] != change:
            rows = self._connection.execute("SELECT position, code FROM codes").fetchall()
            positions = np.fromiter((position for position, _ in rows), np.int64, len(rows))
            codes = np.frombuffer(b"".join(code for _, code in rows), np.uint64).reshape(len(rows), BITS // 64)
            self._read = change, positions, codes
        return self._read[1:]


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_S, check_same_thread=False
    )


def _mark(connection: sqlite3.Connection) -> tuple[int, int]:
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    return application, version
