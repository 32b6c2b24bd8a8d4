"""A mock model whose streams come as models send them: one event at a time, each in a write of its own.

    python bench/pacer.py PORT FILE GAP_MS

FILE holds the events; one goes out to every stream that is under way each GAP_MS milliseconds. It reads nothing of a
request but its length, so that it costs as little as a mock can.
"""

import asyncio
import re
import sys
from pathlib import Path
from typing import cast

import uvloop

_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Paced(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self, chunks: list[bytes], under_way: set["Paced"]) -> None:
        self._chunks = chunks
        self._under_way = under_way
        self._came = b""
        self._at = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A gateway came."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It went."""
        self._under_way.discard(self)

    def data_received(self, data: bytes) -> None:
        """Begins a stream once the request is whole."""
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        length = _LENGTH.search(head) if end else None
        if self._transport is not None and length is not None and len(body) >= int(length[1]):
            self._came, self._at = body[int(length[1]) :], 0
            self._transport.write(HEAD)
            self._under_way.add(self)

    def send_next(self) -> None:
        """Sends one event; the last one ends the stream."""
        if self._transport is not None:
            self._transport.write(self._chunks[self._at])
        self._at += 1
        if self._at == len(self._chunks):
            self._under_way.discard(self)


async def serve(port: int, events: list[bytes], gap_s: float) -> None:
    """Serves for ever."""
    chunks = [b"%x\r\n%b\r\n" % (len(event), event) for event in events]
    chunks[-1] += b"0\r\n\r\n"
    under_way: set[Paced] = set()
    await asyncio.get_running_loop().create_server(lambda: Paced(chunks, under_way), "127.0.0.1", port)
    while True:
        await asyncio.sleep(gap_s)
        for stream in list(under_way):
            stream.send_next()


def main() -> None:
    port, file, gap_ms = sys.argv[1:]
    events = [event + b"\n\n" for event in Path(file).read_bytes().split(b"\n\n") if event]
    uvloop.run(serve(int(port), events, float(gap_ms) / 1e3))


if __name__ == "__main__":
    main()
