"""What the ledger, its exports and a witness do on a disk that is really full. test_full_disk.py runs it on one.

Usage: full_disk.py DIRECTORY
"""

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.disks import Disk
from tests.governance.making import SIGNER, statement

from sekisho.core.errors import SekishoError
from sekisho.governance.audit import Auditor
from sekisho.ledger import bundle, published, tile_files
from sekisho.ledger.cosignature import Cosigner, found
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.ledger.witness import Witness
from sekisho.policy import kept
from sekisho.policy.load import Profiles
from sekisho.provenance.statement import canonical

WITNESS = Cosigner(Signer.of("witness.example/w1", bytes([7]) * 32))
MOST = 20_000


def refused(work: Callable[[], object], *kinds: type[Exception]) -> str:
    try:
        work()
    except kinds as fault:
        return str(fault)
    raise AssertionError("it did not fail on a full disk")


class Story:
    """A ledger that is written until the disk is full, and goes on when there is space again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.disk = Disk(directory, os.getpid())
        self.ledger = Ledger.open(directory / "home", signer=SIGNER)
        self.logged = []
        self.told: dict[str, object] = {}
        self.number = 0

    def append(self, content: bytes | None = None) -> None:
        self.number += 1
        one = statement(self.number)
        record = Record(one["id"], canonical(one), content)
        self.logged.append((record.statement, asyncio.run(self.ledger.append(record))))

    def sound(self) -> None:
        """Every entry that was promised is there; every head that was signed is one of this log's."""
        size = self.ledger.audit().size
        assert size >= len(self.logged)
        for said, logged in self.logged:
            assert self.ledger.leaf(logged.position) == said
            head = Checkpoint.opened(logged.checkpoint, SIGNER.verifier)
            assert self.ledger.root_at(head.size) == head.root, "the log has forked"

    def run(self) -> None:
        self.entries()
        self.exports()
        self.witnessed()

    def entries(self) -> None:
        for number in range(30):
            self.append(b"kept %d" % number)
        for left in (0, 4096, 20_000, 100_000):  # so that it breaks off at one place or another of a commit
            self.disk.fill(left)
            before = len(self.logged)
            for _ in range(MOST):
                try:
                    self.append(os.urandom(3000))
                except SekishoError as fault:
                    self.told["entry"] = str(fault)
                    break
            self.told[f"written with {left} bytes left"] = len(self.logged) - before
            refused(self.append, SekishoError)
            self.sound()
            self.disk.free()
            self.append()
            self.sound()

    def exports(self) -> None:
        www, file = self.directory / "www", self.directory / "town.bundle"
        tile_files.export(self.ledger, SIGNER, www, self.ledger.checkpoint(SIGNER))
        bundle.export(self.ledger, SIGNER, self.ledger.checkpoint(SIGNER), {}, file)
        old, size = file.read_bytes(), self.ledger.size
        for _ in range(300):
            self.append()
        note = self.ledger.checkpoint(SIGNER)
        self.disk.fill()
        self.told["tiles"] = refused(lambda: tile_files.export(self.ledger, SIGNER, www, note), SekishoError)
        self.told["bundle"] = refused(lambda: bundle.export(self.ledger, SIGNER, note, {}, file), SekishoError)
        self.told["published"] = refused(lambda: published.write(self.directory, "x" * 90_000), SekishoError)
        policies = Profiles()
        self.told["policies"] = refused(lambda: kept.keep(self.directory, policies), SekishoError)
        assert Auditor(SIGNER.verifier).run_files(www).size == size, "what was published is as whole as before"
        assert file.read_bytes() == old
        assert not list(self.directory.glob(".town.bundle*")), "a draft was left behind"
        assert published.read(self.directory) is None
        self.disk.free()
        tile_files.export(self.ledger, SIGNER, www, note)
        bundle.export(self.ledger, SIGNER, note, {}, file)
        kept.keep(self.directory, policies)
        assert Auditor(SIGNER.verifier).run_files(www).size == size + 300
        with file.open("rb") as opened:
            assert Auditor(SIGNER.verifier).run(opened).size == size + 300
        assert len(kept.kept(self.directory)) == len(policies.names)

    def witnessed(self) -> None:
        first = SIGNER.note(Checkpoint(SIGNER.name, 0, self.ledger.root_at(0)).text)
        second = self.ledger.checkpoint(SIGNER)
        with closing(Witness(self.directory / "witness", WITNESS, [SIGNER.verifier])) as witness:

            def ask(note: str) -> str:
                return witness.add_checkpoint(f"old 0\n\n{note}".encode(), lambda: 1_700_000_000)

            ask(first)
            self.disk.fill()
            self.told["witness"] = refused(lambda: [ask(second) for _ in range(3)], sqlite3.Error)
            self.disk.free()
            assert found(second + ask(second), [WITNESS.verifier])  # from the same old size: nothing was cosigned

    def end(self) -> None:
        self.ledger.close()


def main() -> None:
    story = Story(Path(sys.argv[1]))
    try:
        story.run()
    finally:
        story.end()
    print(json.dumps(story.told))


if __name__ == "__main__":
    main()
