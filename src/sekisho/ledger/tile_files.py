"""The log written as static files, which any web server can serve and anyone can keep a copy of."""

import os
import stat
from pathlib import Path

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keychange, rotation, tiles
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.archive import ArchiveBroken
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import Checkpoint, NoteRejected
from sekisho.ledger.signer import Signer

STRIDE = 65_536  # entries after which a checkpoint is written, so that an export that was broken off goes on from there
MOST = 1 << 20  # bytes of a checkpoint; far above any with 16 signatures


class TileFiles:
    """Reads a directory that `export`, or another log, has written."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.read = 0  # bytes

    def take(self, name: str, most: int) -> bytes:
        """The file of this name. Raises `ArchiveBroken` where it is missing, no file, or longer than `most` bytes."""
        try:
            with open(self._directory / name, "rb", opener=_at_once) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise ArchiveBroken(name)
                raw = file.read(most + 1)
        except OSError as fault:
            raise ArchiveBroken(name) from fault
        if len(raw) > most:
            raise ArchiveBroken(name)
        self.read += len(raw)
        return raw


def export(ledger: Ledger, signer: Signer, directory: Path, latest: str) -> tuple[int, int]:
    """Writes the log as of the checkpoint `latest` below `directory`; returns the size it had there, and has now.

    Full tiles that an earlier checkpoint there covers are not written again. Each file appears whole or not at all, and
    a checkpoint only after the disk has all tiles that it needs; so it can be broken off and repeated at any time.

    Raises `ConfigurationError` when the directory holds another log's tiles or cannot be written, `LedgerAltered` when
    the log contradicts the checkpoint that was published there, or does not give the hashes it stores.
    """
    goal = Checkpoint.opened(latest, signer.verifier)
    if ledger.root_at(goal.size) != goal.root:
        raise LedgerAltered(position=goal.size, part="checkpoint")
    before = size = _published(ledger, signer, directory)
    while size < goal.size:
        until = min(goal.size, (size // STRIDE + 1) * STRIDE)
        for tile in tiles.of(until, size):
            _write(directory / tile.path, ledger.tile(tile))
        os.sync()  # one for all files: one each would take longer than everything else
        note = latest if until == goal.size else signer.note(Checkpoint(signer.name, until, ledger.root_at(until)).text)
        _write(directory / "checkpoint", note.encode())
        size = until
    if before == goal.size:
        _write(directory / "checkpoint", latest.encode())  # the same log, perhaps with more cosignatures
    os.sync()
    return before, max(before, goal.size)


def _published(ledger: Ledger, signer: Signer, directory: Path) -> int:
    """The size that the directory's checkpoint states; 0 without one."""
    path = directory / "checkpoint"
    try:
        with path.open(encoding="utf-8") as file:
            found = keychange.opened(file.read(MOST), rotation.keys(ledger, signer))
    except FileNotFoundError:
        return 0
    except (OSError, UnicodeDecodeError, NoteRejected) as fault:
        raise ConfigurationError(where=str(path), what="is not a checkpoint of this log") from fault
    if found.size > ledger.size or ledger.root_at(found.size) != found.root:
        raise LedgerAltered(position=min(found.size, ledger.size), part="checkpoint")
    return found.size


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as fault:
        raise ConfigurationError(where=str(path), what=f"cannot be written: {fault.strerror}") from fault


def _at_once(path: str, flags: int) -> int:
    """Opens without waiting for anybody at the other end of a named pipe."""
    return os.open(path, flags | os.O_NONBLOCK)
