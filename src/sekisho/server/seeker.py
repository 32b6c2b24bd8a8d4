"""The process that finds texts again: takes in what the ledger keeps, and answers the workers' questions.

One for all workers of a server, at a low priority: where the processor is taken, look-ups get at most a tenth of one
core, and indexing what nobody else wants. So neither a flood of look-ups nor indexing slows exchanges down; under full
load it falls behind and catches up later.
Its job comes as one line on standard input, and it ends with that; see `models.supervisor`. Questions and answers are
lines of JSON over a socket in the home directory.
"""

import logging
import os
import select
import socket
import sqlite3
import sys
import threading
import traceback
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import msgspec

from sekisho.core.errors import SekishoError
from sekisho.ledger.ledger import Ledger
from sekisho.models.supervisor import Told
from sekisho.provenance.codes import Codes
from sekisho.provenance.indexer import Indexer
from sekisho.provenance.lookup import Found, Lookup
from sekisho.provenance.passages.index import Passages
from sekisho.server.visits import Visits

log = logging.getLogger("sekisho.server")

NICE = 10  # of look-ups: a weight of 110 beside the gateway's 1,024 (Linux, sched(7))
NICE_INDEXING = 19  # a weight of 15
IDLE_S = 0.5  # between two looks for new entries
RETRY_S = 10.0  # after a failure, such as a full disk
PATIENCE_S = 5.0  # for a worker to send its question, and to take the answer
LONGEST = 1 << 20  # bytes of a question


class Job(msgspec.Struct, frozen=True):
    """What to do: for which home and database, on which socket in it, and how often strangers may ask."""

    home: str
    database: str
    socket: str
    per_address: int
    total: int


class Question(msgspec.Struct, frozen=True):
    """A text, and the address of the visitor who brought it; or the codes of a file, whose visitor was counted."""

    text: str
    address: str
    codes: list[str] = []


class Reply(msgspec.Struct, frozen=True):
    """What was found; or `retry_s`, where too much is asked, or `failed`. `behind`: entries not taken in yet."""

    found: list[Found] = []
    behind: int = 0
    retry_s: int = 0
    failed: bool = False


def main() -> None:
    """Runs until standard input ends."""
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    os.umask(0o077)
    home = Path(job.home)
    try:
        with (
            closing(Ledger.open(home, database=job.database)) as ledger,
            closing(Passages.open(home)) as written,
            closing(Passages.open(home)) as read,
            closing(Codes.open(home)) as noted,
            closing(Codes.open(home)) as known,
            listening(home, job.socket) as listener,
        ):
            desk = Desk(ledger, read, Visits(job.per_address, job.total), known)
            os.nice(NICE)  # before the thread is made, which inherits it
            threading.Thread(target=desk.serve, args=(listener,), daemon=True).start()
            os.nice(NICE_INDEXING - NICE)  # of this thread alone, on Linux
            _say(Told("ready"))
            _work(Indexer(ledger, written, noted))
    except (SekishoError, OSError) as fault:
        ja, en = (fault.say("ja"), fault.say("en")) if isinstance(fault, SekishoError) else (str(fault), str(fault))
        _say(Told("failed", ja=ja, en=en))


class Desk:
    """Answers questions, one after another."""

    def __init__(self, ledger: Ledger, passages: Passages, visits: Visits, codes: Codes | None = None) -> None:
        self._ledger = ledger
        self._passages = passages
        self._lookup = Lookup(ledger, passages, codes)
        self._visits = visits

    def serve(self, listener: socket.socket) -> None:
        """Answers whoever connects; ends when the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError, msgspec.DecodeError):
                connection.settimeout(PATIENCE_S)
                with connection.makefile("rb") as lines:
                    question = msgspec.json.decode(lines.readline(LONGEST), type=Question)
                connection.sendall(self.reply(question) + b"\n")

    def reply(self, question: Question) -> bytes:
        """The answer to one question: a `Reply` in JSON."""
        retry_s = 0 if question.codes else self._visits.wait_s(question.address)
        if retry_s:
            return msgspec.json.encode(Reply(retry_s=retry_s))
        try:
            found = self._lookup.coded(question.codes) if question.codes else self._lookup.find(question.text)
            return msgspec.json.encode(Reply(found, max(0, self._ledger.size - self._passages.next)))
        except Exception as fault:  # noqa: BLE001 - whatever one text does, the next one is answered
            log.error("a text could not be looked up: %s", _kind(fault))  # noqa: TRY400 - a trace could hold the text
            return msgspec.json.encode(Reply(failed=True))


@contextmanager
def listening(home: Path, name: str) -> Generator[socket.socket, None, None]:
    """A socket in the home directory, for the time of the block. Raises `OSError`."""
    path = home / name
    path.unlink(missing_ok=True)
    with short(home) as reached, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(f"{reached}/{name}")
        listener.listen()
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def short(home: Path) -> Generator[str, None, None]:
    """A short name of the directory, since the path of a socket has about 100 bytes at most."""
    if sys.platform != "linux":
        yield str(home)
        return
    directory = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}"
    finally:
        os.close(directory)


def _work(indexer: Indexer) -> None:
    """Indexes until standard input ends. What fails is told and tried again."""
    wait_s = 0.0
    while not _ended(wait_s):
        try:
            more = indexer.step()
            indexer.tidy()
            wait_s = 0.0 if more else IDLE_S
        except (SekishoError, sqlite3.Error) as fault:
            log.error("texts could not be taken in: %s", fault)  # noqa: TRY400 - the fault says all, without the text
            wait_s = RETRY_S


def _kind(fault: Exception) -> str:
    """What may be told of a fault: of one that we know its words, of others only where it happened."""
    if isinstance(fault, SekishoError | sqlite3.Error):
        return str(fault)
    last = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} in {last.name}, line {last.lineno}"


def _ended(wait_s: float) -> bool:
    readable, _, _ = select.select([0], [], [], wait_s)
    return bool(readable) and not os.read(0, 1024)


def _say(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
