"""A tar archive in the one form that it may have, so that each of its bytes follows from names, contents and order.

Any tar program can unpack one. What reads it here accepts one spelling only: fixed headers, zeros as padding, two
blocks of zeros at the end, and nothing behind them.
"""

import struct
from hashlib import sha256
from typing import BinaryIO

BLOCK = 512  # bytes
END = bytes(2 * BLOCK)
BEHIND = "end"  # what an error calls the place behind the last member
_SIZE = slice(124, 135)  # of a header: the content's size in octal digits
_FORM = struct.Struct("100s8s8s8s12s12s8s1s100s6s2s32s32s8s8s155s12x")  # POSIX.1-1988, ustar


class ArchiveBroken(ValueError):
    """An archive is not what it should be. `member` is the name of what should have stood here."""

    def __init__(self, member: str) -> None:
        super().__init__(f"not the member {member}")
        self.member = member


class ArchiveWriter:
    """Writes members one after another."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()

    @property
    def digest(self) -> str:
        """SHA-256 over every byte so far, in hexadecimal."""
        return self._hash.hexdigest()

    def add(self, name: str, content: bytes) -> None:
        """Adds a member. Raises `OSError`."""
        self._write(header(name, len(content)) + content + bytes(-len(content) % BLOCK))

    def end(self) -> None:
        """Ends the archive. Raises `OSError`."""
        self._write(END)

    def _write(self, raw: bytes) -> None:
        self._hash.update(raw)
        self._file.write(raw)


class ArchiveReader:
    """Reads an archive whose members are known beforehand; holds one of them at a time."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()
        self.read = 0  # bytes

    @property
    def digest(self) -> str:
        """SHA-256 over every byte so far, in hexadecimal."""
        return self._hash.hexdigest()

    def take(self, name: str, most: int) -> bytes:
        """The content of the next member, which must have this name and at most `most` bytes.

        Raises `ArchiveBroken` for anything but the spelling that `ArchiveWriter` gives it.
        """
        head = self._next(BLOCK)
        digits = head[_SIZE]
        size = int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else most + 1
        if size > most or head != header(name, size):
            raise ArchiveBroken(name)
        raw = self._next(size + -size % BLOCK)
        if len(raw) != size + -size % BLOCK or raw[size:].strip(b"\0"):
            raise ArchiveBroken(name)
        return raw[:size]

    def end(self) -> None:
        """Raises `ArchiveBroken` unless the archive ends here, and nothing stands behind it."""
        if self._next(len(END) + 1) != END:
            raise ArchiveBroken(BEHIND)

    def _next(self, size: int) -> bytes:
        raw = self._file.read(size)
        self._hash.update(raw)
        self.read += len(raw)
        return raw


def header(name: str, size: int) -> bytes:
    """The header of a plain file of mode 0644 that belongs to nobody and has no time.

    Raises `ValueError` for a name of more than 100 bytes, or a size of 8 GiB or more.
    """
    if len(name.encode("ascii")) > 100 or not 0 <= size < 8**11:
        raise ValueError("not a member")
    fields = [name.encode(), b"0000644", b"0000000", b"0000000", b"%011o" % size, b"0" * 11, b" " * 8, b"0", b""]
    rest = [b"ustar", b"00", b"", b"", b"", b"", b""]
    total = sum(_FORM.pack(*fields, *rest))
    fields[6] = b"%06o\0 " % total
    return _FORM.pack(*fields, *rest)
