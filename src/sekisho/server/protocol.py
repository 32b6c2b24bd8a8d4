"""Uvicorn's HTTP protocol, with the bounds that it leaves to a proxy in front, and a short way past ASGI's messages.

- The header of a request holds at most `HEAD_BYTES` bytes and `HEAD_LINES` lines, else the connection is closed.
- It must be whole `HEAD_S` seconds after it began, and a new connection must begin within that time.
- A trailer counts for nothing. `HEAD_BYTES` of one, or of what else stands between chunks, end the connection.
- A client that takes nothing for `STALL_S` seconds while more waits is cut off, whatever it asked for.
- A connection at rest is closed after uvicorn's `timeout_keep_alive` seconds, or `HEAD_S` later.
- A handler speaks with its client through `Direct`, which also resets the connection of one that stopped reading.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from sekisho.server.client import CLOSE, DIRECT, Headers

HEAD_BYTES = 65_536
HEAD_LINES = 100
HEAD_S = 10.0
STALL_S = 60.0
TOO_LARGE = "The header is too large."
NO_LINGER = struct.pack("ii", 1, 0)


class Direct:
    """One request's way to its client (`client.Direct`). Names and values of headers are ours, without line breaks."""

    __slots__ = ("_cycle", "_head", "_protocol")

    def __init__(self, protocol: "Protocol", cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle
        self._head = b""  # waits for the first part until the next turn of the event loop

    def arrived(self) -> bytes | None:
        """The whole body, once; None where more of it may come, or the client waits to be asked for it."""
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected or cycle.waiting_for_100_continue:
            return None
        body, cycle.body = bytes(cycle.body), bytearray()
        cycle.flow.resume_reading()
        cycle.message_event.clear()
        return body

    def watch(self, left: Callable[[], None]) -> None:
        """Calls `left` once when the client leaves, or soon where it has left."""
        if self._protocol.lost:
            self._protocol.loop.call_soon(left)
        else:
            self._protocol.watching.add(left)

    def forget(self, left: Callable[[], None]) -> None:
        """Does not call it any more."""
        self._protocol.watching.discard(left)

    def reset(self) -> None:
        """Closes at once; what was not sent yet is dropped."""
        self._protocol.reset()

    @property
    def full(self) -> bool:
        """Whether the client does not read as fast as we write."""
        return self._cycle.flow.write_paused and not self._cycle.disconnected

    async def drained(self) -> None:
        """Waits until it has read."""
        await self._cycle.flow.drain()

    def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Sends a whole answer in one write."""
        cycle = self._cycle
        if not cycle.disconnected:
            cycle.transport.write(_head(cycle, status, headers, b"content-length: %d" % len(body)) + body)
            _completed(cycle)

    def begin(self, status: int, headers: Headers, length: int | None) -> None:
        """Begins an answer; a `length` of None: it is not known yet."""
        cycle = self._cycle
        cycle.chunked_encoding = length is None
        if not cycle.disconnected:
            size = b"transfer-encoding: chunked" if length is None else b"content-length: %d" % length
            self._head = _head(cycle, status, headers, size)
            self._protocol.loop.call_soon(self._write, b"")

    def part(self, data: bytes) -> None:
        """Sends more of it."""
        if data:
            self._write(self._framed(data))

    def end(self, last: bytes = b"") -> None:
        """Ends it with the last of it."""
        cycle = self._cycle
        framed = self._framed(last) if last else b""
        self._write(framed + b"0\r\n\r\n" if cycle.chunked_encoding else framed)
        if not cycle.disconnected:
            _completed(cycle)

    def _framed(self, data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data) if self._cycle.chunked_encoding else data

    def _write(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
        if data and not self._cycle.disconnected:
            self._cycle.transport.write(data)


def _head(cycle: RequestResponseCycle, status: int, headers: Headers, size: bytes) -> bytes:
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    cycle.keep_alive = cycle.keep_alive and CLOSE not in headers
    lines = [b"%b: %b\r\n" % header for header in (*cycle.default_headers, *headers) if header != CLOSE]
    close = b"" if cycle.keep_alive else b"connection: close\r\n"
    return b"%b%b%b%b\r\n\r\n" % (STATUS_LINE[status], b"".join(lines), close, size)


def _completed(cycle: RequestResponseCycle) -> None:
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


class Protocol(HttpToolsProtocol):
    """One connection.

    Attributes:
        watching: what is called when it is lost.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client came."""
        super().connection_made(transport)
        self._head_bytes = self._bare_bytes = self._arrived = 0
        self._underway = self._fed = False  # a body; by the bytes that came last
        self._head_since: float | None = self.loop.time()
        self._stuck_since: float | None = None
        self._resting_since: float | None = None
        self.lost = False
        self.watching: set[Callable[[], None]] = set()
        self._clock = self.loop.call_later(HEAD_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """It went."""
        self._clock.cancel()
        super().connection_lost(exc)
        self.lost = True
        for left in tuple(self.watching):
            left()

    def pause_writing(self) -> None:
        """It does not read as fast as we write."""
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has read."""
        self._stuck_since = None
        super().resume_writing()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._resting_since = None
        self._underway = False
        self._head_bytes = 0
        self._head_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Bytes came; those of a header that is not whole yet are counted, and those that bring a body no further."""
        self._arrived = len(data)
        underway, self._fed = self._underway, False
        super().data_received(data)
        if self._head_since is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response(TOO_LARGE)
        self._bare_bytes = self._bare_bytes + len(data) if underway and self._underway and not self._fed else 0
        if self._bare_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.reset()

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._fed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._underway = False
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        """The header is whole."""
        self._head_since = None
        self._underway = True
        if len(self.headers) > HEAD_LINES or (self._arrived > HEAD_BYTES and self._head_size() > HEAD_BYTES):
            raise ValueError(TOO_LARGE)  # the parser turns it into a 400 and closes
        super().on_headers_complete()
        cast("dict[str, Any]", self.scope)["extensions"] = {DIRECT: Direct(self, self.cycle)}
        # What comes from now on is a trailer. Uvicorn would add it to the header, behind the back of a proxy that has
        # let the header in (RFC 9110, 6.5.1).
        self.headers = []

    def on_response_complete(self) -> None:
        """An answer is out. The clock ends connections at rest, where uvicorn would set a timer for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        else:
            self._resting_since = self.loop.time()

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def reset(self) -> None:
        """Closes at once. What the kernel still holds for the client is dropped too, else it would stay for minutes."""
        with suppress(OSError), socket.socket(fileno=os.dup(self.transport.get_extra_info("socket").fileno())) as known:
            known.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)  # fails where it is closed already
        self.transport.abort()

    def _look(self) -> None:
        now = self.loop.time()
        if self.transport.is_closing() and self._stuck_since is None:
            self._stuck_since = now  # it would have been closed by now if the client had read what is left
        if any(
            since is not None and now - since >= limit_s
            for since, limit_s in ((self._head_since, HEAD_S), (self._stuck_since, STALL_S))
        ):
            self.reset()
            return
        if self._resting_since is not None and now - self._resting_since >= self.timeout_keep_alive:
            self.transport.close()  # and no reset: a slow client may still be reading its last answer
        self._clock = self.loop.call_later(HEAD_S, self._look)
