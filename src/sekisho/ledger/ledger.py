"""The ledger: records go in and stay; proofs, signed checkpoints and erasable contents come out."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path

from sekisho.core.errors import ConfigurationError, LedgerFault
from sekisho.ledger import erasure, postgres, storage, tiles, tree
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.audit import Audited, Auditor
from sekisho.ledger.erasure import Reason
from sekisho.ledger.kept import Stretch, stretch
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Entry, Logged, Record
from sekisho.ledger.signer import Signer
from sekisho.ledger.sqlite import SqliteStore
from sekisho.ledger.storage import Query, Store
from sekisho.ledger.store import FILE
from sekisho.ledger.vault import SealBroken, Vault
from sekisho.ledger.writer import Append, Erase, Writer

__all__ = ["Entry", "Ledger", "Logged"]

LARGE = 256 * 1024  # bytes of content that take about half a millisecond to seal
SWEEP = 500  # contents erased in one transaction


class Ledger:
    """An append-only log over one directory or one database, shared by any number of processes.

    Make one in each, after forking.

    `append` is for the event loop; every other method may wait for the disk, and may be called from any thread.
    Every method raises `LedgerFault` when the file or the database cannot be used.
    """

    def __init__(self, store: Store, vault: Vault, writer: Writer, now_ms: Callable[[], int]) -> None:
        """Use `Ledger.open`."""
        self._store = store
        self._vault = vault
        self._writer = writer
        self._now_ms = now_ms

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        database: str = "",
        signer: Signer | None = None,
        sync: bool = True,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        factory: type[sqlite3.Connection] = sqlite3.Connection,
    ) -> "Ledger":
        """Opens the log, or makes it and `master.key`.

        Args:
            directory: holds `master.key` and `ledger.sqlite`; is made, mode 0700, where it is missing.
            database: URL of a PostgreSQL database that holds the log instead of `ledger.sqlite`.
            signer: signs a checkpoint at each commit, for the receipts. None: nobody does.
            sync: False gives up durability and is for measurements only.
            now_ms: the clock, Unix time in milliseconds; erasure records bear it.
            factory: the class of the connection that writes to the file; tests inject faults with it.

        Raises `ConfigurationError` when files are missing, readable by others or not ours.
        """
        path = directory / FILE
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise ConfigurationError(where=str(path), what=f"cannot be opened: {fault.strerror}") from fault
        if database:
            held, vault = postgres.opened(database, directory, sync=sync)
        else:
            vault = Vault.open(directory, create=not path.exists())
            held = SqliteStore(directory, sync=sync, factory=factory)
        return cls(held, vault, Writer(held, signer), now_ms)

    async def append(self, record: Record) -> Logged:
        """Writes a record; it is durable when this returns.

        Cancelling gives up the waiting and not the record. Raises `LedgerFault` when the record could not be written or
        its durability is not certain; in the second case it may turn out to be in the log after all. A statement of
        more than 65,535 bytes is refused too: no bundle of entries could hold it.
        """
        if len(record.statement) > tiles.LONGEST:
            raise LedgerFault(why="the statement is too long")
        leaf = tree.leaf_hash(record.statement)
        secret = sealed = None
        content = record.content
        if content is not None:
            # Sealed here and not by the writer: each encryption gives the interpreter lock away, and in the writer
            # everybody's record would wait until it is won back.
            if len(content) <= LARGE:
                secret, sealed = self._vault.seal(record.exchange, content)
            else:
                secret, sealed = await asyncio.to_thread(self._vault.seal, record.exchange, content)
        row = storage.Row(record.exchange, record.statement, leaf, secret, sealed, record.keep_until_s)
        waiter: asyncio.Future[Logged] = asyncio.get_running_loop().create_future()
        self._writer.put(Append(row, waiter))
        return await waiter

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._store.head().size

    @property
    def root(self) -> bytes:
        """The root hash over all entries (RFC 6962)."""
        return tree.folded(self._store.head().frontier)

    def root_at(self, size: int) -> bytes:
        """The root hash over the first `size` entries. Raises `IndexError` where there are fewer."""
        self._check(0 <= size <= self.size)
        return self._hashes([(0, size)])[0]

    def leaf(self, position: int) -> bytes:
        """The statement at `position`. Raises `IndexError`."""
        rows = self._store.read("SELECT CAST(statement AS BLOB) FROM entries WHERE position = ?", (position,))
        self._check(bool(rows))
        return rows[0][0]

    def inclusion_proof(self, position: int, size: int) -> list[bytes]:
        """The hashes that prove entry `position` to be in the log of `size` entries, from the leaf upwards.

        Raises `IndexError`. Source: RFC 6962, 2.1.1.
        """
        self._check(0 <= position < size <= self.size)
        return self._hashes(tree.inclusion_ranges(position, size))

    def consistency_proof(self, old: int, size: int) -> list[bytes]:
        """The hashes that prove the log of `old` entries to be the beginning of that of `size`; `0 < old <= size`.

        Raises `IndexError`. Source: RFC 6962, 2.1.2.
        """
        self._check(0 < old <= size <= self.size)
        return self._hashes(tree.consistency_ranges(old, size))

    def tile(self, tile: tiles.Tile) -> bytes:
        """What a tile or a bundle of entries holds (C2SP tlog-tiles). Raises `IndexError` where the log is shorter."""
        self._check(tile.stop <= self.size)
        return tiles.content(self._store.read, tile)

    def entries_of(self, exchange: str) -> list[Entry]:
        """All entries of an exchange in order: its record, and its erasure if there was one."""
        rows = self._store.read(
            "SELECT position, exchange, substr(CAST(hashes AS BLOB), 1, 32) FROM entries"
            " WHERE exchange = ? ORDER BY position",
            (exchange,),
        )
        return [Entry(*row) for row in rows]

    def entry_of(self, exchange: str) -> Entry | None:
        """The first entry of an exchange; None where there is none."""
        return next(iter(self.entries_of(exchange)), None)

    def erasure_of(self, exchange: str) -> Entry | None:
        """The entry that says that the content of an exchange was erased; None where it was not."""
        said = [entry for entry in self.entries_of(exchange) if erasure.is_one(self.leaf(entry.position))]
        return said[-1] if said else None

    def checkpoint(self, signer: Signer) -> str:
        """The signed tree head of now, a C2SP checkpoint whose origin is the signer's name."""
        head = self._store.head()
        return signer.note(Checkpoint(signer.name, head.size, tree.folded(head.frontier)).text)

    def content(self, exchange: str) -> bytes | None:
        """What was kept of an exchange; None where nothing was, or it is erased.

        Raises `LedgerAltered` when it does not open.
        """
        rows = self._store.read(
            "SELECT position, CAST(secret AS BLOB), CAST(sealed AS BLOB) FROM entries"
            " JOIN keys USING (position) JOIN contents USING (position)"
            " WHERE exchange = ? ORDER BY position LIMIT 1",
            (exchange,),
        )
        if not rows:
            return None
        position, secret, sealed = rows[0]
        try:
            return self._vault.unseal(exchange, secret, sealed)
        except SealBroken as fault:
            raise LedgerAltered(position=position, part="content") from fault

    def contents_from(self, position: int, limit: int) -> Stretch:
        """The kept contents of at most `limit` entries from `position`, and which erasures stand there.

        For who follows the log: begin at 0, take in what is kept, drop what is erased, go on at `next`. At the end of
        the log nothing comes and `next` is `position`. Raises `IndexError` behind the end, `LedgerAltered` when a
        content does not open.
        """
        size = self.size
        self._check(0 <= position <= size)
        return stretch(self._store.read, self._vault, position, min(size, position + limit))

    def contents_kept(self) -> int:
        """How many contents are kept."""
        return self._store.read("SELECT count(*) FROM contents", ())[0][0]

    def erase(self, exchange: str) -> int:
        """Destroys the key of what was kept of an exchange, removes it from all files and records the erasure.

        Returns how many contents there were; 0 where there was nothing, and then nothing is recorded. All proofs stay
        valid. Copies made before, and what a disk keeps of overwritten blocks, are beyond its reach.
        """
        return self._erased(storage.kept(exchange), "request")

    def sweep(self, now_s: int) -> int:
        """Erases contents whose time is over at `now_s` (Unix seconds); returns how many."""
        return self._erased_all(storage.due(now_s, SWEEP), "retention")

    def erase_before(self, time_ms: int) -> int:
        """Erases contents of exchanges that began before a Unix time in milliseconds; returns how many."""
        end = erasure.first_id(time_ms)
        return self._erased_all(storage.begun_before(end, SWEEP), "request")

    def audit(self) -> Audited:
        """Hashes everything again. Raises `LedgerAltered`, which names the first wrong entry."""
        return Auditor(self._store.read, self._store.intact, self._vault).run(self._store.head())

    def close(self) -> None:
        """Writes what waits, and lets go of the files."""
        self._writer.close()
        self._store.close()

    def _erased(self, find: Query, reason: Reason) -> int:
        waiter: Future[int] = Future()
        self._writer.put(Erase(find, reason, self._now_ms(), waiter))
        return waiter.result()

    def _erased_all(self, find: Query, reason: Reason) -> int:
        total = 0
        while True:
            erased = self._erased(find, reason)
            total += erased
            if erased < SWEEP:
                return total

    def _hashes(self, ranges: Iterable[tuple[int, int]]) -> list[bytes]:
        """The hash over each range of leaves, from the stored nodes: one query, O(log n) rows."""
        covers = [tree.cover(start, stop) for start, stop in ranges]
        places = {node: (node[1] + 1 << node[0]) - 1 for cover in covers for node in cover}
        marks = ", ".join("?" * len(places)) or "NULL"
        rows = self._store.read(
            f"SELECT position, CAST(hashes AS BLOB) FROM entries WHERE position IN ({marks})",  # noqa: S608 only question marks, or NULL
            list(places.values()),
        )
        stored: dict[int, bytes] = dict(rows)
        hashes: dict[tree.Node, bytes] = {}
        for (level, index), position in places.items():
            found = stored.get(position, b"")[32 * level : 32 * level + 32]
            if len(found) != 32:
                raise LedgerAltered(position=position, part="nodes")
            hashes[level, index] = found
        return [tree.folded([hashes[node] for node in cover]) for cover in covers]

    @staticmethod
    def _check(within: bool) -> None:
        if not within:
            raise IndexError("the log has no such entry")
