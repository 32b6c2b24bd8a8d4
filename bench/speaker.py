"""A mock model that says what it is told, in the pieces it is told, and speaks the real protocol.

It runs in a thread of its own. A request names its script by the words `case-N` in its last message; without such
words, the script 0 is spoken. So a gateway in between learns nothing, and many scripts can be asked at a time.
"""

import asyncio
import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

_CASE = re.compile(rb"case-(\d+)")
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Script:
    """What the model says.

    Attributes:
        message: the whole answer's message.
        deltas: the same in pieces, for a stream.
        gap_s: seconds before each piece.
    """

    message: Mapping[str, Any]
    deltas: Sequence[Mapping[str, Any]]
    finish: str = "stop"
    gap_s: float = 0.0


@dataclass(slots=True)
class Speaker:
    """The mock. `scripts` may be filled while it runs."""

    scripts: dict[int, Script] = field(default_factory=dict)
    port: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _thread: threading.Thread | None = None
    _stop: asyncio.Event = field(init=False, repr=False)

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(ready)), daemon=True)
        self._thread.start()
        ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    async def _run(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                named = _CASE.findall(body)
                script = self.scripts[int(named[-1]) if named else 0]
                if re.search(rb'"stream"\s*:\s*true', body):
                    await self._stream(script, writer)
                else:
                    await self._whole(script, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()  # the gateway has gone, as gateways may, or the bench is over

    async def _whole(self, script: Script, writer: asyncio.StreamWriter) -> None:
        choices = [{"index": 0, "message": script.message, "finish_reason": script.finish}]
        usage = {"prompt_tokens": 8, "completion_tokens": 8, "total_tokens": 16}
        body = json.dumps({**_head("chat.completion"), "choices": choices, "usage": usage}, ensure_ascii=False).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        await writer.drain()

    async def _stream(self, script: Script, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for delta, finish in [*((delta, None) for delta in script.deltas), ({}, script.finish)]:
            await asyncio.sleep(script.gap_s)
            choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
            line = json.dumps({**_head("chat.completion.chunk"), "choices": choices}, ensure_ascii=False)
            _chunk(writer, f"data: {line}\n\n".encode(errors="surrogatepass"))
            await writer.drain()
        _chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def _head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1700000000, "model": "m"}


def _chunk(writer: asyncio.StreamWriter, content: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(content), content))
