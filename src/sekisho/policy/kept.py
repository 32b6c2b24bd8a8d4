"""The texts of the profiles that were in force, kept in the home under the digests by which the ledger names them."""

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from sekisho.core.errors import ConfigurationError
from sekisho.policy.profile import Profile

DIRECTORY = "policies"
_NAME = re.compile(r"([0-9a-f]{16})\.json")


def digest_of(text: bytes) -> str:
    """The digest of a profile's canonical text, as `Profile.digest` gives it."""
    return hashlib.sha256(text).hexdigest()[:16]


def keep(home: Path, profiles: Iterable[Profile]) -> None:
    """Writes the text of each profile that is not there yet. Each appears whole or not at all.

    Raises `ConfigurationError` when it cannot be written.
    """
    directory = home / DIRECTORY
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for profile in profiles:
            path = directory / f"{profile.digest}.json"
            if not path.exists():
                _write(path, profile.canonical().encode())
    except OSError as fault:
        raise ConfigurationError(where=str(directory), what=f"cannot be written: {fault.strerror}") from fault


def kept(home: Path) -> dict[str, bytes]:
    """The texts by digest. Raises `ConfigurationError` for one that is not the text of its digest."""
    directory = home / DIRECTORY
    texts: dict[str, bytes] = {}
    try:
        for path in sorted(directory.iterdir()) if directory.is_dir() else ():
            name = _NAME.fullmatch(path.name)
            if name is None:
                continue  # a draft that a full disk or a killed process left behind
            texts[name[1]] = path.read_bytes()
            if digest_of(texts[name[1]]) != name[1]:
                raise ConfigurationError(where=str(path), what="is not the policy that its name says")
    except OSError as fault:
        raise ConfigurationError(where=str(directory), what=f"cannot be read: {fault.strerror}") from fault
    return texts


def _write(path: Path, text: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
