"""Keeps one child process running: starts it, hears how it does, and starts it again when it dies.

The child gets its job as one line of JSON on standard input, which then stays open: when it ends, so does the child,
however its parent died. On standard output the child tells its state, one JSON object a line (`Told`).
"""

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from sekisho.core.language import Bilingual

State = Literal["starting", "checking", "loading", "ready", "waiting", "failed", "stopped"]

DELAYS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
FUTILE_STARTS = 5
STEADY_S = 60.0
STOP_S = 5.0

CRASHED: Bilingual = {
    "ja": "モデルのプロセスが繰り返し停止したため、起動をあきらめました。記録: {log}",
    "en": "The model's process died again and again, so it is not started any more. Log: {log}",
}


class Told(msgspec.Struct, frozen=True):
    """What the child says of itself.

    Attributes:
        state: `checking` the file, `loading` it, `ready`, or `failed`; after `failed` it is not started again.
        share: how much of the checking is done, in [0, 1].
        ja: why it failed, in Japanese; so `en` in English.
    """

    state: Literal["checking", "loading", "ready", "failed"]
    share: float = 0.0
    ja: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """What is run.

    Attributes:
        argv: the command.
        job: what the child is told to do, one line.
        log: file that takes its standard error; each start begins it anew.
        delays_s: waits before the next start, the last one for all that follow.
    """

    argv: Sequence[str]
    job: bytes
    log: Path
    environ: Mapping[str, str]
    delays_s: Sequence[float] = DELAYS_S


class Supervisor:
    """Runs a program until it is stopped, or until it fails for good.

    It gives up after `FUTILE_STARTS` starts in a row that never became ready. Waits grow from one death to the next
    and begin anew once the child was ready for `STEADY_S` seconds. Safe to use from any thread.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="sekisho-model", daemon=True)
        self.state: State = "starting"
        self.share = 0.0
        self.fault: Bilingual | None = None

    def start(self) -> None:
        """Starts the child and returns at once."""
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The process id of the child, or None while there is none."""
        child = self._child
        return child.pid if child and child.poll() is None else None

    def stop(self) -> None:
        """Ends the child, by force after `STOP_S` seconds, and waits until it has gone. May be called twice."""
        self._stopping.set()
        with self._lock:
            child = self._child
        if child is not None:
            _end(child)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        self._become("stopped")

    def _keep(self) -> None:
        futile = deaths = 0
        while not self._stopping.is_set():
            steady_s = self._run()
            if self.state in ("failed", "stopped"):
                return
            futile = 0 if steady_s is not None else futile + 1
            deaths = 0 if steady_s is not None and steady_s >= STEADY_S else deaths + 1
            if futile >= FUTILE_STARTS:
                log = str(self._program.log)
                self.fault = {"ja": CRASHED["ja"].format(log=log), "en": CRASHED["en"].format(log=log)}
                self._become("failed")
                return
            self._become("waiting")
            delays = self._program.delays_s
            self._stopping.wait(delays[min(max(deaths - 1, 0), len(delays) - 1)])

    def _run(self) -> float | None:
        """One life of the child; returns for how many seconds it was ready, or None if it never was."""
        try:
            child = self._spawn()
        except OSError:  # no log file, no memory, no process: one more start that came to nothing
            return None
        if child is None or child.stdout is None:
            return None
        ready_at: float | None = None
        for line in child.stdout:
            told = _decoded(line)
            if told is None:
                continue
            if told.state == "ready":
                ready_at = time.monotonic()
            self._hear(told)
        child.stdout.close()
        _end(child)
        return None if ready_at is None else time.monotonic() - ready_at

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        program = self._program
        with self._lock:
            if self._stopping.is_set():
                return None
            with program.log.open("wb") as log:
                child = self._child = subprocess.Popen(  # noqa: S603 - our own command, and no shell
                    program.argv,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=dict(program.environ),
                )
        self._become("starting")
        _tell(child, program.job)
        return child

    def _hear(self, told: Told) -> None:
        self.share = told.share
        if told.state == "failed":
            self.fault = {"ja": told.ja, "en": told.en}
        self._become(told.state)

    def _become(self, state: State) -> None:
        if self.state != "failed" or state == "stopped":
            self.state = state


def _decoded(line: bytes) -> Told | None:
    """One line of the child; None for anything that is not of the protocol, such as a library's own words."""
    try:
        return msgspec.json.decode(line, type=Told)
    except msgspec.DecodeError:
        return None


def _tell(child: subprocess.Popen[bytes], job: bytes) -> None:
    if child.stdin is None:
        return
    try:
        child.stdin.write(job + b"\n")
        child.stdin.flush()
    except BrokenPipeError:
        child.kill()  # it died before it could hear; its end is noticed on the other pipe


def _end(child: subprocess.Popen[bytes]) -> None:
    """Closes the child's standard input, which asks it to end, and sees to it that it does."""
    if child.stdin is not None and not child.stdin.closed:
        try:
            child.stdin.close()
        except BrokenPipeError:
            child.kill()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
