"""The one thread that writes.

Whatever waits when it comes round is written in one transaction, so the cost of making records durable is shared.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import NamedTuple

from sekisho.core.errors import LedgerFault
from sekisho.ledger import erasure, tree
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Logged
from sekisho.ledger.signer import Signer
from sekisho.ledger.storage import Appended, Found, Query, Row, Store

log = logging.getLogger("sekisho.ledger")

GATHER_S = 0.004
FEW = 3  # records of a commit up to which the next commits wait for no more
TURNS = 4  # of the event loop, without another record, after which nothing more is waited for
MAX_BATCH = 1024  # records of one transaction: bounds what a single failure concerns


class Append(NamedTuple):
    """A row to write, and who waits for it."""

    row: Row
    waiter: "asyncio.Future[Logged]"


@dataclass(frozen=True, slots=True)
class Erase:
    """Contents to erase; `waiter` learns how many they were.

    Attributes:
        find: gives position and exchange of each; asked within the transaction.
    """

    find: Query
    reason: erasure.Reason
    now_ms: int
    waiter: "Future[int]"


class Writer:
    """Writes in the order in which jobs are put.

    Durability: a waiter learns of success only after the store's commit returned. It learns of a fault when the outcome
    is unknown (the disk failed, the connection was lost): the record may then turn out to be in the log after all.
    Concurrency: the store gives turns to all processes. Nothing about the log's end is remembered between
    transactions: each reads the head anew, so positions never fork, also after a commit that failed and yet persisted.
    A checkpoint is signed only after the commit returned: what is signed can never be undone. One signature serves all
    records of a commit, since each gets its inclusion proof along with it.
    """

    def __init__(self, store: Store, signer: Signer | None) -> None:
        self._store = store
        self._signer = signer
        self._jobs: deque[Append | Erase] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()  # wakes the thread
        self._gate = threading.Lock()  # no job is added once it is closed
        self._closed = False
        self._crowd = 0  # records of the largest commit of late: one less with each commit since
        self._gathering: asyncio.AbstractEventLoop | None = None  # the loop that will ring; only it sets itself
        self._thread = threading.Thread(target=self._run, name="sekisho-ledger", daemon=True)
        self._thread.start()

    def put(self, job: Append | Erase) -> None:
        """Queues a job. Raises `LedgerFault` after `close`.

        While several records come at a time, the thread learns of them when their event loop has no more for some
        turns, or after `GATHER_S`: waking it costs as much as some records, and a commit more.
        """
        with self._gate:
            if self._closed:
                raise LedgerFault(why="the ledger is closed")
            self._jobs.append(job)
        if isinstance(job, Erase) or self._crowd <= FEW:
            self._bell.put(None)
            return
        loop = job.waiter.get_loop()
        if self._gathering is not loop:
            self._gathering = loop
            loop.call_soon(self._gather, loop, time.monotonic() + GATHER_S, len(self._jobs), TURNS)

    def close(self) -> None:
        """Writes what is queued and ends the thread."""
        with self._gate:
            self._closed = True
        self._bell.put(None)
        self._thread.join()

    def _gather(self, loop: asyncio.AbstractEventLoop, until_s: float, known: int, turns: int) -> None:
        """Looks once a turn of the event loop whether more records came, and rings when none did for some turns."""
        size = len(self._jobs)
        turns = turns - 1 if size == known else TURNS
        if turns and size < MAX_BATCH and time.monotonic() < until_s:
            loop.call_soon(self._gather, loop, until_s, size, turns)
        else:
            self._gathering = None
            self._bell.put(None)

    def _run(self) -> None:
        closed = False
        while not closed:
            self._bell.get()
            closed = self._closed  # read before the jobs: none comes after it
            while self._jobs:
                self._take()
        self._store.end()

    def _take(self) -> None:
        """Writes the next jobs: records that stand together in one transaction."""
        appends: list[Append] = []
        while self._jobs and len(appends) < MAX_BATCH:
            job = self._jobs.popleft()
            if isinstance(job, Append):
                appends.append(job)
                continue
            self._write(appends)
            self._erase(job)
            return
        self._crowd = max(len(appends), self._crowd - 1)
        self._write(appends)

    def _write(self, appends: list[Append]) -> None:
        if not appends:
            return
        outcomes: Sequence[Logged | LedgerFault]
        try:
            outcomes = self._logged(self._store.append([job.row for job in appends]))
        except Exception as cause:  # noqa: BLE001 whatever it is, those who wait must learn of it and the thread go on
            log.critical("%d records could not be written: %s", len(appends), cause)
            outcomes = [_fault(cause) for _ in appends]
        _deliver(appends, outcomes)

    def _logged(self, appended: Appended) -> list[Logged]:
        if self._signer is None:
            return [Logged(*entry, b"", "") for entry in appended.entries]
        root, proofs = appended.proofs()
        size = appended.before.size + len(appended.entries)
        checkpoint = self._signer.note(Checkpoint(self._signer.name, size, root).text)
        return [
            Logged(*entry, b"".join(proof), checkpoint) for entry, proof in zip(appended.entries, proofs, strict=True)
        ]

    def _erase(self, job: Erase) -> None:
        def recorded(found: Found) -> list[Row]:
            said = [(name, erasure.statement(name, at, job.reason, job.now_ms)) for at, name in found]
            return [Row(name, statement, tree.leaf_hash(statement)) for name, statement in said]

        try:
            found = self._store.erase(job.find, recorded)
        except Exception as cause:  # noqa: BLE001 as above
            job.waiter.set_exception(_fault(cause))
        else:
            job.waiter.set_result(len(found))


def _fault(cause: Exception) -> LedgerFault:
    fault = cause if isinstance(cause, LedgerFault) else LedgerFault(why=str(cause) or type(cause).__name__)
    if fault is not cause:
        fault.__cause__ = cause
    return fault


def _deliver(appends: Sequence[Append], outcomes: Sequence[Logged | LedgerFault]) -> None:
    """Wakes each event loop once for all of its waiters."""
    told: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Logged], Logged | LedgerFault]]] = {}
    for job, outcome in zip(appends, outcomes, strict=True):
        waiter = job.waiter
        told.setdefault(waiter.get_loop(), []).append((waiter, outcome))
    for loop, outcomes_of_loop in told.items():
        try:
            loop.call_soon_threadsafe(_tell, outcomes_of_loop)
        except RuntimeError:  # the loop has ended, and nobody waits any more
            log.warning("%d outcomes came after their event loop had ended", len(outcomes_of_loop))


def _tell(outcomes: "Sequence[tuple[asyncio.Future[Logged], Logged | LedgerFault]]") -> None:
    for waiter, outcome in outcomes:
        if waiter.done():  # cancelled; the record stays, for the exchange did take place
            continue
        if isinstance(outcome, LedgerFault):
            waiter.set_exception(outcome)
        else:
            waiter.set_result(outcome)
