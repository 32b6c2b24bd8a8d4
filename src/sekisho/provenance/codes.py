"""The index of pictures, sounds and videos: their codes go in by the position of an entry, and near ones come out.

Codes stand there under a key: some bits turned over, all in another order, the same for all codes, so that two of them
differ in as many bits as before. What a code is of is not noted: codes of two kinds are as far apart as those of two
contents. The index proposes; the content that is kept decides.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.index_file import IndexFile, empty_log, key_of, transaction
from sekisho.provenance.media.code import BITS, HEADER, NEAR

CANDIDATES = 6
WIDEST = max(NEAR.values())  # bits: what is nearer is proposed, of whatever kind
FILE = IndexFile(
    name="pictures.sqlite",  # as it was named while only pictures had codes: what stands there is still found
    application=0x53454B43,  # "SEKC"
    version=1,
    schema="""
CREATE TABLE codes (position INTEGER NOT NULL, code BLOB NOT NULL, PRIMARY KEY (position, code)) WITHOUT ROWID;
""",
    pragmas=("synchronous = FULL",),  # durable before the index of passages notes how far both are
)


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
    """The position of an entry with a content like the one asked about, and in how many bits their codes differ."""

    position: int
    distance: int


class Codes:
    """An index in one directory, for any number of processes. Every method may wait for the disk.

    Methods raise `sqlite3.Error` when the file cannot be used. It can always be made anew from the contents.
    """

    def __init__(self, connection: sqlite3.Connection, veil: Veil) -> None:
        """Use `Codes.open`."""
        self._connection = connection
        self._veil = veil
        self._turn = threading.Lock()
        self._read: tuple[int, NDArray[np.int64], NDArray[np.uint64]] | None = None  # of which change of the file

    @classmethod
    def open(cls, directory: Path) -> "Codes":
        """Opens `pictures.sqlite` in `directory`, or makes it, mode 0600. Raises `ConfigurationError`."""
        key = key_of(directory)
        return cls(FILE.connect(directory), Veil(key))

    def change(self, add: Iterable[tuple[int, bytes]] = (), erase: Sequence[int] = ()) -> None:
        """Adds codes with headers by position, then erases those of some positions: all or nothing; repeatable."""
        rows = [(position, self._veil.over(code[HEADER:])) for position, code in add]
        if not rows and not erase:
            return
        with self._turn:
            with transaction(self._connection):
                self._connection.executemany("INSERT OR IGNORE INTO codes VALUES (?, ?)", rows)
                self._connection.executemany("DELETE FROM codes WHERE position = ?", [(one,) for one in erase])
            if erase:  # so that what is erased leaves the files
                empty_log(self._connection)

    def near(self, codes: Sequence[bytes]) -> list[Near]:
        """The entries with nearly one of these codes (with their headers): six at most, the nearest first."""
        with self._turn:
            positions, known = self._known()
        best: dict[int, int] = {}
        for code in codes:
            apart = known ^ np.frombuffer(self._veil.over(code[HEADER:]), np.uint64)
            distances = np.bitwise_count(apart).sum(axis=1, dtype=np.int64)
            for at in np.flatnonzero(distances <= WIDEST).tolist():
                position, distance = int(positions[at]), int(distances[at])
                best[position] = min(distance, best.get(position, BITS))
        ordered = sorted((distance, position) for position, distance in best.items())
        return [Near(position, distance) for distance, position in ordered[:CANDIDATES]]

    def clear(self) -> None:
        """Forgets everything."""
        with self._turn:
            with transaction(self._connection):
                self._connection.execute("DELETE FROM codes")
            empty_log(self._connection)

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
