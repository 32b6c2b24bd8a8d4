"""Receipts: a statement and what proves it in one line, fit for a header; behind a `~` what opens it (opening.py)."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, cast

import orjson

from sekisho.ledger import tree
from sekisho.ledger.keychange import Known
from sekisho.ledger.note import Checkpoint, NoteRejected, VerifierKey
from sekisho.ledger.note import verify as verify_signature
from sekisho.ledger.proof import Proof
from sekisho.ledger.record import Logged
from sekisho.provenance.opening import Opening, encoded, stated
from sekisho.provenance.rejected import ReceiptRejected
from sekisho.provenance.statement import canonical

MAX_RECEIPT = 64_000  # characters
INDEX = 8  # bytes of an index in the log


class Signs(Protocol):
    """Something that signs: `ledger.signer.Signer`."""

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        ...


class Place(NamedTuple):
    """Where a statement stands: at `position`, from 0, in the log `origin` when it had `size` entries."""

    origin: str
    position: int
    size: int


@dataclass(frozen=True, slots=True)
class Receipt(Mapping[str, Any]):
    """A receipt that has been verified. Reads like the dictionary it states.

    Attributes:
        statement: the bytes that were signed; SHA-256 over a zero byte and these is the leaf in the log.
        place: where the receipt proves it to stand; None for one that proves only who has stated it.
        opening: what texts can be compared with; None where the receipt has none, as none had before version 2.
        signed: the receipt without its opening; empty for what a proof file proves.
    """

    statement: bytes
    members: dict[str, Any]
    place: Place | None = None
    opening: Opening | None = None
    signed: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)


def issue(statement: bytes, signer: Signs) -> str:
    """The receipt of a canonical statement that stands in no log: `statement.signature`.

    Parts of receipts are base64url without padding (RFC 7515).
    """
    return f"{encoded(statement)}.{encoded(signer.sign(statement))}"


def logged(statement: bytes, proof: Logged) -> str:
    """The receipt of a canonical statement that is a leaf of the log: `statement.proof.checkpoint`.

    The proof is the leaf's index (8 bytes, most significant first) and the hashes of its inclusion proof; the
    checkpoint is a signed note. So the receipt proves without the log that the statement stands in it.
    """
    path = proof.position.to_bytes(INDEX, "big") + proof.proof
    return f"{encoded(statement)}.{encoded(path)}.{_written(proof.checkpoint)}"


@lru_cache(4)
def _written(checkpoint: str) -> str:
    """One checkpoint serves all receipts of a commit."""
    return encoded(checkpoint.encode())


def verify(receipt: str, public_key: bytes) -> Receipt:
    """What the holder of `public_key` (32 bytes, Ed25519) has stated. Raises `ReceiptRejected`.

    1. The receipt has two or three parts, each spelled in the one way that base64url allows.
    2. Of two, the second is the signature of the first; of three, the last is a checkpoint with a signature, and the
       second proves that the first is a leaf of its tree.
    3. The first is a JSON object in canonical form.
    4. The opening, where there is one, is that of the digests in the statement.
    """
    # 1. Parts
    signed, opened, opening = receipt.partition("~")
    parts = signed.split(".", 3)
    if len(parts) not in (2, 3) or len(receipt) > MAX_RECEIPT:
        raise ReceiptRejected(reason="form")
    statement, *proof = map(_decoded, parts)
    if not all(proof) or (len(proof) == 2 and len(proof[0]) % 32 != INDEX):
        raise ReceiptRejected(reason="form")
    # 2. Signature
    place: Place | None = None
    if len(proof) == 1:
        _check_signature(statement, proof[0], public_key)
    else:
        path = proof[0][INDEX:]
        hashes = [path[at : at + 32] for at in range(0, len(path), 32)]
        note = _text(proof[1])
        key = VerifierKey(note.partition("\n")[0], public_key)
        place = _place(statement, int.from_bytes(proof[0][:INDEX], "big"), hashes, note, key)
    # 3. Canonical
    members = _members(statement)
    # 4. Opening
    return Receipt(statement, members, place, _opening(opening, members) if opened else None, signed)


def verify_by(receipt: str, keys: Sequence[Known]) -> tuple[Receipt, VerifierKey]:
    """What one of these keys of a log has stated, and which. Raises `ReceiptRejected`, also for another log's receipt.

    Two logs may have one key under two names. What stands in one of them is not in the other.
    """

    def prove(key: VerifierKey) -> Receipt:
        verified = verify(receipt, key.public)
        if verified.place is not None and verified.place.origin != key.name:
            raise ReceiptRejected(reason="signature")
        return verified

    return by_any(keys, prove)


def by_any(keys: Sequence[Known], prove: Callable[[VerifierKey], Receipt]) -> tuple[Receipt, VerifierKey]:
    """What `prove` gives for one of these keys of a log, and which. Raises `ReceiptRejected`, also for a retired key.

    A key that was changed is retired: it has signed no larger log than it had then. Where a receipt names no size, as
    that of an admission, nothing tells when it was signed.
    """
    for key, until in reversed(keys):
        try:
            verified = prove(key)
        except ReceiptRejected as fault:
            if fault.reason == "signature":
                continue
            raise
        if until is not None and verified.place is not None and verified.place.size > until:
            raise ReceiptRejected(reason="retired")
        return verified, key
    raise ReceiptRejected(reason="signature")


def proven(statement: bytes, proof: Proof, key: VerifierKey) -> Receipt:
    """What a proof file proves of a statement: that it stands in the log of `key`. Raises `ReceiptRejected`.

    Reads like a receipt. Steps of c2sp.org/tlog-proof; cosignatures are the business of `ledger.cosignature`.
    """
    place = _place(statement, proof.index, proof.hashes, proof.checkpoint, key)
    return Receipt(statement, _members(statement), place)


def _opening(text: str, members: Mapping[str, Any]) -> Opening:
    try:
        opening = Opening.parse(text)
    except ValueError as fault:
        raise ReceiptRejected(reason="form") from fault
    answer = stated(opening.commitment, opening.answer) if opening.answer else None
    if (members.get("request"), members.get("answer")) != (stated(opening.commitment, opening.request), answer):
        raise ReceiptRejected(reason="opening")
    return opening


def _members(statement: bytes) -> dict[str, Any]:
    try:
        members = orjson.loads(statement)
        if not isinstance(members, dict) or canonical(cast("dict[str, Any]", members)) != statement:
            raise ReceiptRejected(reason="statement")
    except (TypeError, ValueError, RecursionError) as fault:
        raise ReceiptRejected(reason="statement") from fault
    return cast("dict[str, Any]", members)


def _check_signature(statement: bytes, signature: bytes, public_key: bytes) -> None:
    try:
        verify_signature(public_key, statement, signature)
    except NoteRejected as fault:
        raise ReceiptRejected(reason="signature") from fault


def _text(note: bytes) -> str:
    try:
        return note.decode()
    except UnicodeDecodeError as fault:
        raise ReceiptRejected(reason="signature") from fault


def _place(statement: bytes, position: int, hashes: list[bytes], note: str, key: VerifierKey) -> Place:
    try:
        checkpoint = Checkpoint.opened(note, key)
    except NoteRejected as fault:
        raise ReceiptRejected(reason="signature") from fault
    try:
        fits = tree.root_by(tree.leaf_hash(statement), position, checkpoint.size, hashes) == checkpoint.root
    except ValueError as fault:
        raise ReceiptRejected(reason="log") from fault
    if not fits:
        raise ReceiptRejected(reason="log")
    return Place(checkpoint.origin, position, checkpoint.size)


def _decoded(text: str) -> bytes:
    """Raises `ReceiptRejected` also for spellings that other readers would accept: a receipt has one."""
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error) as fault:
        raise ReceiptRejected(reason="form") from fault
    if encoded(raw) != text:
        raise ReceiptRejected(reason="form")
    return raw
