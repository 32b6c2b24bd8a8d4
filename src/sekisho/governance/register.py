"""The register of an audit: which exchange stands at which entry, kept in parts on disk so that any log fits."""

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import Self

from sekisho.governance.rejected import BundleRejected

PARTS = 64
IN_MEMORY = 1 << 18  # bytes of a part; what is more goes to a file
_ROW = struct.Struct(">26sQq")
_BATCH = _ROW.size * 4096
NONE = -1


class Register:
    """Notes entries in order, and compares them at the end, one part at a time. Close it, or use it in `with`."""

    def __init__(self) -> None:
        self._files = ExitStack()
        self._parts = [
            self._files.enter_context(SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 the stack closes them
            for _ in range(PARTS)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def note(self, name: str, position: int, erased: int = NONE) -> None:
        """The entry at `position` records `name` (26 ASCII letters), or erases what the entry `erased` recorded."""
        self._parts[hash(name) % PARTS].write(_ROW.pack(name.encode(), position, erased))

    def check(self) -> None:
        """Raises `BundleRejected` for a name recorded twice, and for an erasure of what is not there, or not any more.

        Of several wrong ones it names any.
        """
        for part in self._parts:
            part.seek(0)
            recorded: dict[bytes, int] = {}
            gone: set[int] = set()
            for name, position, erased in _rows(part):
                if erased == NONE:
                    if recorded.setdefault(name, position) != position:
                        raise BundleRejected(part="twice", where=f"#{position}")
                elif recorded.get(name) != erased or erased in gone:
                    raise BundleRejected(part="erasure", where=f"#{position}")
                else:
                    gone.add(erased)


def _rows(part: "SpooledTemporaryFile[bytes]") -> Iterator[tuple[bytes, int, int]]:
    while raw := part.read(_BATCH):
        yield from _ROW.iter_unpack(raw)
