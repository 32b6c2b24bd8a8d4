"""A small log for mutations.py, everything that was handed out of it, and single changes of texts."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

from sekisho.core.errors import SekishoError
from sekisho.governance.rejected import BundleRejected
from sekisho.ledger import bundle, tile_files
from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import NoteRejected
from sekisho.ledger.proof import Proof
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.pipeline.identity import timestamp, ulid
from sekisho.policy.kept import digest_of
from sekisho.provenance import receipt
from sekisho.provenance.rejected import ReceiptRejected
from sekisho.provenance.statement import canonical

LOG = Signer.of("log.example/town", bytes([9]) * 32)
WITNESS = Cosigner(Signer.of("witness.example/w1", bytes([7]) * 32))
START_MS = 1_767_225_600_000
ENTRIES, KEPT = 300, 12
POLICY = b'{"profile":"office"}'
REJECTIONS = (SekishoError, sqlite3.Error, NoteRejected, ReceiptRejected, BundleRejected)


class World:
    """A log, and everything that was handed out of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.receipts: list[str] = []
        with closing(self.open()) as ledger:
            asyncio.run(self._fill(ledger, ENTRIES - 50))
            self.stale = ledger.checkpoint(LOG)
            asyncio.run(self._fill(ledger, ENTRIES - 1))
            ledger.erase(receipt.verify(self.receipts[0], LOG.public_key)["id"])
            note = ledger.checkpoint(LOG)
            self.note = note + WITNESS.line(note.partition("\n\n")[0] + "\n", 1_767_300_000)
            self.proof = Proof(7, ledger.inclusion_proof(7, ledger.size), self.note, ledger.leaf(7)).text
            policies = {digest_of(POLICY): POLICY}
            bundle.export(ledger, LOG, self.note, policies, home / "bundle.tar")
            tile_files.export(ledger, LOG, home / "www", self.note)
        self.bundle = (home / "bundle.tar").read_bytes()

    def open(self) -> Ledger:
        return Ledger.open(self.home, signer=LOG, sync=False, now_ms=lambda: START_MS + 10_000_000)

    async def _fill(self, ledger: Ledger, until: int) -> None:
        for number in range(ledger.size, until):
            time_ms = START_MS + 1000 * number
            name, digest = ulid(time_ms), f"{number:064x}"
            statement = {"v": 1, "kind": "exchange", "id": name, "time": timestamp(time_ms), "profile": "office"}
            statement |= {"policy": digest_of(POLICY), "request": digest, "answer": digest, "finish": "stop"}
            statement |= {"categories": [], "model": "town-llm", "tokens": number, "verdict": "pass"}
            if number % 50 == 49:
                statement = {"v": 1, "kind": "gap", "id": name, "lost": 1, "since": timestamp(0)}
                statement |= {"time": timestamp(time_ms)}
            leaf = canonical(statement)
            content = b"content %d" % number if number < KEPT else None
            self.receipts.append(receipt.logged(leaf, await ledger.append(Record(name, leaf, content))))


def edited(raw: bytes, chance: Random) -> tuple[str, bytes]:
    """A single change of a text: its kind, and what comes of it, which is not what was there."""
    while True:
        kind = chance.choice(("bit flipped", "byte inserted", "byte deleted", "bytes swapped", "cut short"))
        at, other = chance.randrange(len(raw)), chance.randrange(len(raw))
        first, last = min(at, other), max(at, other)
        match kind:
            case "bit flipped":
                changed = raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]
            case "byte inserted":
                changed = raw[:at] + chance.randbytes(1) + raw[at:]
            case "byte deleted":
                changed = raw[:at] + raw[at + 1 :]
            case "bytes swapped":
                changed = (
                    raw[:first]
                    + raw[last : last + 1]
                    + raw[first + 1 : last]
                    + raw[first : first + 1]
                    + raw[last + 1 :]
                )
            case _:
                changed = raw[:at]
        if changed != raw:
            return kind, changed


def rejected(check: Callable[[bytes], object], raw: bytes) -> bool:
    try:
        check(raw)
    except (*REJECTIONS, UnicodeDecodeError, ValueError):
        return True
    return False
