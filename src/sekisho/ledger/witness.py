"""A witness for others' logs (C2SP tlog-witness): cosigns a checkpoint only if the log did nothing but grow.

Source: c2sp.org/tlog-witness, `add-checkpoint`.
"""

import base64
import logging
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import tree
from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.note import Checkpoint, NoteRejected, VerifierKey, signed, verify

log = logging.getLogger("sekisho.witness")

FILE = "witness.sqlite"
KEY_FILE = "witness.key"
MAX_BODY = 200_000  # bytes: a checkpoint with many signatures, and 63 hashes
MAX_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"
PLAIN = "text/plain; charset=utf-8"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class Refused(Exception):
    """Why a checkpoint is not cosigned, as the protocol says it: a status, and a body."""

    def __init__(self, status: int, body: str, kind: str = PLAIN) -> None:
        super().__init__(body)
        self.status = status
        self.body = body
        self.kind = kind


class Head(NamedTuple):
    """The latest checkpoint of a log that was cosigned."""

    size: int
    root: bytes
    note: str


NONE = Head(0, tree.EMPTY, "")


@dataclass(frozen=True, slots=True)
class Submission:
    """A request: the size from which the log has grown, the proof of that, and the new checkpoint."""

    old: int
    proof: list[bytes]
    note: str
    text: str
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, body: bytes) -> "Submission":
        """Reads the body of a request. Raises `Refused` (400)."""
        try:
            head, gap, note = body.decode().partition("\n\n")
            first, *lines = head.split("\n")
            old = _OLD.fullmatch(first)
            proof = [base64.b64decode(line, validate=True) for line in lines]
            text = note.rpartition("\n\n")[0] + "\n"
            checkpoint = Checkpoint.read(text)
        except ValueError as fault:  # no text, no base64, or no checkpoint
            raise Refused(400, "malformed request\n") from fault
        spelled = all(base64.b64encode(one).decode() == line for one, line in zip(proof, lines, strict=True))
        if old is None or not gap or not spelled or len(proof) > MAX_HASHES or any(len(one) != 32 for one in proof):
            raise Refused(400, "malformed request\n")
        return cls(int(old[1]), proof, note, text, checkpoint)


class Witness:
    """Remembers the latest head of each log it knows, and cosigns what follows from it.

    Durability: the head is committed with synchronous=FULL before a cosignature leaves.
    Concurrency: the old head is compared and the new one written in one BEGIN IMMEDIATE transaction, so no later and
    smaller head can replace a larger one, also where several processes share the file.
    """

    def __init__(self, directory: Path, cosigner: Cosigner, logs: Iterable[VerifierKey]) -> None:
        """Opens `witness.sqlite` in `directory`, or makes it. `logs` are the keys to trust, named by origin.

        Raises `ConfigurationError` where the file cannot be used, or the witness's own key is among those of logs.
        """
        self._cosigner = cosigner
        self._logs: dict[str, list[VerifierKey]] = {}
        for key in logs:
            if key.public == cosigner.verifier.public:
                raise ConfigurationError(where=key.name, what="is signed with the witness's own key")
            self._logs.setdefault(key.name, []).append(key)
        self._turn = threading.Lock()
        path = directory / FILE
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=5.0, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS heads (origin TEXT PRIMARY KEY, size INTEGER NOT NULL,"
                " root BLOB NOT NULL, note TEXT NOT NULL)"
            )
        except (OSError, sqlite3.Error) as fault:
            raise ConfigurationError(where=str(path), what=f"cannot be opened: {fault}") from fault

    def add_checkpoint(self, body: bytes, now_s: Callable[[], float]) -> str:
        """The cosignature line for a submitted checkpoint. Raises `Refused`, or `sqlite3.Error` with nothing cosigned.

        The clock (Unix seconds) is read while no other head can be written: a cosignature says that at its time this
        was the largest head seen.

        1. The request is well-formed, else 400.
        2. The log is known, else 404.
        3. A trusted key has signed, and no signature in a trusted key's name is wrong, else 403.
        4. The old size is not above the new one, else 400.
        5. The old size is that of the latest head cosigned here, else 409 with that size.
        6. The same size means the same root, else 409.
        7. The proof shows that the log only grew, else 422.
        8. The new head is on disk before the cosignature goes out.
        """
        # 1. Form
        asked = Submission.parse(body)
        # 2. Log
        keys = self._logs.get(asked.checkpoint.origin)
        if keys is None:
            raise Refused(404, "unknown log\n")
        # 3. Signature
        _check_signed(asked, keys)
        # 4. Sizes
        if asked.old > asked.checkpoint.size:
            raise Refused(400, "the old size is above the new one\n")
        with self._turn, closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                _compare(asked, _latest(cursor, asked.checkpoint.origin))
                time_s = int(now_s())
                # 8. Durable
                new = (asked.checkpoint.origin, asked.checkpoint.size, asked.checkpoint.root, asked.note)
                cursor.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)", new)
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    cursor.execute("ROLLBACK")
                raise
        return self._cosigner.line(asked.text, time_s)

    def close(self) -> None:
        """Lets go of the file."""
        with self._turn:
            self._connection.close()


def _check_signed(asked: Submission, keys: Iterable[VerifierKey]) -> None:
    count = 0
    try:
        for key in keys:
            text, signatures = signed(asked.note, key)
            for signature in signatures:
                verify(key.public, text.encode(), signature)
                count += 1
    except NoteRejected as fault:
        raise Refused(403, "a signature does not verify\n") from fault
    if not count:
        raise Refused(403, "not signed by a trusted key\n")


def _latest(cursor: sqlite3.Cursor, origin: str) -> Head:
    rows = cursor.execute("SELECT size, root, note FROM heads WHERE origin = ?", (origin,)).fetchall()
    return Head(*rows[0]) if rows else NONE


def _compare(asked: Submission, latest: Head) -> None:
    """Steps 5 to 7. Raises `Refused`."""
    new = asked.checkpoint
    # 5. Old size
    if asked.old != latest.size:
        raise Refused(409, f"{latest.size}\n", SIZE_TYPE)
    # 6. Same size
    if new.size == latest.size and new.root != latest.root:
        # Two signatures of one log over different histories: evidence that anyone can check. Of no entries there is but
        # one, so that the second is enough.
        log.critical("the log %s has signed two heads of one size:\n%s\n%s", new.origin, latest.note, asked.note)
        raise Refused(409, "another root was cosigned for this size\n")
    # 7. Proof
    try:
        if latest.size:
            fits = tree.later_root(latest.size, new.size, latest.root, asked.proof) == new.root
        else:
            fits = not asked.proof
    except ValueError as fault:
        raise Refused(422, "the consistency proof does not verify\n") from fault
    if not fits:
        raise Refused(422, "the consistency proof does not verify\n")
