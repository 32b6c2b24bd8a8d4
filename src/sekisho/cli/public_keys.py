"""Public keys as commands take them: written out, or in a file."""

from pathlib import Path

from sekisho.ledger.note import VerifierKey


def public_key(told: str, kind: bytes) -> VerifierKey:
    """The key that is written out, or stands in the file of that name. Raises `ConfigurationError`."""
    file = Path(told)
    return VerifierKey.parse(file.read_text("utf-8", "replace") if _is_file(file) else told, kind)


def _is_file(path: Path) -> bool:
    """A key is not mistaken for a path even where it is too long for one."""
    try:
        return path.is_file()
    except OSError:
        return False
