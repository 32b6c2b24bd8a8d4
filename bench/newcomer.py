"""How long somebody new waits: `make run` in a clean clone, until the built-in language model has answered once.

    python bench/newcomer.py [--no-cache]

Clones what is committed in this checkout, runs `make run` there with a key and a free port, shows what it prints, asks
one question as soon as the server is open, and stops it. Everything comes from the package index that pip is set to;
`--no-cache` leaves pip's cache out, as on a new machine. What Debian's packages bring is taken as it is. Exit code 1:
no answer within five minutes of the command.
"""

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from peers import CHAT, ROOT, free_port

KEY = "sk-newcomer"
TARGET_S = 300.0
GIVEN_UP_S = 1_800.0
QUESTION = "転入届に必要な書類を一つ挙げてください。"


def opened(port: int, process: "subprocess.Popen[str]", until: float) -> None:
    """Waits for the first answer of the server. Raises `RuntimeError` when it ends before, or at `until`."""
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"make run ended with {process.returncode}")
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("it did not open")


def answer(port: int, until: float) -> str:
    """What the built-in model says to the first question; it may still be loading until then."""
    body = json.dumps({"messages": [{"role": "user", "content": QUESTION}], "max_tokens": 48}).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    said: object = None
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=max(1.0, until - time.monotonic()))
        connection.request("POST", CHAT, body, headers)
        reply = connection.getresponse()
        said = json.loads(reply.read())
        if reply.status == 200:
            return str(said["choices"][0]["message"]["content"])
        time.sleep(1)
    raise RuntimeError(f"no answer: {said}")


def main() -> int:
    """Runs it; gives the exit code."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--no-cache", action="store_true", help="leave out pip's cache")
    options = given.parse_args()
    port = free_port()
    environ = {**os.environ, "SEKISHO_KEY": KEY, "SEKISHO_PORT": str(port), "MAKEFLAGS": ""}
    environ |= {"PIP_NO_CACHE_DIR": "1"} if options.no_cache else {}
    with tempfile.TemporaryDirectory() as directory:
        clone = Path(directory) / "sekisho"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        begin = time.monotonic()
        process = subprocess.Popen(
            ["make", "run"],
            cwd=clone,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

        def show() -> None:
            for line in process.stdout or ():
                print(f"{time.monotonic() - begin:6.1f} s  {line}", end="", flush=True)

        threading.Thread(target=show, daemon=True).start()
        try:
            opened(port, process, begin + GIVEN_UP_S)
            open_s = time.monotonic() - begin
            said = answer(port, begin + GIVEN_UP_S)
            first_s = time.monotonic() - begin
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
    met = first_s <= TARGET_S
    print(f"\nopen after {open_s:.0f} s, first answer after {first_s:.0f} s: {said!r}")
    print(f"wanted: an answer within {TARGET_S:.0f} s: {'met' if met else 'not met'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
