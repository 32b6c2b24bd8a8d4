"""A little OpenAI-compatible server on a loopback port, which can be told to misbehave.

    async with StubUpstream() as stub:
        models = Models({"m": Model(url=stub.url)}, environ={})
        ...
        assert stub.received[0].body["messages"] == …

Well behaved, it answers `POST /v1/chat/completions`, streamed (chunked, `data: …`, `[DONE]`) and not, over keep-alive
connections. What it says is `stub.says(body)`: by default the text of the last message, so tests see what the model
saw. A `says` that returns a dict gives the whole `message` (tool calls: `{"tool_calls": […]}`). A stream has one event
for each code point group of `stub.piece` (default 4) code points.

To misbehave, queue *plans*: each request takes one; when none is left `stub.plan` is used, which is `well` at first.

    stub.then(status(503), status(429, retry_after=1), well)     # two failures, then an answer
    stub.plan = close()                                          # from now on: no answer at all

Plans (each is `async (Conversation) -> None`, so a test can write its own):
    well                       the right answer
    status(code, headers, …)   an error status with an OpenAI error body that holds SECRET, which must never pass
    raw(*parts, pause_s, then) these bytes as they are, a pause between parts; then `close`, `keep`, `reset`, `stall`
    close()                    closes without a byte
    stall()                    never answers; ends when the client leaves
    events(*payloads, …)       a stream of these payloads, with or without `[DONE]`, ended as told
    slow(pause_s)              the right stream with a pause before each event

Seen from outside: `received` (requests), `connections` (accepted in all), `open` (now), `left` (an event that is set
when a client closes a connection before its answer was whole).

As a program, `python tests/stub_upstream.py [PORT]` serves well-behaved answers until it is stopped.
"""

import asyncio
import json
import ssl
import sys
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

SECRET = "Traceback: /srv/upstream/secret.py"
OK_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(payload: bytes) -> bytes:
    """One server-sent event."""
    return b"data: " + payload + b"\n\n"


def whole(body: bytes, *, length: int | None = None, code: int = 200, headers: str = "") -> bytes:
    """A whole response; `length` lies about the body's."""
    declared = len(body) if length is None else length
    head = f"HTTP/1.1 {code} Stub\r\nContent-Type: application/json\r\n{headers}Content-Length: {declared}\r\n\r\n"
    return head.encode() + body


@dataclass
class Received:
    """One request as it arrived. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Conversation:
    """One request on one connection, for a plan to answer."""

    stub: "StubUpstream"
    request: Received
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    keep: bool = True

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def message(self) -> dict[str, Any]:
        said = self.stub.says(self.request.body)
        return {"role": "assistant", **(said if isinstance(said, dict) else {"content": said})}


Plan = Callable[[Conversation], Awaitable[None]]


async def well(conversation: Conversation) -> None:
    """The right answer, streamed or not."""
    if conversation.request.body.get("stream"):
        await _stream(conversation, 0.0)
    else:
        await conversation.send(whole(json.dumps(_completion(conversation), ensure_ascii=False).encode()))


def slow(pause_s: float) -> Plan:
    async def plan(conversation: Conversation) -> None:
        await _stream(conversation, pause_s)

    return plan


def status(code: int, *, retry_after: int | None = None, headers: str = "", body: bytes | None = None) -> Plan:
    if retry_after is not None:
        headers += f"Retry-After: {retry_after}\r\n"
    text = json.dumps({"error": {"message": SECRET, "type": "stub", "code": code}}).encode() if body is None else body

    async def plan(conversation: Conversation) -> None:
        await conversation.send(whole(text, code=code, headers=headers))

    return plan


def raw(*parts: bytes, pause_s: float = 0.0, then: str = "close") -> Plan:
    async def plan(conversation: Conversation) -> None:
        for part in parts:
            await conversation.send(part)
            await asyncio.sleep(pause_s)
        conversation.keep = then == "keep"
        if then == "reset":
            conversation.writer.transport.abort()
        elif then == "stall":
            await conversation.reader.read()

    return plan


def close() -> Plan:
    return raw()


def stall() -> Plan:
    return raw(then="stall")


def events(*payloads: bytes, done: bool = True, then: str = "keep") -> Plan:
    """Each payload as an event in a chunk of its own; `done` adds `[DONE]` and the last chunk."""
    parts = [chunk(event(payload)) for payload in payloads]
    if done:
        parts += [chunk(event(b"[DONE]")), b"0\r\n\r\n"]
    return raw(OK_STREAM + b"".join(parts), then=then)


def _last_text(body: dict[str, Any]) -> str:
    content = (body.get("messages") or [{"content": ""}])[-1].get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else part.get("text") or "" for part in content)


def _completion(conversation: Conversation) -> dict[str, Any]:
    message = conversation.message()
    return {
        "id": "chatcmpl-stub",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": conversation.request.body.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(message)}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    }


def _finish(message: dict[str, Any]) -> str:
    return "tool_calls" if message.get("tool_calls") else "stop"


def _chunks(conversation: Conversation) -> list[dict[str, Any]]:
    message, piece = conversation.message(), conversation.stub.piece
    content = message.get("content") or ""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": content[at : at + piece]} for at in range(0, len(content), piece)]
    deltas += [{"tool_calls": [{"index": index, **call}]} for index, call in enumerate(message.get("tool_calls") or [])]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": _finish(message)})
    model = conversation.request.body.get("model", "")
    frame = {"id": "chatcmpl-stub", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": model}
    chunks = [{**frame, "choices": [choice]} for choice in choices]
    if (conversation.request.body.get("stream_options") or {}).get("include_usage"):
        usage = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
        chunks.append({**frame, "choices": [], "usage": usage})
    return chunks


async def _stream(conversation: Conversation, pause_s: float) -> None:
    await conversation.send(OK_STREAM)
    for data in _chunks(conversation):
        if pause_s:
            await asyncio.sleep(pause_s)
        await conversation.send(chunk(event(json.dumps(data, ensure_ascii=False).encode())))
    await conversation.send(chunk(event(b"[DONE]")) + b"0\r\n\r\n")


@dataclass
class StubUpstream:
    """The server; see the module's docstring."""

    says: Callable[[dict[str, Any]], str | dict[str, Any]] = _last_text
    plan: Plan = well
    piece: int = 4
    tls: ssl.SSLContext | None = None
    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    _plans: deque[Plan] = field(default_factory=deque)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/v1"

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return len(self._tasks)

    def then(self, *plans: Plan) -> None:
        self._plans.extend(plans)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops listening and closes every connection; the port is free afterwards."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def hang_up(self) -> None:
        """Closes every connection that is open, as a server does with those that rest too long; goes on listening."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while (request := await _read(reader)) is not None:
                self.received.append(request)
                conversation = Conversation(self, request, reader, writer)
                await (self._plans.popleft() if self._plans else self.plan)(conversation)
                if not conversation.keep:
                    break
        except (ConnectionError, ssl.SSLError):
            self.left.set()
        except asyncio.CancelledError:
            task.uncancel()  # told to hang up: that is a normal end of this connection
        except Exception:
            traceback.print_exc()  # at once, for whoever runs this as a program
            raise
        finally:
            if reader.at_eof():
                self.left.set()
            writer.close()
            self._tasks.discard(task)


async def _read(reader: asyncio.StreamReader) -> Received | None:
    """The next request; None when the client closed between two."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split(" ")[1], headers, json.loads(body or b"{}"))


async def _main(port: int) -> None:
    async with StubUpstream(port=port) as stub:
        print(stub.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 8799))
