"""Stream: an answer that comes event by event."""

import asyncio
from typing import Any, Self, cast

import orjson

from sekisho.core.errors import UpstreamBroken, UpstreamError, UpstreamRefused
from sekisho.models.connection import Connection, Head, Unanswered
from sekisho.models.flaw import Flaw
from sekisho.models.sse import EventParser
from sekisho.models.turn import Turn

UNREAD_BYTES = 256 * 1024
_DONE = b"[DONE]"


class Events:
    """Receives a stream and keeps what was not taken yet; beyond `UNREAD_BYTES` it stops the upstream from sending.

    Attributes:
        ready: done when the first event came, or the stream failed before: so far another model may be asked instead.
        head: status and headers, once they came.
        fault: why the stream ended other than with `[DONE]`.
        ended: whether nothing more will come.
    """

    whole = False

    def __init__(self, model: str, connection: Connection, turn: Turn) -> None:
        self._model = model
        self._connection = connection
        self._turn = turn
        self._parser = EventParser()
        self._unread: list[bytes] = []
        self._unread_size = 0
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.head: Head | None = None
        self.fault: UpstreamError | None = None
        self.ended = False

    def begin(self, head: Head) -> None:
        """Takes the header."""
        self.head = head
        if head.status != 200:
            self._connection.leave()
            self._wake()
        elif not head.event_stream:
            self._connection.fail(self._broken(Flaw.NOT_A_STREAM))

    def take(self, parts: list[bytes]) -> None:
        """Takes body bytes: all events of one read become one batch."""
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        events = self._parser.feed(body)
        fault = self._fault_of(events[0]) if events and not self.ready.done() else None
        if events and fault is None:
            self._add(events)
        if fault is None and self._parser.flaw is not None:
            fault = self._broken(self._parser.flaw)
        if fault is not None and not self.ended:
            self._connection.fail(fault)

    def finish(self) -> None:
        """The body is over, without `[DONE]`."""
        self._connection.abort()
        self.fail(self._broken(Flaw.CUT_SHORT))

    def fail(self, fault: UpstreamError) -> None:
        """The stream will never be whole."""
        self.fault = fault
        self.ended = True
        # Nothing was wrong with the upstream if the connection was stale; the try goes on with a fresh one.
        if not isinstance(fault, Unanswered):
            self._turn.leave(fault)
        self._wake()

    def drop(self) -> None:
        """Closes the connection; the reader has left."""
        if self.fault is None and (self._unread or not self.ended):
            self.fault = self._broken(Flaw.CUT_SHORT)
        if not self.ended:
            self._connection.abort()
        self.ended = True
        self._unread = []
        self._turn.abandon()
        self._wake()

    async def arrive(self) -> list[bytes]:
        """Waits for the next batch; empty at the end."""
        while not self._unread and not self.ended:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        batch = self._unread
        self._unread, self._unread_size = [], 0
        if self._paused and not self.ended:
            self._paused = False
            self._connection.resume()
        return batch

    def _add(self, events: list[bytes]) -> None:
        if not self._unread_size:
            self._turn.alive()
        self._connection.progress()
        done = _DONE in events
        if done:
            del events[events.index(_DONE) :]
        self._unread += events
        self._unread_size += sum(map(len, events))
        if done:
            self.ended = True
            self._connection.leave()
            self._turn.leave(None)
        elif self._unread_size > UNREAD_BYTES and not self._paused:
            self._paused = True
            self._connection.pause()
        self._wake()

    def _fault_of(self, first: bytes) -> UpstreamError | None:
        """Why the first event of a stream is none of an answer: some servers tell of errors after a 200.

        With a status it counts as the same error in a header; without one nobody knows whose fault it was.
        """
        flaw, status = _read(first)
        if status is not None:
            return UpstreamRefused(model=self._model, status_code=status)
        if flaw is Flaw.ERROR_EVENT:
            self._turn.abandon()
        return self._broken(flaw) if flaw is not None else None

    def _broken(self, flaw: Flaw) -> UpstreamBroken:
        return UpstreamBroken(model=self._model, why=flaw)

    def _wake(self) -> None:
        if not self.ready.done():
            self.ready.set_result(None)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _read(first: bytes) -> tuple[Flaw | None, int | None]:
    """What is wrong with a first event, and the status of the error that it tells of."""
    if first == _DONE:
        return Flaw.NO_EVENT, None
    try:
        decoded: Any = orjson.loads(first)
    except orjson.JSONDecodeError:
        return Flaw.NOT_JSON, None
    if not isinstance(decoded, dict):
        return Flaw.NOT_JSON, None
    event = cast("dict[str, Any]", decoded)
    return (Flaw.ERROR_EVENT, _status_of(event["error"])) if "error" in event else (None, None)


def _status_of(error: Any) -> int | None:
    """The HTTP status that an error tells: SGLang, vLLM and llama.cpp write it in `code`."""
    told = cast("dict[str, Any]", error) if isinstance(error, dict) else {}
    return next((one for one in (told.get("code"), told.get("status")) if type(one) is int and 400 <= one <= 599), None)


class Stream:
    """The events of one answer, in batches: each item holds the `data` payloads of all events that are there.

    Ends cleanly only after `[DONE]`, which is not given out. Otherwise, and after everything that came before it,
    raises `UpstreamBroken` or `UpstreamTimeout`. For one reader; when its task is cancelled the connection is dropped.
    Whoever does not read to the end calls `aclose`.

    Attributes:
        model: our name of the model that answers.
    """

    __slots__ = ("_events", "model")

    def __init__(self, model: str, events: Events) -> None:
        self.model = model
        self._events = events

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[bytes]:
        events = self._events
        try:
            batch = await events.arrive()
        except asyncio.CancelledError:
            events.drop()
            raise
        if batch:
            return batch
        if events.fault is not None:
            raise events.fault
        raise StopAsyncIteration

    def drop(self) -> None:
        """Drops the connection, so that the upstream stops working for nobody. Harmless at any time.

        Whoever reads meanwhile finds it broken, unless nothing was left to read.
        """
        self._events.drop()

    async def aclose(self) -> None:
        """The same, as asyncio names it."""
        self._events.drop()
