"""The one thread that writes.

Whatever waits when it comes round is written in one transaction, so the cost of making records durable is shared.
"""

import asyncio
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from sekisho.core.errors import LedgerFault
from sekisho.ledger import erasure, store, tree
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Logged
from sekisho.ledger.signer import Signer
from sekisho.ledger.store import Appended, Row

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
        find: gives position and exchange of each, within the transaction.
    """

    find: Callable[[sqlite3.Connection], list[tuple[int, str]]]
    reason: erasure.Reason
    now_ms: int
    waiter: "Future[int]"


class Writer:
    """Writes in the order in which jobs are put.

    Durability: a waiter learns of success only after COMMIT returned, with SQLite's synchronous=FULL.
    Concurrency: processes take turns by a lock on `ledger.lock`, which wakes the next one at once, where SQLite's own
    waiting would poll; BEGIN IMMEDIATE guards the file in any case. Nothing about the log's end is remembered between
    transactions: each reads the head anew, so positions never fork, also after a COMMIT that failed and yet persisted.
    A checkpoint is signed only after COMMIT returned: what is signed can never be undone. One signature serves all
    records of a commit, since each gets its inclusion proof along with it.
    """

    def __init__(self, lock: Path, connect: Callable[[], sqlite3.Connection], signer: Signer | None) -> None:
        self._connect = connect
        self._signer = signer
        self._connection: sqlite3.Connection | None = None
        self._lock = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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
        self._drop()
        os.close(self._lock)

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
            with self._transaction() as connection:
                appended = store.append(connection, [job.row for job in appends])
            outcomes = self._logged(appended)
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
        try:
            with self._transaction() as connection:
                found = job.find(connection)
                statements = [erasure.statement(name, at, job.reason, job.now_ms) for at, name in found]
                rows = [
                    Row(name, statement, tree.leaf_hash(statement))
                    for (_, name), statement in zip(found, statements, strict=True)
                ]
                store.destroy(connection, [at for at, _ in found])
                store.append(connection, rows)
            with self._turn() as connection:
                store.truncate(connection)
        except Exception as cause:  # noqa: BLE001 as above
            job.waiter.set_exception(_fault(cause))
        else:
            job.waiter.set_result(len(found))

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection, None, None]:
        with self._turn() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _turn(self) -> Generator[sqlite3.Connection, None, None]:
        """This process's turn. After an error the connection is given up, which also rolls back; the next is new."""
        flock(self._lock, LOCK_EX)
        try:
            if self._connection is None:
                self._connection = self._connect()
            yield self._connection
        except BaseException:
            self._drop()
            raise
        finally:
            flock(self._lock, LOCK_UN)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


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
