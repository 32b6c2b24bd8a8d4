"""The memory that all processes on one home share: a small mapped file."""

import mmap
import os
import sys
import time
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

from sekisho.core.errors import AccessFault, ConfigurationError

# The layout, in unsigned 64-bit words of the machine's byte order.
MAGIC, LENGTH, GENERATION, ROWS_USED = 0, 1, 2, 3  # header words
HEADER_WORDS = 512
ROWS = 64  # worker processes at a time
SLOTS = 2048  # keys at a time
WINDOW_WORDS = 128  # of one slot; what stands in them is told in limits.py
IN_FLIGHT = HEADER_WORDS  # ROWS × SLOTS: each row has one writer, the worker that owns it
WINDOWS = IN_FLIGHT + ROWS * SLOTS  # SLOTS × WINDOW_WORDS: written under the lock
BYTES = 8 * (WINDOWS + SLOTS * WINDOW_WORDS)

SIGNATURE = int.from_bytes(b"SEKISHO\x01", "little")  # the last byte is the version of the layout
RECHECK_S = 0.25


class Shared:
    """The file `limits.shared` in the home directory, mapped into this process.

    Nothing in it has to survive: a missing, short or foreign file is made anew, in place where it exists, so that
    processes which have it mapped go on sharing it. Whether the file at the path is still the mapped one is looked at
    every `RECHECK_S` seconds. A file that somebody cuts short while it is mapped ends the process that touches the
    missing part before the next look; that is the operating system's rule for mapped files.

    Attributes:
        words: the content; replaced when the file was, so do not keep it. One word is read or written at once;
            anything that reads and then writes does so between `flock(fd, LOCK_EX)` and `LOCK_UN`. The kernel
            releases that lock when a process ends in any way.
        fd: the descriptor to lock.
        recheck_s: when, on `time.monotonic()`, to call `refresh`.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / "limits.shared"
        self.recheck_s = 0.0
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._attach()
        except OSError as fault:
            raise ConfigurationError(where=str(self.path), what=f"cannot be used: {fault.strerror}") from fault

    def generation(self) -> int:
        """A number, never 0, that is another one after each change to the tables in access.sqlite."""
        if time.monotonic() >= self.recheck_s:
            self.refresh()
        return self.words[GENERATION]

    def next_generation(self) -> None:
        """Makes every process read its tables again."""
        self.refresh()
        flock(self.fd, LOCK_EX)
        try:
            self.words[GENERATION] = (self.words[GENERATION] + 1) % 2**64 or 1
        finally:
            flock(self.fd, LOCK_UN)

    def clear_window(self, slot: int) -> None:
        """Forgets what was used of a slot, before another key gets it."""
        start = WINDOWS + slot * WINDOW_WORDS
        flock(self.fd, LOCK_EX)
        try:
            self.words[start : start + WINDOW_WORDS] = memoryview(bytes(8 * WINDOW_WORDS)).cast("Q")
        finally:
            flock(self.fd, LOCK_UN)

    def refresh(self) -> None:
        """Maps the file again where it was removed, replaced, cut short or overwritten.

        Raises `AccessFault` when it cannot be mapped; the next call tries again.
        """
        now = time.monotonic()
        try:
            if not self._whole():
                words, mapped, descriptor = self.words, self._mapped, self.fd
                self._attach()
                _release(words, mapped, descriptor)
        except OSError as fault:
            raise AccessFault(why=f"limits.shared: {fault.strerror}") from fault
        self.recheck_s = now + RECHECK_S

    def close(self) -> None:
        """Unmaps the file; the object cannot be used any more."""
        _release(self.words, self._mapped, self.fd)

    def _whole(self) -> bool:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return False
        if found.st_size < BYTES or (found.st_dev, found.st_ino) != self._identity:
            return False  # and the words are not looked at: touching a page that the file lost would end this process
        return self.words[MAGIC] == SIGNATURE

    def _attach(self) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            flock(descriptor, LOCK_EX)
            found = os.fstat(descriptor)
            _grow(descriptor, found.st_size)
            mapped = mmap.mmap(descriptor, BYTES)
            words = memoryview(mapped).cast("Q")
            if found.st_size < BYTES or words[MAGIC] != SIGNATURE or words[LENGTH] != BYTES:
                _fill(words, zeroed=found.st_size == 0)
            flock(descriptor, LOCK_UN)
        except OSError:
            os.close(descriptor)
            raise
        self.fd, self._mapped, self.words = descriptor, mapped, words
        self._identity = (found.st_dev, found.st_ino)


def _fill(words: "memoryview[int]", *, zeroed: bool) -> None:
    if not zeroed:
        words[:] = memoryview(bytes(BYTES)).cast("Q")
    words[LENGTH] = BYTES
    words[GENERATION] = time.time_ns()  # differs from any number that somebody has seen before
    words[MAGIC] = SIGNATURE  # last: without it the file counts as not made


def _release(words: "memoryview[int]", mapped: mmap.mmap, descriptor: int) -> None:
    words.release()
    mapped.close()
    os.close(descriptor)


def _grow(fd: int, size: int) -> None:
    """Never shortens. Reserves the blocks, since a full disk would otherwise show only as a fatal signal later."""
    if size >= BYTES:
        return
    if sys.platform == "linux":
        os.posix_fallocate(fd, 0, BYTES)
    else:
        os.ftruncate(fd, BYTES)
