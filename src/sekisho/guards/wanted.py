"""Long work in a thread that ends when nobody waits for it any more.

A thread cannot be cancelled: without this, whoever sends texts that take long could keep a core busy after the time of
the guards is over.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from threading import Event
from typing import TypeVar

T = TypeVar("T")

_given_up: ContextVar[Event | None] = ContextVar("given_up", default=None)


class Unwanted(Exception):
    """Ends work that nobody waits for."""


async def aside(work: Callable[[], T]) -> T:
    """Does the work in a thread. When this is cancelled, what goes through `wanted` there ends."""
    given_up = Event()
    token = _given_up.set(given_up)
    try:
        return await asyncio.to_thread(work)
    finally:
        given_up.set()
        _given_up.reset(token)


def wanted(items: Iterable[T]) -> Iterable[T]:
    """The same items, as long as somebody waits for what becomes of them. Raises `Unwanted` after that."""
    given_up = _given_up.get()
    return items if given_up is None else _until(given_up, items)


def _until(given_up: Event, items: Iterable[T]) -> Iterable[T]:
    for item in items:
        if given_up.is_set():
            raise Unwanted
        yield item
