"""The key with which this log signs receipts and checkpoints."""

import base64
import binascii
import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from nacl.bindings import crypto_sign_seed_keypair

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keyfile, keystore
from sekisho.ledger.keystore import Sign
from sekisho.ledger.note import ED25519, VerifierKey, signature_line, valid_name

FILE = "signer.key"
_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with Ed25519 (RFC 8032). What it signs is either a canonical JSON object or a note.

    The two cannot be taken for each other: canonical JSON holds no line feed, a note ends in one.
    """

    verifier: VerifierKey
    _sign: Sign = field(repr=False, compare=False)

    @classmethod
    def open(cls, directory: Path, name: str = "", file: str = FILE) -> "Signer":
        """Reads `signer.key` in `directory`, or another `file` there; or makes it, mode 0600.

        The file is one line as `note.GenerateKey` of golang.org/x/mod/sumdb writes it, or the name of a store
        (keystore.py) and, in a second line, the public key. `name` is the key's name and the
        log's origin, best a URL without scheme; without it an existing key keeps its name and a new one gets one made
        from its public key. Raises `ConfigurationError` when the file is unusable, others can read it, or it belongs to
        another name.
        """
        if name and not valid_name(name):
            raise ConfigurationError(where="the log's name", what="must not hold spaces or plus signs")
        path = directory / file
        signer = cls.found(directory, file) or cls._read(path, keyfile.create(path, _new(name)))
        if name and signer.name != name:
            raise ConfigurationError(where=str(path), what=f"belongs to the log `{signer.name}`, not `{name}`")
        return signer

    @classmethod
    def found(cls, directory: Path, file: str = FILE) -> "Signer | None":
        """The signer of `directory`; None where no key has been made. Raises `ConfigurationError` as `open` does."""
        path = directory / file
        written = keyfile.load(path)
        return None if written is None else cls._read(path, written)

    @classmethod
    def public(cls, directory: Path) -> VerifierKey | None:
        """The public key of `directory`, as it stands there; None where no key has been made.

        Opens no store: that would run a module which the file names. Raises `ConfigurationError`.
        """
        path = directory / FILE
        written = keyfile.load(path)
        if written is None:
            return None
        store, _, public = written.decode("utf-8", "replace").strip().partition("\n")
        return VerifierKey.parse(public) if keystore.is_store(store) else cls._read(path, written).verifier

    @classmethod
    def _read(cls, path: Path, written: bytes) -> "Signer":
        store, _, public = written.decode("utf-8", "replace").strip().partition("\n")
        if keystore.is_store(store):
            key, held = VerifierKey.parse(public), keystore.held(store)
            if key.public != held.public:
                raise ConfigurationError(where=str(path), what="names another key than the store has")
            return cls(key, held.sign)
        try:
            text = written.decode().strip()
            name, _, encoded = text.removeprefix(_PREFIX).split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as fault:
            raise ConfigurationError(where=str(path), what="is not a signing key") from fault
        if len(raw) != 33 or raw[:1] != ED25519:
            raise ConfigurationError(where=str(path), what="is not an Ed25519 signing key")
        signer = cls.of(name, raw[1:])
        if _written(signer.verifier, raw[1:]) != text:
            raise ConfigurationError(where=str(path), what="is damaged: its hash does not fit")
        return signer

    @classmethod
    def of(cls, name: str, seed: bytes) -> "Signer":
        """The signer with the key that RFC 8032 makes from a seed of 32 bytes."""
        held = keystore.of_seed(seed)
        return cls(VerifierKey(name, held.public), held.sign)

    @classmethod
    def stored(cls, directory: Path, name: str, store: str, file: str) -> "Signer":
        """As `open`, for a key in a store, which is made where it is missing; `file` then says where it is."""
        path = directory / file
        if cls.found(directory, file) is None:
            key = VerifierKey(name, keystore.held(store, make=True).public)
            keyfile.create(path, f"{store}\n{key}\n".encode())
        return cls.open(directory, name, file)

    @property
    def name(self) -> str:
        """The key's name, which is the log's origin."""
        return self.verifier.name

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that verify what this signs."""
        return self.verifier.public

    @property
    def key_id(self) -> bytes:
        """The four bytes by which notes name the key."""
        return self.verifier.key_id

    @property
    def verifier_key(self) -> str:
        """The public key as text (C2SP signed-note): what a verifier needs."""
        return str(self.verifier)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature."""
        return self._sign(message)

    def note(self, text: str) -> str:
        """The text, which ends in a line feed, as a signed note."""
        return f"{text}\n{signature_line(self.verifier, self.sign(text.encode()))}"


def _new(name: str) -> bytes:
    seed = os.urandom(32)
    public = crypto_sign_seed_keypair(seed)[0]
    name = name or f"sekisho.local/{sha256(public).hexdigest()[:16]}"
    return _written(VerifierKey(name, public), seed).encode() + b"\n"


def _written(key: VerifierKey, seed: bytes) -> str:
    return f"{_PREFIX}{key.name}+{key.key_id.hex()}+{base64.b64encode(ED25519 + seed).decode()}"
