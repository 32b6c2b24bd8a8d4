"""Sealing and recording: what the log says of an exchange, and the receipt that the caller takes home."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from sekisho.core.entropy import ENTROPY
from sekisho.core.exchange import Exchange
from sekisho.core.fixed import fixed
from sekisho.ledger.ledger import Logged
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.pipeline.identity import timestamp
from sekisho.policy.profile import Profile
from sekisho.provenance import answered, opening, receipt
from sekisho.provenance.statement import canonical


class Log(Protocol):
    """Where records go."""

    async def append(self, record: Record) -> Logged:
        """Returns once the record is durable. Raises `LedgerFault`."""
        ...


@fixed
class Seal:
    """What binds a statement to the words it speaks of, without saying them (provenance/opening.py).

    Digests are salted, so that nobody can confirm a guess at a short text. The salt goes home with the caller, and is
    kept with the content and goes with it.
    """

    salt: bytes
    commitment: str
    request: str

    @classmethod
    def of(cls, raw: bytes, messages: Sequence[Any]) -> "Seal":
        """The seal of a request body and the messages in it."""
        salt = ENTROPY.take(16)
        return cls(salt, opening.digest(salt), opening.of_request(salt, raw, messages))

    def digest(self, text: bytes) -> str:
        """Salted SHA-256 in hexadecimal, of what is no part of what the caller takes home."""
        return hashlib.sha256(self.salt + text).hexdigest()


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes statements, signs receipts, appends records.

    Attributes:
        weights: SHA-256 of the weights of a model, by our name for it, where they are known; base64url.
    """

    log: Log
    signer: Signer
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    weights: Mapping[str, str] = field(default_factory=dict[str, str])

    def admission(self, exchange: Exchange, profile: Profile, seal: Seal) -> str:
        """The receipt that a streamed answer begins with: this request was taken in, under this profile."""
        statement = self._common("admission", exchange, profile, seal)
        return f"{receipt.issue(canonical(statement), self.signer)}~{opening.written(seal.salt, seal.request)}"

    async def record(
        self, exchange: Exchange, profile: Profile, seal: Seal, raw: bytes, texts: Sequence[Any], tokens: int
    ) -> str:
        """Appends the record and returns the receipt, once the record is durable. Raises `LedgerFault`."""
        answer = opening.of_answer(seal.salt, answered.choices(texts))
        statement = self._common("exchange", exchange, profile, seal)
        statement |= {
            "answer": opening.stated(seal.commitment, answer),
            "categories": exchange.categories,
            "finish": exchange.finish,
            "model": exchange.model,
            "tokens": tokens,
            "verdict": exchange.verdict.word,
        }
        if exchange.seen:
            statement["seen"] = exchange.seen
        weights = self.weights.get(exchange.model)
        if weights is not None:
            statement["weights"] = weights
        leaf = canonical(statement)
        content = _content(seal, raw, orjson.dumps(texts)) if profile.keep_content else None
        keep_until_s = None
        if profile.keep_content and profile.keep_s is not None:
            keep_until_s = exchange.started_ms // 1000 + profile.keep_s
        logged = await self.log.append(Record(exchange.id, leaf, content, keep_until_s))
        return f"{receipt.logged(leaf, logged)}~{opening.written(seal.salt, seal.request, answer)}"

    def _common(self, kind: str, exchange: Exchange, profile: Profile, seal: Seal) -> dict[str, Any]:
        return {
            "v": 2,
            "kind": kind,
            "id": exchange.id,
            "time": timestamp(exchange.started_ms),
            "profile": profile.name,
            "policy": profile.digest,
            "request": opening.stated(seal.commitment, seal.request),
        }


def _content(seal: Seal, raw: bytes, answer: bytes) -> bytes:
    return b'{"salt":"%b","request":%b,"answer":%b}' % (seal.salt.hex().encode(), raw, answer)
