"""Random bytes for identifiers and salts, taken from the operating system in larger pieces.

Asking the system costs more than most steps of an exchange. Keys are not made from this: they should stand nowhere
but where they are used.
"""

import os

PIECE = 4096


class Entropy:
    """Unpredictable bytes, each handed out once. For one process and one thread."""

    def __init__(self) -> None:
        self._bytes = b""
        self._at = 0
        os.register_at_fork(after_in_child=self._forget)

    def take(self, size: int) -> bytes:
        """`size` bytes, at most `PIECE`."""
        end = self._at + size
        if end > len(self._bytes):
            self._bytes = os.urandom(PIECE)
            end = size
        self._at = end
        return self._bytes[end - size : end]

    def _forget(self) -> None:
        """A forked process must not hand out the same bytes as its parent."""
        self._bytes = b""
        self._at = 0


ENTROPY = Entropy()
