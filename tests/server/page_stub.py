"""A server that speaks the first page's contract, and nothing else: fixed models, a phone number as the only finding.

What the question holds decides what happens: `REFUSE`, `CUT` (refused in mid-stream), `BUSY` (an error),
`ENDLESS` (until the client leaves), `BROKEN` (the stream ends without `[DONE]`), anything else is answered.
"""

import asyncio
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

FILES = Path(__file__).parents[2] / "src" / "sekisho" / "server" / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
EXCHANGE = "01JD8Z5K3W8Q2V7N4M6T9R1XYB"
RECEIPT = "sr1." + "QWxsIHBhc3NlZCBpbiBvcmRlci4" * 8
REFUSAL = "この文は、決まりによりお渡しできません。"
PHONE = re.compile(r"0\d{1,3}-\d{2,4}-\d{4}")

ABOUT: dict[str, Any] = {
    "version": "0.1.0",
    "key": "sk-demo-1234567890",
    "base_url": "http://127.0.0.1:8700/v1",
    "language": "ja",
    "profiles": [
        {
            "name": "office",
            "title": {"ja": "事務", "en": "Office work"},
            "description": {
                "ja": "個人の情報を伏せ、パスワードなどが含まれるときは止めます。",
                "en": "Masks personal details; stops where there are passwords and the like.",
            },
        },
        {
            "name": "primary-school",
            "title": {"ja": "小学校", "en": "Primary school"},
            "description": {
                "ja": "子どもが使う場に合わせた決まりです。",
                "en": "Rules for a place where children are.",
            },
        },
    ],
    "profile": "office",
    "models": [{"name": "embedded", "ready": True, "note": {"ja": "", "en": ""}}],
    "categories": {
        "privacy.phone": {"ja": "電話番号", "en": "Phone number"},
        "privacy.person_name": {"ja": "氏名", "en": "Person's name"},
        "attack.jailbreak": {"ja": "制限を外させる指示", "en": "Jailbreak"},
    },
}


@dataclass
class Stub:
    """What the stub tells (`about`, changed by tests) and what it was asked (`asked`)."""

    about: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(ABOUT)))
    asked: list[dict[str, Any]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", static),
                Route("/static/{name}", static),
                Route("/page.json", self.tell),
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/check", self.check, methods=["POST"]),
            ]
        )

    async def tell(self, _request: Request) -> Response:
        return JSONResponse(self.about)

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append({"headers": dict(request.headers), "body": body})
        question = body["messages"][0]["content"]
        if "BUSY" in question:
            told = {"message": "モデル「embedded」は今、受け付けられません。", "hint": "5秒ほど待ってください。"}
            error = {**told, "type": "upstream", "code": "upstream_busy", "param": None}
            return JSONResponse({"error": error}, status_code=503, headers={"Sekisho-Exchange": EXCHANGE})
        headers = {"Sekisho-Exchange": EXCHANGE, "Sekisho-Verdict": "mask", "Sekisho-Receipt": RECEIPT}
        return StreamingResponse(self.stream(question), headers=headers, media_type="text/event-stream")

    async def check(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append({"headers": dict(request.headers), "body": body})
        findings = look(body["text"], ["text"])
        verdict = "mask" if findings else "pass"
        return JSONResponse({"verdict": verdict, "findings": findings, "masked": masked(body["text"])})

    async def stream(self, question: str) -> AsyncIterator[bytes]:
        if "REFUSE" in question:
            yield chunk({"content": REFUSAL})
            yield ending("content_filter", explained("refuse", question, passed=False))
        elif "CUT" in question:
            yield chunk({"content": "はい、まず"})
            yield chunk({"content": "\n" + REFUSAL})
            yield ending("content_filter", explained("refuse", question, passed=True))
        elif "ENDLESS" in question:
            async for part in self.endless():
                yield part
        else:
            for part in ("承知しました。", "お電話は", masked_answer(question), "ですね。"):
                yield chunk({"content": part})
            if "BROKEN" in question:
                return
            yield ending("stop", explained("mask" if PHONE.search(question) else "pass", question, passed=True))
        yield b"data: [DONE]\n\n"

    async def endless(self) -> AsyncIterator[bytes]:
        try:
            while True:
                yield chunk({"content": "まだ続きます。"})
                await asyncio.sleep(0.02)
        finally:
            self.left.set()


async def static(request: Request) -> Response:
    """Any file of the page's folder, with the headers that the real server sends."""
    name = request.path_params.get("name", "index.html")
    known = {path.name: path for path in FILES.iterdir()}
    if name not in known:
        return Response(status_code=404)
    return FileResponse(known[name], headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})


def look(text: str, path: list[str | int]) -> list[dict[str, Any]]:
    """Phone numbers as findings; Python counts code points, as the contract does."""
    judged = {"stage": "entry", "path": path, "guard": "privacy", "verdict": "mask"}
    found = {"category": "privacy.phone", "score": 0.97, "rule": "office: entry.privacy → mask"}
    doubted = {"category": "harm.adult", "score": 0.07, "rule": "office: entry.harm < 0.6 → pass", "verdict": "pass"}
    return [
        {**judged, **doubted, "start": 0, "end": len(text)},  # the page shall say nothing of it
        *({**judged, **found, "start": each.start(), "end": each.end()} for each in PHONE.finditer(text)),
    ]


def masked(text: str) -> str:
    return PHONE.sub("[PHONE_1]", text)


def masked_answer(question: str) -> str:
    number = PHONE.search(question)
    return number[0] if number else "不明"


def explained(verdict: str, question: str, *, passed: bool) -> dict[str, Any]:
    return {
        "exchange": EXCHANGE,
        "verdict": verdict,
        "profile": "office",
        "model": "embedded",
        "receipt": RECEIPT,
        "notice": REFUSAL if verdict == "refuse" else "",
        "findings": look(question, ["messages", 0, "content"]),
        "model_saw": [{"role": "user", "content": masked(question)}] if passed else [],
    }


def chunk(delta: dict[str, Any], **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": more.pop("finish", None)}
    body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "embedded"}
    return b"data: " + json.dumps({**body, "choices": [choice], **more}).encode() + b"\n\n"


def ending(finish: str, told: dict[str, Any]) -> bytes:
    return chunk({}, finish=finish, sekisho=told)


@contextmanager
def serving(stub: Stub) -> Iterator[str]:
    """Serves `stub` on a free loopback port in a thread; yields its origin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(stub.app(), log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(300)
