"""A place where the code blocks of one page run: a directory, a model that echoes, and a running checkpoint."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.docs.pages import ROOT

BIN = Path(sys.executable).parent
KEY = "sk-demo"
ORIGIN = "http://127.0.0.1:8700"
EXCHANGE = "01KAVTY6R0V3H5QZJ8D2M4N7XB"  # the number and the salt that pages use as examples
SALT = "00112233445566778899aabbccddeeff"
QUESTION = '{"messages": [{"role": "user", "content": "電話は090-1234-5678です。"}]}'
READY_S = 300.0


@dataclass
class Workshop:
    """Where a page's blocks run. `examples` maps what a page writes to what is real here."""

    directory: Path
    language: str
    environ: dict[str, str]
    examples: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, directory: Path, language: str) -> "Workshop":
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SEKISHO_", "LC_"))}
        environ = kept | {
            "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}",
            "LANG": "ja_JP.UTF-8" if language == "ja" else "C.UTF-8",
            "LC_CTYPE": "C.UTF-8",
            "SEKISHO_HOME": str(directory / "home"),
            "PYTHONUTF8": "1",
        }
        return cls(directory, language, environ)

    def real(self, text: str) -> str:
        """A block with the examples' values replaced by real ones."""
        for example, value in self.examples.items():
            text = text.replace(example, value)
        return text

    def run(self, script: str) -> str:
        """Runs shell lines and gives their standard output; the first that fails fails the test."""
        command = ["bash", "-euo", "pipefail", "-c", self.real(script)]
        return self._run(command, "")

    def python(self, program: str) -> str:
        return self._run([sys.executable, "-W", "error::SyntaxWarning", "-"], self.real(program))

    def _run(self, command: list[str], given: str) -> str:
        done = subprocess.run(  # the exit code is asserted below, with what was printed
            command,
            check=False,
            input=given,
            capture_output=True,
            text=True,
            cwd=self.directory,
            env=self.environ,
            timeout=READY_S,
        )
        assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    @contextmanager
    def open(self) -> Generator[None, None, None]:
        """Runs the model and the checkpoint, and makes one exchange to speak of."""
        model, checkpoint = _free_port(), _free_port()
        self.environ["SEKISHO_MODELS"] = json.dumps({"town-llm": {"url": f"http://127.0.0.1:{model}/v1"}})
        settings = {"SEKISHO_KEY": KEY, "SEKISHO_LOG": "quiet", "SEKISHO_PORT": str(checkpoint)}
        upstream = [sys.executable, str(ROOT / "tests/stub_upstream.py"), str(model)]
        with (
            _running(upstream, self.environ, self.directory),
            _running([str(BIN / "sekisho"), "serve"], self.environ | settings, self.directory),
        ):
            origin = f"http://127.0.0.1:{checkpoint}"
            _wait(origin + "/healthz")
            self.examples[ORIGIN] = origin
            self._exchange(origin)
            yield

    def _exchange(self, origin: str) -> None:
        (self.directory / "question.json").write_text(QUESTION, "utf-8")
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{origin}/v1/chat/completions", QUESTION.encode(), headers)
        with urllib.request.urlopen(request, timeout=READY_S) as answer:
            (self.directory / "receipt.txt").write_text(answer.headers["Sekisho-Receipt"], "ascii")
            self.examples[EXCHANGE] = answer.headers["Sekisho-Exchange"]
        kept = self.run(f"sekisho ledger show {EXCHANGE} --content")
        self.examples[SALT] = json.loads(kept)["salt"]


@contextmanager
def _running(command: list[str], environ: dict[str, str], directory: Path) -> Generator[None, None, None]:
    process = subprocess.Popen(
        command, env=environ, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(READY_S)


def _wait(url: str) -> None:
    due = time.monotonic() + READY_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if time.monotonic() > due:
                raise
            time.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def commands(script: str) -> list[list[str]]:
    """The shell lines of a block as words, assignments in front left out."""
    joined = script.replace("\\\n", " ")
    lines = [shlex.split(line, comments=True) for line in joined.splitlines() if line.strip()]
    return [_command(words) for words in lines if words]


def _command(words: list[str]) -> list[str]:
    first = next(index for index, word in enumerate(words) if "=" not in word.split("/")[0])
    return words[first:]


def fits(expected: Any, got: Any) -> bool:
    """Whether what a page shows is part of what came. `…` stands for any text; lists may hold more."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(name in got and fits(value, got[name]) for name, value in expected.items())
    if isinstance(expected, list):
        return isinstance(got, list) and all(any(fits(one, other) for other in got) for one in expected)
    if isinstance(expected, str) and "…" in expected:
        before, _, after = expected.partition("…")
        return isinstance(got, str) and got.startswith(before) and got.endswith(after)
    return expected == got
