"""The real command `sekisho serve` on a port of its own, and a model behind it, for tests that speak over sockets.

with upstream() as model, serving(tmp_path, models(model.url)) as server:
    server.client().chat.completions.create(…)
"""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

import openai
from tests.disks import on_a_small_disk
from tests.stub_upstream import StubUpstream, well

from sekisho.ledger.ledger import Ledger

KEY = "sk-test-0123456789"
PROGRAM = str(Path(sys.executable).with_name("sekisho"))
PATIENCE = ("connect", "first_token", "between_tokens", "total")
SECONDS = 300  # of patience: a machine under load takes many times as long as an idle one
CHAT = "/v1/chat/completions"
ORIGIN = re.compile(r"http://(127\.0\.0\.1:\d+)/v1")


def until(true: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Waits for something of another process; its value."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return value


class Upstream:
    """A `StubUpstream` with an event loop and a thread of its own."""

    def __init__(self) -> None:
        self.stub = StubUpstream()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return self.stub.url

    @property
    def asked(self) -> str:
        """Everything that the model was sent, as one text."""
        return json.dumps([one.body for one in self.stub.received], ensure_ascii=False)

    def reset(self) -> None:
        """Well-behaved again, and nothing received."""
        self.run(self.stub.hang_up())
        self.stub.plan, self.stub.says = well, StubUpstream().says
        self.stub._plans.clear()
        self.stub.received.clear()
        self.stub.left.clear()

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(SECONDS)

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self.stub.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.stub.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()


@dataclass
class Answer:
    """A response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        return json.loads(self.body)["error"]


@dataclass
class Server:
    """A running `sekisho serve`. `lines` is what it wrote to standard error; `clients` are closed with it.

    A client and what belongs to it hold each other, so without this the garbage collector would come upon the open
    sockets at some time, in any test, and now and then before it comes upon the client, who would have closed them.
    """

    process: subprocess.Popen[str]
    home: Path
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None
    clients: list[openai.OpenAI] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.origin.removeprefix("http://").split(":")
        return host, int(port)

    @property
    def origin(self) -> str:
        def opened() -> str | None:
            assert self.process.poll() is None, "".join(self.lines)
            found = ORIGIN.search("".join(self.lines))
            return f"http://{found[1]}" if found else None

        return until(opened, 40)

    def client(self, **more: Any) -> openai.OpenAI:
        told = {"base_url": f"{self.origin}/v1", "api_key": KEY, "max_retries": 0, "timeout": 30, **more}
        self.clients.append(openai.OpenAI(**told))
        return self.clients[-1]

    def get(self, path: str) -> bytes:
        with urlopen(self.origin + path, timeout=SECONDS) as response:
            return response.read()

    def post(self, path: str, body: object, **headers: str) -> dict[str, Any]:
        told = {"Authorization": f"Bearer {KEY}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        with urlopen(Request(self.origin + path, json.dumps(body).encode(), told), timeout=SECONDS) as response:
            return json.loads(response.read())

    def connect(self, *, buffer: int = 0) -> socket.socket:
        connection = socket.socket()
        if buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.settimeout(SECONDS)
        connection.connect(self.address)
        return connection

    def talk(self, *parts: bytes) -> list[Answer]:
        """Sends `parts` and reads all answers until the server closes, or one for each `POST ` that was sent."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part)
            return read(connection, max(1, sum(part.count(b" HTTP/1.1\r\n") for part in parts)))

    def records(self) -> list[dict[str, Any]]:
        """Every statement of the log."""
        with closing(Ledger.open(self.home)) as ledger:
            return [json.loads(ledger.leaf(at)) for at in range(ledger.size)]

    def record(self, at: int) -> dict[str, Any]:
        """The statement at a position, once it is there."""
        return until(lambda: self.records()[at:])[0]

    def metric(self, start: str) -> float:
        """The sum of all counts whose line begins so."""
        lines = self.get("/metrics").decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))

    def logged(self) -> list[dict[str, Any]]:
        """The lines of log about exchanges so far; they come a moment later than answers."""
        lines = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [one for one in lines if one["event"] == "exchange"]

    def complaints(self) -> list[str]:
        """What should not stand in the log of a server that only its clients and models misused."""
        bad = ("Traceback", '"level":"error"', '"level":"critical"', "Error:")
        return [line for line in self.lines if any(word in line for word in bad)]

    def spent_s(self) -> float:
        """Processor time so far, without that of its children."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, told[11:13])) / os.sysconf("SC_CLK_TCK")

    def memory_kb(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another `sekisho` command on this server's home."""
        run = [PROGRAM, *arguments, "--home", str(self.home)]
        return subprocess.run(run, capture_output=True, text=True, check=False, cwd=self.home, env=_environment({}))

    def stop(self) -> None:
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join(SECONDS)
            self.process.stderr.close()


