"""Rotates the signing key of a log, so that never two keys sign at a time."""

import asyncio
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keychange, keystore, published
from sekisho.ledger.keychange import Change, Known
from sekisho.ledger.keyfile import sync_directory
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.ledger.signer import FILE, Signer

NEXT, LOCK, HISTORY = "signer.next", "signer.lock", "keys.jsonl"


@contextmanager
def signing(directory: Path) -> Generator[None, None, None]:
    """While this lasts nobody rotates the key of this home. Any number of processes may sign at a time."""
    with _locked(directory, LOCK_SH, "its key is being changed just now (鍵を替えているところです)"):
        yield


def changes(ledger: Ledger) -> list[Change]:
    """All changes of the key, in their order, as the log has them. Raises `KeysRejected`."""
    return [Change.parse(ledger.leaf(entry.position)) for entry in ledger.entries_of(keychange.ID)]


def keys(ledger: Ledger, signer: Signer) -> Sequence[Known]:
    """All keys that the log ever had, the newest last. Raises `KeysRejected`."""
    return keychange.known(signer.verifier, changes(ledger))


def check(ledger: Ledger, signer: Signer) -> list[Change]:
    """The changes, where this is the newest key of the log. Raises `ConfigurationError` where it is an older one."""
    found = changes(ledger)
    if found and found[-1].new != signer.verifier:
        what = "is not the log's newest key: run `sekisho ledger rotate-key` again, or copy it from where that was done"
        raise ConfigurationError(where=FILE, what=what)
    return found


def rotate(directory: Path, database: str, time: str, store: str = "") -> Change:
    """Makes a new key, in a file or in a `store`, and lets it sign from now on.

    Broken off at any point, it can be done again.

    1. No server of this home runs, and none starts.
    2. The new key lies durable beside the old one.
    3. The change is an entry of the log, in a commit that the new key signs.
    4. The new key takes the place of the old one, which is gone; published checkpoints of the old one too.

    Raises `ConfigurationError` where a server runs or there is no key, `LedgerFault` where the log cannot be written.
    """
    # 1. Nobody signs
    with _locked(directory, LOCK_EX, "a server runs or signs: stop it first (先にサーバーを止めてください)"):
        old = Signer.found(directory)
        if old is None:
            raise ConfigurationError(where=str(directory / FILE), what="there is no key yet")
        # 2. The new key
        new = _next(directory, old, store)
        ledger = Ledger.open(directory, database=database, signer=new)
        try:
            # 3. The entry
            found = changes(ledger)
            if not found or found[-1].new != new.verifier:
                change = Change.made(old, new, ledger.size, time)
                asyncio.run(_append(ledger, change.raw))
                found.append(change)
        finally:
            ledger.close()
        # 4. In its place
        _replace(directory / HISTORY, b"".join(one.raw + b"\n" for one in found))
        (directory / published.FILE).unlink(missing_ok=True)
        before = (directory / FILE).read_text("utf-8").partition("\n")[0]
        (directory / NEXT).replace(directory / FILE)
        sync_directory(directory)
        keystore.forget(before)
        return found[-1]


def _next(directory: Path, old: Signer, store: str) -> Signer:
    if not store:
        return Signer.open(directory, old.name, NEXT)
    if not keystore.is_store(store):
        raise ConfigurationError(where=store, what="begins with neither keyring: nor pkcs11:")
    new = Signer.stored(directory, old.name, store, NEXT)
    if new == old:
        (directory / NEXT).unlink()
        raise ConfigurationError(where=store, what="is the key of now: name another")
    return new


async def _append(ledger: Ledger, raw: bytes) -> None:
    await ledger.append(Record(keychange.ID, raw))


def read(directory: Path) -> list[Change]:
    """The changes that this home keeps a copy of. Raises `KeysRejected`."""
    try:
        return keychange.history((directory / HISTORY).read_bytes())
    except FileNotFoundError:
        return []


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def _locked(directory: Path, how: int, refused: str) -> Generator[None, None, None]:
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            flock(descriptor, how | LOCK_NB)
        except BlockingIOError as fault:
            raise ConfigurationError(where=str(directory), what=refused) from fault
        yield
    finally:
        os.close(descriptor)
