"""Starts `sekisho serve` before a mock model, for the benches that try to break it. Both end with their context."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from peers import CHAT, KEY, ROOT

PROGRAM = str(Path(sys.executable).with_name("sekisho"))
ORIGIN = re.compile(r"http://127\.0\.0\.1:(\d+)/v1")
PATIENCE_S = 120  # a machine with other work takes long to start a server


class Served:
    """A running server: its port, its process, and what it wrote to standard error so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._open = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        if not self._open.wait(PATIENCE_S) or not self.port:
            raise RuntimeError("the server did not open: " + "".join(self.lines))

    @property
    def port(self) -> int:
        found = ORIGIN.search("".join(self.lines[:20]))
        return int(found[1]) if found else 0

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def ready(self) -> None:
        """Waits for the first answer."""
        connection = self.connect()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        connection.close()

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def faults(self) -> list[str]:
        """Lines that no client and no model may cause."""
        bad = ("Traceback", '"level":"error"', '"level":"critical"')
        return [line for line in self.lines if any(word in line for word in bad)]

    def end(self) -> None:
        self.process.wait(PATIENCE_S)
        self._thread.join(PATIENCE_S)
        self.process.stderr.close()

    def _read(self) -> None:
        for line in self.process.stderr:
            self.lines.append(line)
            if ORIGIN.search(line):
                self._open.set()
        self._open.set()


@contextmanager
def mock(errors: int | IO[str] = subprocess.DEVNULL) -> Iterator[str]:
    """A model that repeats what it was asked; its URL. What it complains of goes to `errors`."""
    command = [sys.executable, str(ROOT / "tests" / "stub_upstream.py"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def start(home: Path, url: str, *flags: str, settings: Mapping[str, object] | None = None) -> Served:
    home.mkdir(parents=True, exist_ok=True)
    file = home / "settings.json"
    models = {"m": {"url": url, "retries": 0}}
    file.write_text(json.dumps({"models": models, "embedded": "off", "key": KEY, "log": "quiet", **(settings or {})}))
    command = [PROGRAM, "serve", "--port", "0", "--home", str(home), "--config", str(file), *flags]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SEKISHO_")}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environ)
    try:
        return Served(process)
    except BaseException:
        process.kill()
        raise


@contextmanager
def served(home: Path, url: str, *flags: str, settings: Mapping[str, object] | None = None) -> Iterator[Served]:
    server = start(home, url, *flags, settings=settings)
    try:
        yield server
    finally:
        server.process.terminate()
        server.end()


def ask(
    connection: http.client.HTTPConnection, body: bytes, headers: Mapping[str, str] | None = None, path: str = CHAT
) -> tuple[int, Mapping[str, str], bytes]:
    """One request: status, headers, body. Raises `OSError` or `http.client.HTTPException` when it is not answered."""
    told = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **(headers or {})}
    connection.request("POST", path, body, told)
    try:
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except AttributeError as fault:
        raise ConnectionError("closed") from fault
    response = connection.getresponse()
    return response.status, response.headers, response.read()
