"""Which row of the shared memory belongs to which worker process."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path

from sekisho.core.errors import ConfigurationError
from sekisho.server.shared import ROWS


class Row:
    """A row number that no other living process has.

    It is held by a lock on an empty file, `workers/NUMBER.lock`, which the kernel releases when the process ends,
    also by kill -9. So whether an owner lives is a question to the kernel and not to a process id, which may have
    been given to somebody else. Made in the worker itself: a process forked later would hold the same row.

    Raises `ConfigurationError` when all rows are taken.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "workers"
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(ROWS):
            descriptor = self._try(number)
            if descriptor is not None:
                self.number, self._descriptor = number, descriptor
                return
        raise ConfigurationError(where=str(directory), what=f"is in use by {ROWS} worker processes already")

    @contextmanager
    def unowned(self, number: int) -> Generator[bool, None, None]:
        """Whether row `number` has no living owner; if so, nobody can take it while the context lasts."""
        descriptor = None if number == self.number else self._try(number)
        try:
            yield descriptor is not None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def close(self) -> None:
        """Gives the row up."""
        flock(self._descriptor, LOCK_UN)
        os.close(self._descriptor)

    def _try(self, number: int) -> int | None:
        descriptor = os.open(self._directory / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor
