"""Receipts: a statement and its signature in one line, fit for a header."""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import orjson

from sekisho.ledger.note import NoteRejected
from sekisho.ledger.note import verify as verify_signature
from sekisho.provenance.rejected import ReceiptRejected
from sekisho.provenance.statement import canonical

MAX_RECEIPT = 64_000  # characters


class Signs(Protocol):
    """Something that signs: `ledger.signer.Signer`."""

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt(Mapping[str, Any]):
    """A receipt that has been verified. Reads like the dictionary it states.

    Attributes:
        statement: the bytes that were signed; SHA-256 over a zero byte and these is the leaf in the log.
    """

    statement: bytes
    members: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)

    def speaks_of(self, text: bytes, salt: bytes) -> str | None:
        """Which digest of the statement is that of `text`: `request`, `answer`, or None for neither."""
        digest = hashlib.sha256(salt + text).hexdigest()
        return next((name for name in ("request", "answer") if self.members.get(name) == digest), None)


def issue(statement: bytes, signer: Signs) -> str:
    """The receipt of a canonical statement: `base64url(statement).base64url(signature)`, without padding (RFC 7515)."""
    return f"{_encoded(statement)}.{_encoded(signer.sign(statement))}"


def verify(receipt: str, public_key: bytes) -> Receipt:
    """What the holder of `public_key` (32 bytes, Ed25519) has stated. Raises `ReceiptRejected`.

    1. The receipt has two parts, each spelled in the one way that base64url allows.
    2. The second is the signature of the first.
    3. The first is a JSON object in canonical form.
    """
    # 1. Two parts
    written, dot, signed = receipt.partition(".")
    if not dot or len(receipt) > MAX_RECEIPT:
        raise ReceiptRejected(reason="form")
    statement, signature = _decoded(written), _decoded(signed)
    # 2. Signature
    try:
        verify_signature(public_key, statement, signature)
    except NoteRejected as fault:
        raise ReceiptRejected(reason="signature") from fault
    # 3. Canonical
    try:
        members = orjson.loads(statement)
        if not isinstance(members, dict) or canonical(cast("dict[str, Any]", members)) != statement:
            raise ReceiptRejected(reason="statement")
    except (TypeError, ValueError) as fault:
        raise ReceiptRejected(reason="statement") from fault
    return Receipt(statement, cast("dict[str, Any]", members))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    """Raises `ReceiptRejected` also for spellings that other readers would accept: a receipt has one."""
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error) as fault:
        raise ReceiptRejected(reason="form") from fault
    if _encoded(raw) != text:
        raise ReceiptRejected(reason="form")
    return raw
