"""The server in front of the engine: chats in prose are drawn with the watermark, the rest passes through as it is.

It listens where the engine would (loopback, same key), so the gateway sees no difference. Tool calls, JSON by a schema
or grammar, and log probabilities are left to the engine: programs read them, and nothing of them is marked.
"""

import hmac
import json
import os
import select
import socket
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from socketserver import TCPServer
from typing import Any, cast

from sekisho.models.watermark.engine import LlamaEngine
from sekisho.models.watermark.generation import Ending, EngineRefused, Wish, generated
from sekisho.models.watermark.scheme import Watermark

CHAT = "/v1/chat/completions"
GENERATING = (CHAT, "/v1/completions")
UNMARKED = ("tools", "functions", "grammar", "json_schema", "logprobs", "audio")
LONGEST = 256 << 20  # bytes of a body; the gateway bounds it before
MOST_CHOICES = 16


@dataclass(frozen=True, slots=True)
class Serving:
    """What the front serves with.

    Attributes:
        key: bearer token that every request must carry.
        model: the name that answers bear.
        longest: longest answer, in tokens.
        slots: numbers of the engine's slots that are free; whoever generates holds one.
    """

    engine: LlamaEngine
    mark: Watermark
    key: str
    model: str
    longest: int
    slots: "SimpleQueue[int]"


class Front(ThreadingHTTPServer):
    """Listens on a loopback port that another process may hold reserved (SO_REUSEPORT)."""

    allow_reuse_port = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, serving: Serving) -> None:
        self.serving = serving
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Binds, and asks nobody for the name of this machine."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: what went wrong may quote what was asked."""


def markable(body: Mapping[str, Any]) -> bool:
    """Whether an answer is prose that a person will read."""
    form = body.get("response_format")
    plain = form is None or (isinstance(form, dict) and cast("dict[str, Any]", form).get("type") == "text")
    return plain and not any(body.get(name) for name in UNMARKED)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Front  # pyright: ignore[reportIncompatibleVariableOverride] - it is made by no other server

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= LONGEST):
            self.close_connection = True
            self._answer(411, b'{"error":{"message":"a length is needed"}}')
            return
        self._serve(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Logs nothing, so that no text of a user can come into a log."""

    def _serve(self, raw: bytes) -> None:
        serving = self.server.serving
        given = self.headers.get("Authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, b"Bearer " + serving.key.encode()):
            self._answer(401, b'{"error":{"message":"the key is not right"}}')
            return
        if self.path not in GENERATING:
            self._pass_on(raw)
            return
        body = _decoded(raw)
        if body is None:
            self._pass_on(raw)  # the engine says what is wrong with it
            return
        slot = serving.slots.get()
        try:
            if self.path == CHAT and markable(body):
                self._generate(body, slot)
            else:
                self._pass_on(json.dumps({**body, "id_slot": slot}).encode())
        except EngineRefused as refusal:
            self._answer(refusal.status, refusal.body)
        finally:
            serving.slots.put(slot)

    def _generate(self, body: Mapping[str, Any], slot: int) -> None:
        serving = self.server.serving
        prompt = serving.engine.prompt(body)
        wish = Wish.of(body, serving.longest)
        choices = body.get("n") if type(body.get("n")) is int else 1
        told = _Told(f"chatcmpl-{os.urandom(12).hex()}", int(time.time()), serving.model, len(prompt))
        answers = [
            _Answer(generated(serving.engine, serving.mark, prompt, _other(wish, number), slot))
            for number in range(min(max(cast("int", choices), 1), MOST_CHOICES))
        ]
        if body.get("stream"):
            self._stream(told, answers, body)
            return
        for answer in answers:
            for _ in answer:
                if self._left():
                    return
        self._answer(200, json.dumps(told.whole(answers)).encode())

    def _stream(self, told: "_Told", answers: "list[_Answer]", body: Mapping[str, Any]) -> None:
        first = next(answers[0], None)  # the engine may refuse, and then there is no stream
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for index, answer in enumerate(answers):
            self._event(told.chunk(index, {"role": "assistant", "content": ""}))
            if index == 0 and first is not None:
                self._event(told.chunk(0, {"content": first}))
            for piece in answer:
                if self._left():
                    return
                self._event(told.chunk(index, {"content": piece}))
            self._event(told.chunk(index, {}, answer.ending.finish))
        options = body.get("stream_options")
        if isinstance(options, dict) and cast("dict[str, Any]", options).get("include_usage"):
            self._event({**told.head("chat.completion.chunk"), "choices": [], "usage": told.usage(answers)})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _pass_on(self, raw: bytes) -> None:
        with self.server.serving.engine.passed_on(self.command, self.path, raw) as response:
            kind = response.headers.get("Content-Type", "application/json")
            if not response.chunked:
                self._answer(response.status, response.read(), kind)
                return
            self.send_response(response.status)
            self.send_header("Content-Type", kind)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while part := response.read1():
                self._chunk(part)
            self._chunk(b"")

    def _answer(self, status: int, raw: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _event(self, payload: Mapping[str, Any]) -> None:
        self._chunk(b"data: " + json.dumps(payload).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _left(self) -> bool:
        """Whether the caller has gone; then nobody needs the rest."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        gone = bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        self.close_connection = self.close_connection or gone
        return gone


class _Answer:
    """One answer on its way: iterates over its pieces, then knows its text and its end."""

    def __init__(self, pieces: Generator[str, None, Ending]) -> None:
        self._pieces = pieces
        self.text = ""
        self.ending = Ending("stop", 0)

    def __iter__(self) -> "_Answer":
        return self

    def __next__(self) -> str:
        try:
            piece = next(self._pieces)
        except StopIteration as end:
            if isinstance(end.value, Ending):
                self.ending = end.value
            raise StopIteration from None
        self.text += piece
        return piece


@dataclass(frozen=True, slots=True)
class _Told:
    """The objects of OpenAI's protocol."""

    id: str
    created_s: int
    model: str
    prompt: int

    def head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created_s, "model": self.model}

    def chunk(self, index: int, delta: Mapping[str, str], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self.head("chat.completion.chunk"), "choices": [choice]}

    def whole(self, answers: list[_Answer]) -> dict[str, Any]:
        choices = [
            {
                "index": index,
                "message": {"role": "assistant", "content": answer.text},
                "logprobs": None,
                "finish_reason": answer.ending.finish,
            }
            for index, answer in enumerate(answers)
        ]
        return {**self.head("chat.completion"), "choices": choices, "usage": self.usage(answers)}

    def usage(self, answers: list[_Answer]) -> dict[str, int]:
        tokens = sum(answer.ending.tokens for answer in answers)
        return {"prompt_tokens": self.prompt, "completion_tokens": tokens, "total_tokens": self.prompt + tokens}


def _decoded(raw: bytes) -> dict[str, Any] | None:
    try:
        body: object = json.loads(raw)
    except ValueError:
        return None
    return cast("dict[str, Any]", body) if isinstance(body, dict) else None


def _other(wish: Wish, number: int) -> Wish:
    """The wish for a further choice: the same, and drawn otherwise."""
    if wish.seed is None or not number:
        return wish
    return Wish(wish.most, wish.sampling, wish.stops, wish.seed + number)
