"""Sealing and recording: what the log says of an exchange, and the receipt that the caller takes home."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from sekisho.core.entropy import ENTROPY
from sekisho.core.exchange import Exchange
from sekisho.ledger.ledger import Logged
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.pipeline.identity import timestamp
from sekisho.policy.profile import Profile
from sekisho.provenance import receipt
from sekisho.provenance.statement import canonical


class Log(Protocol):
    """Where records go."""

    async def append(self, record: Record) -> Logged:
        """Returns once the record is durable. Raises `LedgerFault`."""
        ...


@dataclass(frozen=True, slots=True)
class Seal:
    """What binds a statement to the words it speaks of, without saying them.

    Digests are salted, so that nobody can confirm a guess at a short text; the salt is kept with the content and
    goes with it.
    """

    salt: bytes
    request: str

    @classmethod
    def of(cls, raw: bytes) -> "Seal":
        """The seal of a request body."""
        salt = ENTROPY.take(16)
        return cls(salt, hashlib.sha256(salt + raw).hexdigest())

    def digest(self, text: bytes) -> str:
        """Salted SHA-256 in hexadecimal."""
        return hashlib.sha256(self.salt + text).hexdigest()


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes statements, signs receipts, appends records."""

    log: Log
    signer: Signer
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def admission(self, exchange: Exchange, profile: Profile, seal: Seal) -> str:
        """The receipt that a streamed answer begins with: this request was taken in, under this profile."""
        statement = self._common("admission", exchange, profile, seal)
        return receipt.issue(canonical(statement), self.signer)

    async def record(
        self, exchange: Exchange, profile: Profile, seal: Seal, raw: bytes, texts: Sequence[Any], tokens: int
    ) -> str:
        """Appends the record and returns the receipt, once the record is durable. Raises `LedgerFault`."""
        answer = orjson.dumps(texts)
        statement = self._common("exchange", exchange, profile, seal)
        statement |= {
            "answer": seal.digest(answer),
            "categories": sorted({one.finding.category for one in exchange.judged}),
            "finish": exchange.finish,
            "model": exchange.model,
            "tokens": tokens,
            "verdict": exchange.verdict.word,
        }
        if exchange.seen:
            statement["seen"] = exchange.seen
        leaf = canonical(statement)
        content = _content(seal, raw, answer) if profile.keep_content else None
        keep_until_s = None
        if profile.keep_content and profile.keep_s is not None:
            keep_until_s = exchange.started_ms // 1000 + profile.keep_s
        logged = await self.log.append(Record(exchange.id, leaf, content, keep_until_s))
        return receipt.logged(leaf, logged)

    def _common(self, kind: str, exchange: Exchange, profile: Profile, seal: Seal) -> dict[str, Any]:
        return {
            "v": 1,
            "kind": kind,
            "id": exchange.id,
            "time": timestamp(exchange.started_ms),
            "profile": profile.name,
            "policy": profile.digest,
            "request": seal.request,
        }


def _content(seal: Seal, raw: bytes, answer: bytes) -> bytes:
    return b'{"salt":"%b","request":%b,"answer":%b}' % (seal.salt.hex().encode(), raw, answer)
