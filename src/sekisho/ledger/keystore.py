"""Signing keys that do not lie in a file: in the keyring of the operating system, or in a token by PKCS#11.

A *store* names the key: `keyring:NAME`, or a PKCS#11 URI (RFC 7512) with the attributes `token`, `object`,
`module-path` and `pin-source`, the last of the form `env:VARIABLE`, so that no PIN stands in any file.
"""

import base64
import importlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from sekisho.core.errors import ConfigurationError, LedgerFault

KEYRING, PKCS11 = "keyring:", "pkcs11:"
USER = "sekisho"  # under which the keyring holds the key
EDWARDS25519 = b"\x06\x03\x2b\x65\x70"  # the curve's identifier, 1.3.101.112 (RFC 8410), in DER
_ATTRIBUTES = {"token", "object", "module-path", "pin-source"}

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Held:
    """A key in a store: its public half, and what signs with it."""

    public: bytes
    sign: Sign


def is_store(text: str) -> bool:
    """Whether a text names a key that does not lie in a file."""
    return text.startswith((KEYRING, PKCS11))


def held(store: str, *, make: bool = False) -> Held:
    """The key that a store names; where there is none and `make` says so, a new one.

    Raises `ConfigurationError` where the store cannot be used or has no such key.
    """
    try:
        return _in_keyring(store, make=make) if store.startswith(KEYRING) else _in_token(store, make=make)
    except ImportError as fault:
        extra = "keyring" if store.startswith(KEYRING) else "pkcs11"
        raise ConfigurationError(where=store, what=f"needs pip install 'sekisho[{extra}]'") from fault


def forget(store: str) -> None:
    """Removes a key from the keyring. What a token holds is for its own tools to destroy."""
    if store.startswith(KEYRING):
        keyring: Any = importlib.import_module("keyring")
        try:
            keyring.delete_password(store.removeprefix(KEYRING), USER)
        except keyring.errors.KeyringError as fault:
            raise ConfigurationError(where=store, what="is not used any more, but could not be removed") from fault


def of_seed(seed: bytes) -> Held:
    """The key that RFC 8032 makes from a seed of 32 bytes."""
    public, secret = crypto_sign_seed_keypair(seed)
    return Held(public, lambda message: crypto_sign(message, secret)[:64])


def _in_keyring(store: str, *, make: bool) -> Held:
    keyring: Any = importlib.import_module("keyring")
    name = store.removeprefix(KEYRING)
    try:
        kept = keyring.get_password(name, USER)
        if kept is None and make and name:
            keyring.set_password(name, USER, base64.b64encode(os.urandom(32)).decode())
            kept = keyring.get_password(name, USER)
        seed = base64.b64decode(kept or "", validate=True)
    except (keyring.errors.KeyringError, ValueError) as fault:
        raise ConfigurationError(where=store, what=f"cannot be used: {type(fault).__name__}") from fault
    if len(seed) != 32:
        raise ConfigurationError(where=store, what="there is no such key in the keyring")
    return of_seed(seed)


def _in_token(store: str, *, make: bool) -> Held:
    pkcs11: Any = importlib.import_module("pkcs11")
    told = _attributes(store)
    variable = told["pin-source"].removeprefix("env:")
    label = {"label": told["object"], "key_type": pkcs11.KeyType.EC_EDWARDS}
    try:
        token = pkcs11.lib(told["module-path"]).get_token(token_label=told["token"])
        session = _session(token, os.environ.get(variable, ""), pkcs11)
        if make and not list(session.get_objects({pkcs11.Attribute.LABEL: told["object"]})):
            curve = {pkcs11.Attribute.EC_PARAMS: EDWARDS25519}
            parameters = session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True)
            mechanism = pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN
            parameters.generate_keypair(mechanism=mechanism, store=True, label=told["object"])
        public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, **label)[pkcs11.Attribute.EC_POINT]
        private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, **label)
    except (pkcs11.exceptions.PKCS11Error, RuntimeError) as fault:
        raise ConfigurationError(where=_shown(told), what=f"cannot be used: {type(fault).__name__}") from fault
    return Held(bytes(public)[-32:], _signing(private, pkcs11))


def _session(token: Any, pin: str, pkcs11: Any) -> Any:
    """A session that may sign. The login is one of the whole process, so there may be one already."""
    try:
        return token.open(rw=True, user_pin=pin)
    except pkcs11.exceptions.UserAlreadyLoggedIn:
        return token.open(rw=True)


def _signing(private: Any, pkcs11: Any) -> Sign:
    turn = threading.Lock()  # a session does one thing at a time, and the writer is not the only thread that signs

    def sign(message: bytes) -> bytes:
        try:
            with turn:
                return private.sign(message, mechanism=pkcs11.Mechanism.EDDSA)
        except pkcs11.exceptions.PKCS11Error as fault:
            raise LedgerFault(why=f"the token does not sign: {type(fault).__name__}") from fault

    return sign


def _attributes(store: str) -> dict[str, str]:
    path, _, query = store.removeprefix(PKCS11).partition("?")
    pairs = [one.partition("=") for one in [*path.split(";"), *query.split("&")] if one]
    told = {name: unquote(value) for name, _, value in pairs}
    if told.keys() != _ATTRIBUTES or len(pairs) != len(told) or not all(told.values()):
        what = f"needs {', '.join(sorted(_ATTRIBUTES))} and nothing else"
        raise ConfigurationError(where="the PKCS#11 URI", what=what)
    if not told["module-path"].startswith("/"):  # else it depends on the folder in which a command is run
        raise ConfigurationError(where="module-path", what="is an absolute path")
    if not told["pin-source"].startswith("env:"):
        raise ConfigurationError(where="pin-source", what="is `env:` and the name of an environment variable")
    return told


def _shown(told: dict[str, str]) -> str:
    return f"token {told['token']}, object {told['object']}"
