"""The checkpoint that was last shown to witnesses, with the cosignatures they gave: what is published."""

import os
from pathlib import Path

from sekisho.core.errors import LedgerFault
from sekisho.ledger.keyfile import sync_directory

FILE = "checkpoint.cosigned"


def read(directory: Path) -> str | None:
    """The note; None where none has been published. Raises `LedgerFault` when it cannot be read."""
    try:
        return (directory / FILE).read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as fault:
        raise LedgerFault(why=f"{FILE} cannot be read") from fault


def write(directory: Path, note: str) -> None:
    """Puts a note in its place, whole and durable. One process does this at a time. Raises `LedgerFault`."""
    draft = directory / f".{FILE}"
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(directory / FILE)
        sync_directory(directory)
    except OSError as fault:
        raise LedgerFault(why=f"{FILE} cannot be written: {fault.strerror}") from fault
