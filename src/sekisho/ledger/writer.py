"""The one thread that writes.

Whatever waits when it comes round is written in one transaction, so the cost of making records durable is shared.
"""

import asyncio
import logging
import threading
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

GATHER_S = 0.002
CROWD = 3  # jobs of a commit above which the next commit waits for more
PROBE = 16  # waits of which one lasts its full time, to find out how many come
NEVER = -1
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
        self._queue: SimpleQueue[Append | Erase | None] = SimpleQueue()
        self._gate = threading.Lock()  # nothing is put behind the None that ends the thread
        self._closed = False
        self._last = 0  # jobs of the last commit
        self._waits = 0  # commits that waited for more
        self._usual = 0  # jobs of the last commit that waited its full time
        self._enough = NEVER  # jobs in the queue at which the waiting for more ends
        self._full = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sekisho-ledger", daemon=True)
        self._thread.start()

    def put(self, job: Append | Erase) -> None:
        """Queues a job. Raises `LedgerFault` after `close`."""
        with self._gate:
            if self._closed:
                raise LedgerFault(why="the ledger is closed")
            self._queue.put(job)
            if self._queue.qsize() == self._enough:
                self._full.set()

    def close(self) -> None:
        """Writes what is queued and ends the thread."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            appends: list[Append] = []
            for job in self._gathered():
                if isinstance(job, Append):
                    appends.append(job)
                    continue
                self._write(appends)
                appends = []
                if job is None:
                    going = False
                else:
                    self._erase(job)
            self._write(appends)
        self._store.end()

    def _gathered(self) -> list["Append | Erase | None"]:
        """Waits for a job; then takes all that are there. Only this thread takes, so the size can be relied on.

        While several come at a time, a moment's wait makes one commit of many: commits cost much more than records. It
        ends as soon as there are as many as usual, which are all there will be when the same callers come again; what
        is usual is found out anew every so often.
        """
        jobs = [self._queue.get()]
        if self._last > CROWD:
            self._wait_for_more()
        jobs += [self._queue.get() for _ in range(min(self._queue.qsize(), MAX_BATCH - 1))]
        self._last = len(jobs)
        return jobs

    def _wait_for_more(self) -> None:
        anew = self._waits % PROBE == 0
        self._waits += 1
        self._full.clear()
        self._enough = NEVER if anew else self._usual - 1
        if anew or self._queue.qsize() < self._enough:
            self._full.wait(GATHER_S)
        self._enough = NEVER
        if anew:
            self._usual = 1 + self._queue.qsize()

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
