"""Files that hold a secret: made once, whole, and readable by their owner only."""

import os
import stat
from pathlib import Path

from sekisho.core.errors import ConfigurationError


def load(path: Path) -> bytes | None:
    """What the file holds; None where there is none.

    Raises `ConfigurationError` when it is a link, not a plain file, or others may read or change it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise ConfigurationError(where=str(path), what=f"cannot be read: {fault.strerror}") from fault
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ConfigurationError(where=str(path), what="is not a plain file")
        if mode & 0o077:
            raise ConfigurationError(where=str(path), what="can be read by others; run `chmod 600` on it")
        return os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


def create(path: Path, secret: bytes) -> bytes:
    """Writes a new key file, mode 0600, and returns what is there: `secret`, or another process's that was first.

    The file appears whole or not at all. Raises `ConfigurationError` when it cannot be made.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secret)
                file.flush()
                os.fsync(file.fileno())
            _link(draft, path)
        finally:
            draft.unlink()
        sync_directory(path.parent)
    except OSError as fault:
        raise ConfigurationError(where=str(path), what=f"cannot be made: {fault.strerror}") from fault
    found = load(path)
    if found is None:
        raise ConfigurationError(where=str(path), what="vanished while it was made")
    return found


def sync_directory(directory: Path) -> None:
    """Makes the names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link(draft: Path, path: Path) -> bool:
    """Gives the draft its name unless something has it already; says whether it did."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    return True
