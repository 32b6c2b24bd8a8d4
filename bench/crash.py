"""What survives `kill -9`: receipts of answers that were wholly received, and a log that audits.

    python bench/crash.py [--kills N] [--seed N] [--workers N]

Clients ask without pause, streamed and not, and keep the receipt of each answer that came whole. At a random moment
every process of the server is killed. After each restart `sekisho ledger audit` must pass, the entry of every
receipt must be in the log, with the very statement that was signed, and the offline audit of an exported bundle must
find every receipt at its place and its checkpoint on this log's way: nothing was lost, and nothing forked. The exit
code is 1 otherwise.
"""

import argparse
import base64
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from fcntl import LOCK_NB, LOCK_SH, flock
from pathlib import Path
from random import Random

from sekisho.core.errors import SekishoError
from sekisho.governance.audit import Auditor
from sekisho.ledger import bundle
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.signer import Signer
from served import PROGRAM, Served, ask, mock, start

CLIENTS = 6
TOGETHER = 20  # answers over one connection, so that every worker gets some
MOST_S = 0.6  # of load before a kill, from the first whole answer on
PATIENCE_S = 60


class Asker(threading.Thread):
    """Asks until its server is gone; `receipts` are those of whole answers, after the first of which it is `warm`."""

    def __init__(self, server: Served, number: int, warm: threading.Event) -> None:
        super().__init__(daemon=True)
        self._server, self._number, self._warm = server, number, warm
        self.receipts: list[str] = []

    def run(self) -> None:
        connection = self._server.connect()
        try:
            for count in range(1_000_000):
                streamed = (count + self._number) % 2 == 0
                if count % TOGETHER == 0:
                    connection.close()  # the next question opens another
                question = {"messages": [{"role": "user", "content": f"{count}番目の質問です" * 5}], "stream": streamed}
                status, headers, body = ask(connection, json.dumps(question).encode())
                if status == 200:
                    self.receipts.append(_last(body) if streamed else headers["sekisho-receipt"])
                    self._warm.set()
        except (OSError, http.client.HTTPException):
            return  # it was killed; what was not whole is not counted
        finally:
            connection.close()


def _last(body: bytes) -> str:
    """The receipt that a whole stream ends with. Raises `HTTPException` for one that is not whole."""
    *_, done = [part for part in body.split(b"\n\n") if part]
    if done != b"data: [DONE]":
        raise http.client.IncompleteRead(body)
    chunks = [json.loads(part.removeprefix(b"data: ")) for part in body.split(b"\n\n") if part.startswith(b"data: {")]
    return next(chunk["sekisho"]["receipt"] for chunk in chunks if "sekisho" in chunk)


def all_serve(home: Path, workers: int) -> bool:
    """Whether so many workers run, each of which holds the lock of a file; waits for them."""
    due_s = time.monotonic() + PATIENCE_S
    while sum(map(_held, (home / "workers").glob("*.lock"))) < workers:
        if time.monotonic() > due_s:
            return False
        time.sleep(0.05)
    return True


def _held(lock: Path) -> bool:
    with lock.open() as opened:
        try:
            flock(opened, LOCK_SH | LOCK_NB)
        except BlockingIOError:
            return True
    return False


def kill(server: Served) -> None:
    """Kills the server and its workers, none of which can do anything about it."""
    main = server.process.pid
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    for one in [main, *map(int, children)]:
        with suppress(ProcessLookupError):  # a helper of the interpreter ends by itself as soon as `main` does
            os.kill(one, signal.SIGKILL)
    server.end()


def missing(home: Path, receipts: list[str]) -> list[str]:
    """Receipts whose statement is not in the log."""
    lost = []
    with closing(Ledger.open(home)) as ledger:
        for receipt in receipts:
            statement = base64.urlsafe_b64decode(receipt.split(".")[0] + "==")
            exchange = json.loads(statement)["id"]
            if statement not in [ledger.leaf(entry.position) for entry in ledger.entries_of(exchange)]:
                lost.append(exchange)
    return lost


def audit(home: Path) -> str:
    """What `sekisho ledger audit` complains of; empty: nothing."""
    done = subprocess.run(
        [PROGRAM, "ledger", "audit", "--home", str(home)], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def forked(home: Path, receipts: list[str]) -> str:
    """What the offline audit says against the log and these receipts; empty: nothing."""
    signer = Signer.open(home)
    file = home / "crash.bundle"
    try:
        with closing(Ledger.open(home)) as ledger:
            bundle.export(ledger, signer, ledger.checkpoint(signer), {}, file)
        given = {f"receipt {number}": receipt.encode() for number, receipt in enumerate(receipts)}
        with file.open("rb") as opened:
            Auditor(signer.verifier, receipts=given).run(opened)
    except SekishoError as fault:
        return str(fault)
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description="What survives kill -9.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    random, failures, receipts = Random(chosen.seed), [], 0
    with tempfile.TemporaryDirectory() as directory, mock() as url:
        home = Path(directory)
        flags = ("--workers", str(chosen.workers))
        server = start(home, url, *flags)
        try:
            for number in range(1, chosen.kills + 1):
                server.ready()
                if not all_serve(home, chosen.workers):
                    failures.append(f"kill {number}: not all workers ran within {PATIENCE_S} s")
                warm = threading.Event()
                askers = [Asker(server, each, warm) for each in range(CLIENTS)]
                for asker in askers:
                    asker.start()
                if not warm.wait(PATIENCE_S):
                    failures.append(f"kill {number}: no answer in {PATIENCE_S} s")
                time.sleep(random.uniform(0.02, MOST_S))
                kill(server)
                for asker in askers:
                    asker.join()
                kept = [receipt for asker in askers for receipt in asker.receipts]
                receipts += len(kept)
                server = start(home, url, *flags)
                failures += [f"kill {number}: no entry for {exchange}" for exchange in missing(home, kept)]
                failures += [f"kill {number}: {said}" for said in (audit(home), forked(home, kept)) if said]
                if number % 20 == 0:
                    print(f"{number} kills, {receipts} receipts, {len(failures)} failures", flush=True)
        finally:
            server.process.terminate()
            server.end()
    print(f"{chosen.kills} kills, {receipts} receipts of whole answers, {len(failures)} failures")
    for failure in failures[:40]:
        print(" ", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
