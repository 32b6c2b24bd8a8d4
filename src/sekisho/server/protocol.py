"""Uvicorn's HTTP protocol, with the bounds that it leaves to a proxy in front.

- The header of a request holds at most `HEAD_BYTES` bytes and `HEAD_LINES` lines, else the connection is closed.
- It must be whole `HEAD_S` seconds after it began, and a new connection must begin within that time.
- A client that takes nothing for `STALL_S` seconds while more waits is cut off, whatever it asked for.
- A handler can reset the connection of a client that stopped reading (`client.ABORT`).
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sekisho.server.client import ABORT

HEAD_BYTES = 65_536
HEAD_LINES = 100
HEAD_S = 10.0
STALL_S = 60.0


class Protocol(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client came."""
        super().connection_made(transport)
        self._head_bytes = 0
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
        cast("dict[str, Any]", self.scope)["extensions"] = {ABORT: self.transport.abort}
        self._head_bytes = 0
        self._head_since = self.loop.time()

    def on_url(self, url: bytes) -> None:
        """A part of the target came."""
        self._bounded(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line came."""
        self._bounded(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The header is whole."""
        self._head_since = None
        super().on_headers_complete()

    def _bounded(self, more: int) -> None:
        self._head_bytes += more
        if self._head_bytes > HEAD_BYTES or len(self.headers) >= HEAD_LINES:
            raise ValueError("the header is too large")  # the parser turns it into a 400 and closes

    def _look(self) -> None:
        now = self.loop.time()
        if self.transport.is_closing() and self._stuck_since is None:
            self._stuck_since = now  # it would have been closed by now if the client had read what is left
        head, stuck = self._head_since, self._stuck_since
        if (head is not None and now - head >= HEAD_S) or (stuck is not None and now - stuck >= STALL_S):
            self.transport.abort()
        else:
            self._clock = self.loop.call_later(HEAD_S, self._look)