def models(url: str, *names: str, **more: object) -> dict[str, Any]:
    """Settings with models at `url`; a failure of one is not tried again, so that tests see it."""
    one = {"url": url, "retries": 0, "timeouts": dict.fromkeys(PATIENCE, SECONDS)}
    return {"models": dict.fromkeys(names or ("m",), one | more)}


@contextmanager
def upstream() -> Iterator[Upstream]:
    with Upstream() as started:
        yield started


@contextmanager
def serving(
    directory: Path, settings: Mapping[str, Any], *flags: str, environ: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Runs the command with `settings` as its file; ends it at the end."""
    server = start(directory, settings, *flags, environ=environ)
    try:
        yield server
    finally:
        server.stop()


def start(
    directory: Path,
    settings: Mapping[str, Any],
    *flags: str,
    environ: Mapping[str, str] | None = None,
    small_disk: bool = False,
) -> Server:
    """Starts it; on a `small_disk` its home is one of tests/disks.py, which only the server itself sees."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "settings.json"
    file.write_text(json.dumps({"embedded": "off", "guards": ["privacy", "secrets"], "key": KEY, **settings}))
    home = directory / "home"
    command = [PROGRAM, "serve", "--port", "0", "--home", str(home), "--config", str(file), *flags]
    if small_disk:
        home.mkdir(mode=0o700)
        command = on_a_small_disk(home, command)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=directory,
        env=_environment(environ or {}),
    )
    server = Server(process, home)
    server.reader = threading.Thread(target=lambda: server.lines.extend(process.stderr), daemon=True)
    server.reader.start()
    return server


def request(body: bytes, *headers: str, path: str = CHAT, key: str = KEY, method: str = "POST") -> bytes:
    """A request as bytes; with its length unless a header speaks of it."""
    lines = [f"{method} {path} HTTP/1.1", "Host: here", f"Authorization: Bearer {key}", *headers]
    if not any(one.lower().startswith(("content-length", "transfer-encoding")) for one in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def question(text: str = "こんにちは", **more: object) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": text}], **more}).encode()


def read(connection: socket.socket, most: int = 1) -> list[Answer]:
    """Reads at most so many answers; fewer when the server closes."""
    answers: list[Answer] = []
    with connection.makefile("rb") as stream:
        while len(answers) < most and (first := stream.readline()):
            headers = dict(_headers(stream))
            status = int(first.split()[1])
            if status == 100:
                answers.append(Answer(status, headers, b""))
                continue
            answers.append(Answer(status, headers, _body(stream, headers)))
    return answers


def _headers(stream: Any) -> Iterator[tuple[str, str]]:
    while (line := stream.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        yield name.lower(), value.strip()


def _body(stream: Any, headers: Mapping[str, str]) -> bytes:
    if "transfer-encoding" not in headers:
        return stream.read(int(headers.get("content-length", "0")))
    body = b""
    while size := int(stream.readline() or b"0", 16):
        body += stream.read(size)
        stream.readline()
    stream.readline()
    return body


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEKISHO_", "OTEL_"))}
    return {**kept, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", **more}
