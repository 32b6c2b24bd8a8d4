"""Encrypted contents: each under a key of its own, which can be destroyed."""

import os
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt
from nacl.exceptions import CryptoError

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keyfile

# PyNaCl's own function for this checks and copies what it is given, which takes longer than to encrypt it.
_sodium: Any = import_module("nacl._sodium")

FILE = "master.key"
SECRET = 32
TAG = 16
DESTROYED = bytes(SECRET)


class SealBroken(ValueError):
    """A content does not open: it, its key or the exchange it is filed under has been changed."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals contents with XChaCha20-Poly1305; the associated data is the exchange's identifier.

    Key and nonce of a content come from keyed BLAKE2b over 32 random bytes of its own (its *secret*) under the master
    key. To open a content takes both, so it is gone when the secret is, and a copied database is of no use without
    `master.key`. Deriving instead of wrapping saves a second encryption for each exchange.
    """

    _master: bytes = field(repr=False)

    @classmethod
    def open(cls, directory: Path, *, create: bool) -> "Vault":
        """Reads `master.key` in `directory`; makes it, mode 0600, where `create` allows that.

        Raises `ConfigurationError` when it is missing or unusable.
        """
        path = directory / FILE
        master = keyfile.load(path)
        if master is None and create:
            master = keyfile.create(path, os.urandom(32))
        if master is None:
            raise ConfigurationError(where=str(path), what="is missing; restore it from a copy")
        if len(master) != 32:
            raise ConfigurationError(where=str(path), what="is damaged: it must have 32 bytes")
        return cls(master)

    @property
    def fingerprint(self) -> bytes:
        """Sixteen bytes that tell master keys apart and reveal nothing about this one."""
        return blake2b(key=self._master, person=b"sekisho.master", digest_size=16).digest()

    def seal(self, exchange: str, content: bytes) -> tuple[bytes, bytes]:
        """A fresh secret, and the content sealed with it."""
        secret = os.urandom(SECRET)
        key, nonce = self._derived(secret)
        return secret, _sealed(content, exchange.encode(), nonce, key)

    def unseal(self, exchange: str, secret: bytes, sealed: bytes) -> bytes:
        """The content. Raises `SealBroken`."""
        key, nonce = self._derived(secret)
        try:
            return crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, exchange.encode(), nonce, key)
        except (CryptoError, ValueError, TypeError) as fault:
            raise SealBroken("the seal is broken") from fault

    def _derived(self, secret: bytes) -> tuple[bytes, bytes]:
        derived = blake2b(secret, key=self._master, person=b"sekisho.content", digest_size=56).digest()
        return derived[:32], derived[32:]


def _sealed(content: bytes, bound: bytes, nonce: bytes, key: bytes) -> bytes:
    """XChaCha20-Poly1305 of a content, with associated data; `nonce` has 24 bytes, `key` 32."""
    ffi, size = _sodium.ffi, len(content) + TAG
    sealed = ffi.new("unsigned char[]", size)
    fault = _sodium.lib.crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed, ffi.NULL, content, len(content), bound, len(bound), ffi.NULL, nonce, key
    )
    if fault:
        raise RuntimeError("libsodium does not encrypt")
    return bytes(ffi.buffer(sealed, size))
