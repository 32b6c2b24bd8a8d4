"""The audit: everything in the ledger hashed and opened again, independent of what is stored as proof."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from sekisho.ledger import erasure, tree
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.storage import Head
from sekisho.ledger.vault import DESTROYED, SealBroken, Vault

LEAST = -(2**63)  # of all positions that a row can have, also where no entry can stand
CHUNK = 2000  # rows of one query, so that no long reading keeps the write-ahead log from being emptied

Read = Callable[[str, Sequence[object]], list[Any]]


class _Named(msgspec.Struct):
    """What an audit needs of a statement."""

    id: str = ""
    kind: str = ""
    position: int = -1


_DECODER = msgspec.json.Decoder(_Named)


@dataclass(frozen=True, slots=True)
class Audited:
    """What was found sound: `size` entries with this root, `kept` contents that open and `erased` ones."""

    size: int
    root: bytes
    kept: int
    erased: int


@dataclass(frozen=True, slots=True)
class Auditor:
    """Checks a ledger.

    0. The file is a sound database, its indexes included, so that look-ups find what is there.
    1. Positions are 0, 1, 2 … without a gap, up to the size that the head states, and none after it.
    2. Each statement gives the leaf hash that is stored, and is filed under the exchange it speaks of.
    3. Each stored inner node follows from the leaves.
    4. The head's frontier follows from the leaves.
    5. Each content opens with its key for its exchange; a destroyed key has an erasure record and no content, and each
       erasure record has a destroyed key.

    It does not compare until when contents are kept: that is a plan and no record.

    What it cannot see: a ledger that was rewritten as a whole. For that, compare its root with a checkpoint that
    somebody else keeps.
    """

    read: Read
    intact: Callable[[], bool]
    vault: Vault

    def run(self, head: Head) -> Audited:
        """Audits the log up to `head`. Raises `LedgerAltered` for the first wrong entry."""
        # 0. The database
        if not self.intact():
            raise LedgerAltered(position=0, part="file")
        frontier: list[bytes] = []
        size = 0
        while size < head.size:
            rows = self.read(
                "SELECT position, CAST(hashes AS BLOB), exchange, CAST(statement AS BLOB) FROM entries"
                " WHERE position >= ? AND position < ? ORDER BY position LIMIT ?",
                (size, head.size, CHUNK),
            )
            frontier = _entries(rows, size, frontier)
            self._erasures(row[3] for row in rows)
            size += len(rows)
        # 4. The head's frontier
        if frontier != head.frontier or self.read("SELECT 1 FROM entries WHERE position < 0 LIMIT 1", ()):
            raise LedgerAltered(position=head.size, part="head")
        kept, erased = self._contents()
        self._nothing_behind()
        return Audited(size, tree.folded(frontier), kept, erased)

    def _nothing_behind(self) -> None:
        """1. No entry after the head, as it is by now."""
        for position, size in self.read("SELECT (SELECT max(position) FROM entries), size FROM head", ()):
            if position is not None and position >= size:
                raise LedgerAltered(position=size, part="head")

    def _contents(self) -> tuple[int, int]:
        # 5. Each content
        stray = self.read("SELECT min(position) FROM contents WHERE position NOT IN (SELECT position FROM keys)", ())
        if stray[0][0] is not None:
            raise LedgerAltered(position=stray[0][0], part="content")
        kept = erased = 0
        least = LEAST
        while True:
            rows = self.read(
                "SELECT position, CAST(secret AS BLOB), CAST(sealed AS BLOB), exchange FROM keys"
                " LEFT JOIN contents USING (position) LEFT JOIN entries USING (position)"
                " WHERE position >= ? ORDER BY position LIMIT ?",
                (least, CHUNK // 10),
            )
            for position, secret, sealed, exchange in rows:
                if secret == DESTROYED and sealed is None:
                    self._recorded(position, exchange)
                    erased += 1
                else:
                    self._opens(position, exchange, secret, sealed)
                    kept += 1
            if not rows:
                return kept, erased
            least = rows[-1][0] + 1

    def _erasures(self, statements: Iterable[bytes]) -> None:
        # 5. Each erasure record
        for statement in filter(erasure.is_one, statements):
            erased = _named(statement).position
            if self.read("SELECT CAST(secret AS BLOB) FROM keys WHERE position = ?", (erased,)) != [(DESTROYED,)]:
                raise LedgerAltered(position=erased, part="key")

    def _recorded(self, position: int, exchange: str) -> None:
        statements = self.read(
            "SELECT CAST(statement AS BLOB) FROM entries WHERE exchange = ? AND position > ?", (exchange, position)
        )
        if not any(_erases(statement, position) for (statement,) in statements):
            raise LedgerAltered(position=position, part="erasure")

    def _opens(self, position: int, exchange: str | None, secret: bytes, sealed: bytes | None) -> None:
        try:
            if exchange is None or sealed is None:
                raise LedgerAltered(position=position, part="content")
            self.vault.unseal(exchange, secret, sealed)
        except SealBroken as fault:
            raise LedgerAltered(position=position, part="content") from fault


def _entries(rows: Sequence[Any], size: int, frontier: list[bytes]) -> list[bytes]:
    """Checks a run of entries that begins at `size`; returns the frontier behind it."""
    if not rows:
        raise LedgerAltered(position=size, part="position")
    completed, frontier = tree.grow(size, frontier, [tree.leaf_hash(statement) for _, _, _, statement in rows])
    for expected, ((position, hashes, exchange, statement), right) in enumerate(
        zip(rows, completed, strict=True), size
    ):
        # 1. Positions
        if position != expected:
            raise LedgerAltered(position=expected, part="position")
        # 2. Statements
        if hashes[:32] != right[:32]:
            raise LedgerAltered(position=position, part="statement")
        if _named(statement).id not in ("", exchange):
            raise LedgerAltered(position=position, part="exchange")
        # 3. Inner nodes
        if hashes != right:
            raise LedgerAltered(position=position, part="nodes")
    return frontier


def _erases(statement: bytes, position: int) -> bool:
    named = _named(statement)
    return named.kind == erasure.KIND and named.position == position


def _named(statement: bytes) -> _Named:
    try:
        return _DECODER.decode(statement)
    except msgspec.DecodeError:  # a statement of another kind names no exchange
        return _Named()
