"""The log as the server sees it: whether records can be written, and a record of the time in which they could not."""

import shutil
import time
from pathlib import Path

from sekisho.core.errors import LedgerFault
from sekisho.ledger.ledger import Ledger, Logged
from sekisho.ledger.record import Record
from sekisho.pipeline.identity import timestamp, ulid
from sekisho.provenance.statement import canonical

LEAST_BYTES = 1 << 20  # free on the disk of the home: less, and the next record may not fit


class WatchedLog:
    """Appends to the ledger, and remembers what could not be appended until the ledger says so itself.

    The first record that can be written again is followed by one of kind `gap`: from when to when nothing could be
    recorded, and how many attempts were lost. Nobody got an answer in that time, since an answer needs its record.
    """

    def __init__(self, ledger: Ledger, directory: Path) -> None:
        self._ledger = ledger
        self._directory = directory
        self._lost = 0
        self._since_ms = 0

    async def append(self, record: Record) -> Logged:
        """Returns once the record is durable. Raises `LedgerFault`."""
        try:
            logged = await self._ledger.append(record)
        except LedgerFault:
            self._since_ms = self._since_ms if self._lost else _now_ms()
            self._lost += 1
            raise
        if self._lost:
            await self.works()
        return logged

    async def works(self) -> bool:
        """Whether records can be written. After a failure this is tried, with the record of the gap."""
        if shutil.disk_usage(self._directory).free < LEAST_BYTES:
            return False
        if not self._lost:
            return True
        lost, self._lost = self._lost, 0  # first, so that of several askers one writes it
        try:
            await self._ledger.append(_gap(self._since_ms, _now_ms(), lost))
        except LedgerFault:
            self._lost += lost
            return False
        return True


def _gap(since_ms: int, until_ms: int, lost: int) -> Record:
    name = ulid(until_ms)
    times = {"since": timestamp(since_ms), "time": timestamp(until_ms)}
    statement = {"v": 1, "kind": "gap", "id": name, "lost": lost, **times}
    return Record(name, canonical(statement), None, None)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
