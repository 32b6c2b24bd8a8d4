"""Signed notes (C2SP signed-note), the form in which a log signs what it says of itself.

Source: c2sp.org/signed-note and c2sp.org/tlog-checkpoint. Only Ed25519: the log's own signatures (type 0x01), and
those of witnesses (type 0x04, see cosignature.py).
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

from sekisho.core.errors import ConfigurationError

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
MAX_NOTE = 100_000  # characters; far above any note with 16 signatures
MAX_SIZE = 2**63 - 1
DASH = "— "


class NoteRejected(ValueError):
    """A note is not well-formed, or no known key has signed it."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name, as verifiers exchange it: `name+hash+base64`.

    Attributes:
        kind: the signature type, one byte: `ED25519` or `COSIGNATURE`.
    """

    name: str
    public: bytes
    kind: bytes = ED25519

    @classmethod
    def parse(cls, text: str, kind: bytes = ED25519) -> "VerifierKey":
        """Reads the written form of a key of this kind.

        Raises `ConfigurationError` when it is not one, or its hash does not fit.
        """
        parts = text.strip().split("+", 2)
        try:
            name, _, encoded = parts
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as fault:
            raise ConfigurationError(where="verifier key", what="is not of the form name+hash+base64") from fault
        key = cls(name, raw[1:], kind)
        if raw[:1] != kind or len(raw) != 33 or str(key) != text.strip() or not valid_name(name):
            owner = "a witness's" if kind == COSIGNATURE else "a log's"
            raise ConfigurationError(where="verifier key", what=f"is not {owner} Ed25519 key that fits its hash")
        return key

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name and key."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"


def valid_name(name: str) -> bool:
    """Whether a key may have this name: no spaces, no plus, nothing unprintable."""
    return bool(name) and name.isprintable() and "+" not in name and not any(c.isspace() for c in name)


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """A line to stand below the note."""
    return f"{DASH}{key.name} {base64.b64encode(key.key_id + signature).decode()}\n"


def opened(note: str, key: VerifierKey) -> str:
    """The text of a note that `key` has signed; other keys' signatures are ignored.

    Raises `NoteRejected` when the note is malformed, the key has not signed it, or one of its signatures is wrong.
    """
    text, ours = signed(note, key)
    if not ours:
        raise NoteRejected("not signed by this key")
    for signature in ours:
        verify(key.public, text.encode(), signature)
    return text


def signed(note: str, key: VerifierKey) -> tuple[str, list[bytes]]:
    """The text of a note and the signatures in the key's name, unverified. Raises `NoteRejected` if it is malformed."""
    text, gap, block = note.rpartition("\n\n")
    if len(note) > MAX_NOTE or not gap or not block.endswith("\n") or any(c < " " and c != "\n" for c in note):
        raise NoteRejected("not a signed note")
    found = map(_signature, block[:-1].split("\n"))
    return text + "\n", [raw[4:] for name, raw in found if (name, raw[:4]) == (key.name, key.key_id)]


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Raises `NoteRejected` unless `signature` is that of `message` under the Ed25519 key `public` (RFC 8032)."""
    try:
        if len(signature) != 64:
            raise NoteRejected("a signature has 64 bytes")
        crypto_sign_open(signature + message, public)
    except (CryptoError, ValueError) as fault:
        raise NoteRejected("the signature does not fit") from fault


def _signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(DASH).partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError as fault:
        raise NoteRejected("not a signature line") from fault
    if base64.b64encode(raw).decode() != encoded:  # the last digit may hold bits that nothing else covers
        raise NoteRejected("not a signature line")
    if not line.startswith(DASH) or not space or len(raw) < 5 or not valid_name(name):
        raise NoteRejected("not a signature line")
    return name, raw


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head: how many leaves the log `origin` has, and their root hash."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note text (c2sp.org/tlog-checkpoint)."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def opened(cls, note: str, key: VerifierKey) -> "Checkpoint":
        """Reads a checkpoint that `key` has signed for the log of its name. Raises `NoteRejected`."""
        checkpoint = cls.read(opened(note, key))
        if checkpoint.origin != key.name:
            raise NoteRejected("not a checkpoint of this log")
        return checkpoint

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """What a note text states, which is nothing before a signature is verified. Raises `NoteRejected`."""
        lines = text.split("\n")
        try:
            origin, size, root = lines[:3]
            checkpoint = cls(origin, int(size), base64.b64decode(root, validate=True))
        except (ValueError, binascii.Error) as fault:
            raise NoteRejected("not a checkpoint") from fault
        if not text.startswith(checkpoint.text) or not 0 <= checkpoint.size <= MAX_SIZE or len(root) != 44:
            raise NoteRejected("not a checkpoint")
        if not origin or not text.endswith("\n") or "" in lines[3:-1]:
            raise NoteRejected("not a checkpoint")
        return checkpoint
