"""Cosignatures: a witness states when it saw which head of a log, and that the log only grew (C2SP tlog-cosignature).

Source: c2sp.org/tlog-cosignature. Only Ed25519 (signature type 0x04).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sekisho.ledger.note import COSIGNATURE, NoteRejected, VerifierKey, signature_line, signed, verify
from sekisho.ledger.signer import Signer

STAMP = 8  # bytes of the time in a signature
LATEST_S = 253_402_300_799  # the last second of the year 9999


class Cosignature(NamedTuple):
    """What a witness has stated: at `time_s` (Unix seconds) this was the largest head of the log it had seen."""

    witness: str
    time_s: int


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Cosigns checkpoints. Its key must sign nothing else, since cosignatures do not state the name it has."""

    signer: Signer

    @property
    def verifier(self) -> VerifierKey:
        """The public key, as those need it who verify its cosignatures."""
        return VerifierKey(self.signer.name, self.signer.public_key, COSIGNATURE)

    def line(self, text: str, time_s: int) -> str:
        """A signature line for the note text of a checkpoint."""
        signature = time_s.to_bytes(STAMP, "big") + self.signer.sign(_message(text, time_s))
        return signature_line(self.verifier, signature)


def found(note: str, witnesses: Iterable[VerifierKey]) -> list[Cosignature]:
    """The cosignatures of these witnesses that a checkpoint carries, all verified; the newest of each.

    Raises `NoteRejected` when the note is malformed or one of them is wrong. It does not verify the log's signature.
    """
    every: list[Cosignature] = []
    for key in witnesses:
        text, signatures = signed(note, key)
        times = [_verified(text, key, signature) for signature in signatures]
        if times:
            every.append(Cosignature(key.name, max(times)))
    return every


def _verified(text: str, key: VerifierKey, signature: bytes) -> int:
    time_s = int.from_bytes(signature[:STAMP], "big")
    if key.kind != COSIGNATURE or not 0 < time_s <= LATEST_S:
        raise NoteRejected("not a cosignature")
    verify(key.public, _message(text, time_s), signature[STAMP:])
    return time_s


def _message(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()
