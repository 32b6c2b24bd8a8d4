"""Logs and bundles to audit."""

import asyncio
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path

from sekisho.governance.audit import Auditor
from sekisho.ledger import bundle, erasure
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.pipeline.identity import timestamp, ulid
from sekisho.policy.kept import digest_of
from sekisho.provenance import receipt
from sekisho.provenance.statement import canonical

SIGNER = Signer.of("log.example/town", bytes([9]) * 32)
START_MS = 1_767_225_600_000
POLICY = b'{"profile":"office"}'
POLICIES = {digest_of(POLICY): POLICY}


def statement(number=0, time_ms=None, **changes):
    time_ms = START_MS + 1000 * number if time_ms is None else time_ms
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return {
        "v": 1,
        "kind": "exchange",
        "id": ulid(time_ms),
        "time": timestamp(time_ms),
        "profile": "office",
        "policy": digest_of(POLICY),
        "request": digest,
        "answer": digest,
        "categories": ["privacy.phone"],
        "finish": "stop",
        "model": "town-llm",
        "tokens": 3,
        "verdict": ("pass", "mask", "refuse")[number % 3],
    } | changes


@dataclass
class Log:
    """A ledger that grows, and the receipts it has given."""

    home: Path
    ledger: Ledger = field(init=False)
    receipts: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.ledger = Ledger.open(self.home, signer=SIGNER, sync=False, now_ms=lambda: START_MS + 10_000_000)

    def add(self, *statements, content=None, name="0" * 26):
        async def append():
            records = []
            for one in statements:
                raw = one if isinstance(one, bytes) else canonical(one)
                told = one.get("id", name) if isinstance(one, dict) else name
                records.append(Record(told, raw, content))
            return await asyncio.gather(*[self.ledger.append(one) for one in records]), records

        logged, records = asyncio.run(append())
        self.receipts += [receipt.logged(one.statement, proof) for one, proof in zip(records, logged, strict=True)]

    def grow(self, count):
        self.add(*[statement(number) for number in range(self.ledger.size, self.ledger.size + count)])

    def bundle(self, note=None, policies=POLICIES):
        path = self.home / "bundle.tar"
        bundle.export(self.ledger, SIGNER, note or self.ledger.checkpoint(SIGNER), policies, path)
        return path.read_bytes()

    def checkpoint(self):
        return self.ledger.checkpoint(SIGNER)


def audit(raw, **given):
    return Auditor(SIGNER.verifier, **given).run(io.BytesIO(raw))


def erased(name, position):
    return erasure.statement(name, position, "request", START_MS + 10_000_000)
