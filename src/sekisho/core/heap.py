"""The heap of a process that lives long. glibc keeps what was freed, and its holes fill up again sooner or later.

What is about glibc does nothing elsewhere.
"""

import ctypes
import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

LARGE = 128 * 1024  # bytes
_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h


def map_large() -> None:
    """From now on large pieces get memory of their own, which the system has back when they are freed.

    glibc begins so by itself, but takes a piece that was freed for a sign that as large ones belong into the heap.
    Compiling patterns left 50 MB of holes there.
    """
    _call("mallopt", _MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Gives the system back what is free at once."""
    _call("malloc_trim", 0)


@contextmanager
def uncollected() -> Generator[None]:
    """Meanwhile nobody looks for garbage: what is loaded stays, and to look at it again and again takes time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _call(name: str, *arguments: int) -> None:
    function: Any = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*arguments)
