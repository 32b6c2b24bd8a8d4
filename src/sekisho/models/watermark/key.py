"""The watermark's key: 32 random bytes in a file that its owner alone can read."""

import os
from pathlib import Path

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keyfile
from sekisho.models.watermark.scheme import KEY

FILE = "watermark.key"


def made(directory: Path) -> bytes:
    """The key in `directory`, made where there is none. Raises `ConfigurationError` when the file is unusable."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found(directory) or _checked(directory / FILE, keyfile.create(directory / FILE, os.urandom(KEY)))


def found(directory: Path) -> bytes | None:
    """The key in `directory`; None where there is none. Raises `ConfigurationError` as `made` does."""
    key = keyfile.load(directory / FILE)
    return None if key is None else _checked(directory / FILE, key)


def _checked(path: Path, key: bytes) -> bytes:
    if len(key) != KEY:
        raise ConfigurationError(where=str(path), what=f"is damaged: it must have {KEY} bytes")
    return key
