"""API keys: who may come in, with which profiles and limits."""

import re
import secrets
import time
import unicodedata
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import msgspec

from sekisho.core.errors import AccessFault, ConfigurationError, InvalidName, NameTaken, UnknownKey, UnknownName
from sekisho.core.settings import Limits, Settings
from sekisho.server.shared import SLOTS
from sekisho.server.table import Table

PREFIX = "sk-sekisho-"
ANY_PROFILE = ("*",)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})  # from where only this machine can come in
DEMONSTRATION = "demonstration"  # the name of keys that exist in memory only; they share slot 0
MAX_HEADER = 1000  # characters
MAX_LIMIT = 2**53  # exact in every JSON reader, and far from the 64 bits of the shared words

NAME = re.compile(r"\w[\w.\-]{0,63}")
QUERY = """
SELECT name, digest, profiles, requests_per_minute, tokens_per_minute, concurrent, slot, created_ms
FROM keys ORDER BY created_ms, name
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key is allowed; never the key itself.

    Attributes:
        profiles: those it may use, the first by default; `("*",)` means any.
        requests_per_minute: 0 means no limit; so with the next two.
        slot: its place in the shared memory.
    """

    name: str
    profiles: tuple[str, ...]
    requests_per_minute: int
    tokens_per_minute: int
    concurrent: int
    slot: int


@dataclass(frozen=True, slots=True)
class Registered:
    """A key as lists show it. `created_ms` is Unix time in milliseconds."""

    key: Key
    created_ms: int


@dataclass(frozen=True, slots=True)
class _Known:
    digest: bytes
    registered: Registered


class Access:
    """The keys of one home directory, held in memory by the SHA-256 of each.

    The keys have 256 random bits, so a plain digest is enough: nothing that can be guessed is stored. They stand in
    `access.sqlite` (mode 0600). What another process creates or revokes holds here from the next call on.
    Raises `AccessFault` when the table is damaged, then and at any later reading; nobody is let in on an old table.
    """

    def __init__(self, directory: Path, *, settings: Settings) -> None:
        self._limits = settings.limits
        self._demonstrations: dict[bytes, _Known] = {}
        self._table = Table(directory, QUERY, partial(_all_known, limits=settings.limits))

    def identify(self, authorization: str) -> Key:
        """The key of an `Authorization` value, `Bearer …` (RFC 6750, 2.1). Raises `UnknownKey`.

        The digests are compared in constant time. Finding the candidate by its digest tells an observer of the time
        nothing useful, since nobody can choose a key by its digest.
        """
        stored = self._table.content()
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or len(authorization) > MAX_HEADER:
            raise UnknownKey
        digest = _digest(token.strip())
        known = self._demonstrations.get(digest) or stored.get(digest)
        if known is None or not compare_digest(known.digest, digest):
            raise UnknownKey
        return known.registered.key

    def create(
        self,
        name: str,
        profiles: tuple[str, ...],
        *,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        concurrent: int | None = None,
    ) -> str:
        """Makes a key and returns it; it can never be read again. A limit of None follows the settings.

        Raises `InvalidName`, `NameTaken`, or `ConfigurationError` for profiles or limits that make no sense and when
        there are as many keys as the shared memory has places for.
        """
        limits = (requests_per_minute, tokens_per_minute, concurrent)
        name = _checked(name, profiles, limits)
        key = PREFIX + secrets.token_urlsafe(32)
        with self._table.change() as connection:
            if name == DEMONSTRATION or _exists(connection, name):
                raise NameTaken(name=name)
            slot = _free_slot(connection)
            row = (name, _digest(key), msgspec.json.encode(profiles).decode(), *limits, slot, _now_ms())
            connection.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            self._table.shared.clear_window(slot)
        return key

    def revoke(self, name: str) -> None:
        """Ends a key at once, in every process. Raises `UnknownName`."""
        name = unicodedata.normalize("NFC", name)
        with self._table.change() as connection:
            if not connection.execute("DELETE FROM keys WHERE name = ?", (name,)).rowcount:
                names = [str(row[0]) for row in connection.execute("SELECT name FROM keys ORDER BY name")]
                raise UnknownName.among(name, names)

    def list(self) -> tuple[Registered, ...]:
        """All stored keys, the oldest first."""
        return tuple(known.registered for known in self._table.read().values())

    def add_demonstration(self, key: str) -> None:
        """Lets `key` in with every profile while this process runs. It is not stored, not even as a digest.

        Raises `ConfigurationError` for an empty key.
        """
        if not key.strip():
            raise ConfigurationError(where="key", what="the demonstration key is empty")
        limits = self._limits
        allowed = Key(
            DEMONSTRATION, ANY_PROFILE, limits.requests_per_minute, limits.tokens_per_minute, limits.concurrent, 0
        )
        digest = _digest(key.strip())
        self._demonstrations[digest] = _Known(digest, Registered(allowed, _now_ms()))

    def close(self) -> None:
        """Unmaps the shared file."""
        self._table.close()


def _all_known(rows: list[tuple[Any, ...]], limits: Limits) -> dict[bytes, _Known]:
    known = [_known(row, limits) for row in rows]
    return {item.digest: item for item in known}


def _known(row: tuple[Any, ...], limits: Limits) -> _Known:
    try:
        stored = msgspec.convert(row, tuple[str, bytes, str, int | None, int | None, int | None, int, int])
        name, digest, profiles, requests, tokens, concurrent, slot, created_ms = stored
        allowed = msgspec.json.decode(profiles, type=tuple[str, ...])
    except msgspec.MsgspecError as fault:
        raise AccessFault(why="a row is damaged") from fault
    if not allowed or not 0 < slot < SLOTS:
        raise AccessFault(why="a row is damaged")
    key = Key(
        name,
        allowed,
        limits.requests_per_minute if requests is None else requests,
        limits.tokens_per_minute if tokens is None else tokens,
        limits.concurrent if concurrent is None else concurrent,
        slot,
    )
    return _Known(digest, Registered(key, created_ms))


def _checked(name: str, profiles: tuple[str, ...], limits: tuple[int | None, ...]) -> str:
    name = unicodedata.normalize("NFC", name)
    if not NAME.fullmatch(name):
        raise InvalidName(name=ascii(name[:40]))
    if not profiles or ("*" in profiles and profiles != ANY_PROFILE) or len(set(profiles)) != len(profiles):
        raise ConfigurationError(where="profiles", what="at least one, each once, and `*` only alone")
    if any(limit is not None and not 0 <= limit <= MAX_LIMIT for limit in limits):
        raise ConfigurationError(where="limits", what=f"between 0 (no limit) and {MAX_LIMIT}")
    return name


def _exists(connection: Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM keys WHERE name = ?", (name,)).fetchone() is not None


def _free_slot(connection: Connection) -> int:
    """Any free place at random: requests of a key revoked just now may still be charged to the place it had."""
    taken = {int(row[0]) for row in connection.execute("SELECT slot FROM keys")}
    free = [slot for slot in range(1, SLOTS) if slot not in taken]
    if not free:
        raise ConfigurationError(where="keys", what=f"there are {SLOTS - 1} keys already, which is the most")
    return secrets.choice(free)


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
