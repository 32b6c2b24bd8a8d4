"""Workers: open together or not at all, with one word on why not."""

import fcntl
import os
import signal
import socket
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
import uvicorn
from tests.server.running import models, start, until
from uvicorn.supervisors.multiprocess import SIGNALS

from sekisho.cli.main import DONE, FAULT, WRONG_USE
from sekisho.cli.workers import Workers, reporting
from sekisho.core.errors import ConfigurationError


class Pipe:
    def __init__(self):
        self.sent, self.closed = [], False

    def send(self, told):
        self.sent.append(told)

    def close(self):
        self.closed = True


@pytest.fixture
def opened():
    """Opens two workers with a factory; what `open` raised."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    made = []

    def opened(factory):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            made.append(Workers(uvicorn.Config(factory, factory=True, workers=2), listener))
            with pytest.raises(click.exceptions.Exit) as ended:
                made[0].open()
        return ended.value.exit_code

    yield opened
    assert [process.process.is_alive() for workers in made for process in workers.processes] == [False, False]
    for number, handler in before.items():
        signal.signal(number, handler)


def fails():
    raise ConfigurationError(where="sekisho.yaml", what="no")


@pytest.mark.parametrize(("factory", "code"), [("os:abort", FAULT), ("sys:exit", FAULT), ("nowhere:nothing", 1)])
def test_a_worker_that_ends_without_a_word_ends_all_with_its_code_or_a_fault(opened, factory, code):
    assert opened(factory) == code


def test_a_worker_tells_that_it_is_open_and_closes_the_pipe():
    pipe = Pipe()
    assert reporting(lambda: "application", pipe) == "application"
    assert (pipe.sent, pipe.closed) == ([("", DONE)], True)


def test_a_worker_tells_with_that_what_the_operator_should_know(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    pipe = Pipe()
    reporting(lambda: SimpleNamespace(warnings=({"ja": "あ", "en": "a"}, {"ja": "い", "en": "b"})), pipe)
    assert pipe.sent == [("a\nb", DONE)]


def test_a_worker_tells_the_sentence_and_the_code_that_the_command_ends_with(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    pipe = Pipe()
    with pytest.raises(SystemExit) as ended:
        reporting(fails, pipe)
    assert ended.value.code == WRONG_USE
    assert pipe.sent == [("sekisho: sekisho.yaml: no\n  Correct the place shown and run it again.", WRONG_USE)]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_server_told_to_end_before_it_is_open_ends_its_workers_too(tmp_path, name):
    """The lock of the ledger is held, so they wait."""
    home = tmp_path / "home"
    home.mkdir()
    with (home / "ledger.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = start(tmp_path, models("http://127.0.0.1:9/v1"), "--workers", "2")
        try:
            waiting = until(lambda: waiters(lock))
            server.process.send_signal(getattr(signal, name))
            assert server.process.wait(300) == DONE
            assert [one for one in waiting if Path(f"/proc/{one}").exists()] == []
        finally:
            server.stop()
    assert server.lines == []


def waiters(lock) -> list[int]:
    """The two processes that wait for a lock; nothing before both do."""
    inode = f":{os.fstat(lock.fileno()).st_ino} "
    lines = [line.split() for line in Path("/proc/locks").read_text().splitlines() if inode in line and "->" in line]
    found = [int(fields[5]) for fields in lines]
    return found if len(found) == 2 else []
