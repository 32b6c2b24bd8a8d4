"""Uvicorn's HTTP protocol, with the bounds that it leaves to a proxy in front.

- The header of a request holds at most `HEAD_BYTES` bytes and `HEAD_LINES` lines, else the connection is closed.
- It must be whole `HEAD_S` seconds after it began, and a new connection must begin within that time.
- A client that takes nothing for `STALL_S` seconds while more waits is cut off, whatever it asked for.
- A handler can reset the connection of a client that stopped reading (`client.ABORT`).
"""

import asyncio
import os
import socket
import struct
from contextlib import suppress
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from sekisho.server.client import ABORT, READY, WHOLE, Headers

HEAD_BYTES = 65_536
HEAD_LINES = 100
HEAD_S = 10.0
STALL_S = 60.0
TOO_LARGE = "The header is too large."
NO_LINGER = struct.pack("ii", 1, 0)


def _answer(cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes) -> None:
    """Sends a whole answer in one write, as `cycle.send` does in two.

    Names and values of `headers` are our own and hold no line breaks.
    """
    if cycle.disconnected:
        return
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    lines = [STATUS_LINE[status]]
    closes = False
    for name, value in (*cycle.default_headers, *headers):
        lines += (name, b": ", value, b"\r\n")
        if name == b"connection":
            cycle.keep_alive, closes = False, True  # we name it only to say `close`
    if not (cycle.keep_alive or closes):
        lines.append(b"connection: close\r\n")
    cycle.transport.write(b"%bcontent-length: %d\r\n\r\n%b" % (b"".join(lines), len(body), body))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()


class Protocol(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client came."""
        super().connection_made(transport)
        self._head_bytes = self._arrived = 0
        self._head_since: float | None = self.loop.time()
        self._stuck_since: float | None = None
        self._clock = self.loop.call_later(HEAD_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """It went."""
        self._clock.cancel()
        super().connection_lost(exc)

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
        cast("dict[str, Any]", self.scope)["extensions"] = {ABORT: self._reset}
        self._head_bytes = 0
        self._head_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Bytes came; those of a header that is not whole yet are counted."""
        self._arrived = len(data)
        super().data_received(data)
        if self._head_since is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response(TOO_LARGE)

    def on_headers_complete(self) -> None:
        """The header is whole."""
        self._head_since = None
        if len(self.headers) > HEAD_LINES or (self._arrived > HEAD_BYTES and self._head_size() > HEAD_BYTES):
            raise ValueError(TOO_LARGE)  # the parser turns it into a 400 and closes
        super().on_headers_complete()
        extensions = cast("dict[str, Any]", self.scope)["extensions"]
        extensions[READY] = self.cycle.message_event.is_set
        extensions[WHOLE] = partial(_answer, self.cycle)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _reset(self) -> None:
        """Closes at once. What the kernel still holds for the client is dropped too, else it would stay for minutes."""
        with suppress(OSError), socket.socket(fileno=os.dup(self.transport.get_extra_info("socket").fileno())) as known:
            known.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)  # fails where it is closed already
        self.transport.abort()

    def _look(self) -> None:
        now = self.loop.time()
        if self.transport.is_closing() and self._stuck_since is None:
            self._stuck_since = now  # it would have been closed by now if the client had read what is left
        head, stuck = self._head_since, self._stuck_since
        if (head is not None and now - head >= HEAD_S) or (stuck is not None and now - stuck >= STALL_S):
            self._reset()
        else:
            self._clock = self.loop.call_later(HEAD_S, self._look)
