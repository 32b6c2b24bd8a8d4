"""The least that a gateway in Python does: HTTP on both sides, and the JSON read both ways. A yardstick, no gateway.

    python bench/bare.py PORT UPSTREAM_PORT

uvloop and httptools, without a framework: it keeps connections to the model, decodes request and answer, and passes on
their bytes. It looks at nothing, records nothing, streams nothing, and has no limits.
"""

import asyncio
import sys

import httptools
import orjson
import uvloop

CHAT = b"/v1/chat/completions"


class Model(asyncio.Protocol):
    """A connection to the model; it goes back into `free` when an answer is whole."""

    def __init__(self, free: "list[Model]") -> None:
        self._free = free

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._free:
            self._free.remove(self)

    @property
    def usable(self) -> bool:
        return not self._transport.is_closing()

    def ask(self, body: bytes, caller: "Caller") -> None:
        self._caller, self._pieces = caller, []
        self._parser = httptools.HttpResponseParser(self)
        head = b"POST %b HTTP/1.1\r\nHost: model\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (CHAT, len(body)) + body)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        body = b"".join(self._pieces)
        orjson.loads(body)
        if self._parser.should_keep_alive():
            self._free.append(self)
        self._caller.answer(body)


class Caller(asyncio.Protocol):
    """A connection of a caller."""

    def __init__(self, upstream: int, free: list[Model]) -> None:
        self._upstream, self._free = upstream, free

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._pieces: list[bytes] = []
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        body, self._pieces = b"".join(self._pieces), []
        if body:
            orjson.loads(body)
        while self._free:
            model = self._free.pop()
            if model.usable:
                model.ask(body, self)
                return
        self._opening = asyncio.ensure_future(self._open(body))

    async def _open(self, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        _, model = await loop.create_connection(lambda: Model(self._free), "127.0.0.1", self._upstream)
        model.ask(body, self)

    def answer(self, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % len(body) + body)


async def main(port: int, upstream: int) -> None:
    """Serves until it is killed."""
    free: list[Model] = []
    server = await asyncio.get_running_loop().create_server(lambda: Caller(upstream, free), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
