"""Asks witnesses to cosign the log's checkpoints, in the background, and publishes what they signed.

Source: c2sp.org/tlog-witness, the part of the client. No exchange ever waits for it.
"""

import asyncio
import base64
import fcntl
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import Counter

from sekisho.core.errors import SekishoError
from sekisho.core.settings import WitnessSettings
from sekisho.ledger import cosignature, published
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import COSIGNATURE, Checkpoint, NoteRejected, VerifierKey
from sekisho.ledger.signer import Signer
from sekisho.models.endpoint import Endpoint
from sekisho.server.posting import Answer, PostFailed, post

log = logging.getLogger("sekisho.server")

EVERY_S = 10.0
LOCK = "witness.lock"
ASKED = Counter("sekisho_witness_requests", "Requests to witnesses, by outcome.", ["witness", "outcome"])
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


@dataclass(slots=True)
class Known:
    """A witness, and the size of the log that it has cosigned last, as far as is known here."""

    key: VerifierKey
    endpoint: Endpoint
    size: int = 0

    @classmethod
    def of(cls, told: WitnessSettings) -> "Known":
        """Raises `ConfigurationError`."""
        return cls(VerifierKey.parse(told.key, COSIGNATURE), Endpoint.of(told.url, "witnesses"))


class Unsigned(Exception):
    """Why a witness has not cosigned: what is logged and counted."""

    def __init__(self, outcome: str, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome


class Witnesses:
    """The witnesses of one log. Several processes may hold one; the one that has the lock asks."""

    def __init__(self, ledger: Ledger, signer: Signer, directory: Path, told: Sequence[WitnessSettings]) -> None:
        """Raises `ConfigurationError` for a key or a URL that is none."""
        self._ledger = ledger
        self._signer = signer
        self._directory = directory
        self._known = [Known.of(one) for one in told]
        self._lock: int | None = None

    def note(self) -> str:
        """The checkpoint to publish: where there are witnesses, the last one that was shown to them."""
        note = published.read(self._directory) if self._known else None
        return note if note is not None else self._ledger.checkpoint(self._signer)

    async def keep(self, *, every_s: float = EVERY_S) -> None:
        """Asks again and again while the log grows, until cancelled. What fails is logged and tried again."""
        try:
            while self._known:
                try:
                    if self._mine():
                        await self.ask()
                except (SekishoError, NoteRejected, OSError) as fault:
                    log.error("no checkpoint could be published: %s", fault)  # noqa: TRY400 - the fault says all
                await asyncio.sleep(every_s)
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    async def ask(self) -> None:
        """Asks every witness to cosign the log as it is, and publishes what comes of it.

        Does nothing where the published checkpoint is of this size already and all have cosigned it. Raises
        `LedgerAltered` where the log contradicts it: then nothing new is published.
        """
        before, note = await asyncio.to_thread(self._notes)
        if before is not None and self._read(before) == self._read(note):
            note = before
        new = self._read(note)
        done = {one.witness for one in cosignature.found(note, [one.key for one in self._known])}
        missing = [one for one in self._known if one.key.name not in done]
        if not new.size or not missing:
            return
        lines = await asyncio.gather(*[self._line(one, note, new) for one in missing])
        if any(lines) or note is not before:
            await asyncio.to_thread(published.write, self._directory, note + "".join(lines))

    def _mine(self) -> bool:
        """Whether this process is the one that asks; another takes over when it ends."""
        if self._lock is not None:
            return True
        lock = os.open(self._directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def _notes(self) -> tuple[str | None, str]:
        """What is published, and the log's head of now, which must be a continuation of it."""
        before = published.read(self._directory)
        if before is not None:
            old = self._read(before)
            if old.size > self._ledger.size or self._ledger.root_at(old.size) != old.root:
                raise LedgerAltered(position=min(old.size, self._ledger.size), part="checkpoint")
        return before, self._ledger.checkpoint(self._signer)

    def _read(self, note: str) -> Checkpoint:
        return Checkpoint.opened(note, self._signer.verifier)

    async def _line(self, witness: Known, note: str, new: Checkpoint) -> str:
        """The witness's cosignature lines; empty where it gave none."""
        name = witness.key.name
        try:
            line = await self._cosigned(witness, note, new)
        except Unsigned as fault:
            ASKED.labels(name, fault.outcome).inc()
            level = logging.CRITICAL if fault.outcome == "contradiction" else logging.WARNING
            log.log(level, "the witness %s has not cosigned the log of %d entries: %s", name, new.size, fault)
            return ""
        ASKED.labels(name, "cosigned").inc()
        witness.size = new.size
        return line

    async def _cosigned(self, witness: Known, note: str, new: Checkpoint) -> str:
        """Raises `Unsigned`."""
        answer = await self._posted(witness, note, new)
        size = _SIZE.fullmatch(answer.body) if answer.kind == "text/x.tlog.size" else None
        if answer.status == 409 and size:  # it remembers another size than we do: once more, from there
            witness.size = int(size[1])
            if witness.size > new.size:
                raise Unsigned("contradiction", f"it has seen {witness.size} entries, more than there are")
            answer = await self._posted(witness, note, new)
            if answer.status == 409 and _SIZE.fullmatch(answer.body):
                raise Unsigned("refused", "somebody else showed it another checkpoint at the same time")
        if answer.status in (409, 422):
            raise Unsigned("contradiction", f"it says that this is not the log it knows (status {answer.status})")
        if answer.status != 200:
            raise Unsigned("refused", f"status {answer.status}")
        try:
            # Its newest alone is taken over: whatever else it sends is unknown, and could not be checked by anyone, or
            # would only make the checkpoint longer than readers accept.
            lines = answer.body.decode().splitlines(keepends=True)
            times = {line: cosignature.found(f"{new.text}\n{line}", [witness.key]) for line in lines}
            kept = max((line for line in lines if times[line]), key=lambda line: times[line][0].time_s, default="")
        except (UnicodeDecodeError, NoteRejected) as fault:
            raise Unsigned("invalid", "its cosignature is not valid") from fault
        if not kept:
            raise Unsigned("invalid", "its answer holds no cosignature of its key")
        return kept

    async def _posted(self, witness: Known, note: str, new: Checkpoint) -> Answer:
        proof: list[bytes] = []
        if witness.size:
            proof = await asyncio.to_thread(self._ledger.consistency_proof, witness.size, new.size)
        lines = [f"old {witness.size}", *(base64.b64encode(one).decode() for one in proof)]
        try:
            return await post(witness.endpoint, "/add-checkpoint", ("\n".join(lines) + "\n\n" + note).encode())
        except PostFailed as fault:
            raise Unsigned("unreachable", str(fault)) from fault
