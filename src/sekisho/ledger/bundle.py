"""The bundle: the whole log in one file for an auditor, who needs nothing else but the public key.

A tar archive (archive.py) with these members in this order. Each byte of it is covered by a hash or a signature, and
the same log gives the same bytes.

    manifest.json       the form, the log's origin and size, the policies that follow
    checkpoint          the signed tree head, with cosignatures (C2SP tlog-checkpoint)
    keys                the log's public key in one line, then the changes that led to it (keychange.py), one a line
    policies/ID.json    the text of each policy, under the digest by which entries name it
    tile/…              entries and hashes (C2SP tlog-tiles), level by level, entries before their hashes
    seal                a note, signed with the log's key, with SHA-256 over all bytes before it
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keychange, tiles
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.archive import ArchiveWriter
from sekisho.ledger.keyfile import sync_directory
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import MAX_NOTE, MAX_SIZE, Checkpoint, VerifierKey
from sekisho.ledger.signer import Signer
from sekisho.ledger.tiles import Tile

FORM = 1
MANIFEST, CHECKPOINT, KEYS, SEAL = "manifest.json", "checkpoint", "keys", "seal"
MAX_MANIFEST = 1 << 20  # bytes
MAX_KEYS = keychange.MAX_HISTORY + 1000
MAX_POLICY = 1 << 20
MAX_POLICIES = 10_000
MAX_SIGNED = 4 * MAX_NOTE
SEALED = "sekisho bundle"  # a log cannot have this name, so no seal is ever a checkpoint
_POLICY = re.compile(r"[0-9a-f]{16}")


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    form: int
    origin: str
    policies: list[str]
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds. All names of members, and their order, follow from it."""

    origin: str
    size: int
    policies: tuple[str, ...]

    @property
    def raw(self) -> bytes:
        """The member: canonical JSON."""
        written = _Written(FORM, self.origin, list(self.policies), self.size)
        return msgspec.json.encode(written, order="sorted") + b"\n"

    @classmethod
    def parse(cls, raw: bytes) -> "Manifest":
        """Reads the member. Raises `ValueError` for anything that is not spelled as `raw` would."""
        written = msgspec.json.decode(raw, type=_Written)
        manifest = cls(written.origin, written.size, tuple(written.policies))
        spelled = written.form == FORM and manifest.raw == raw
        ordered = list(manifest.policies) == sorted(set(manifest.policies)) and len(manifest.policies) <= MAX_POLICIES
        if not (
            spelled and ordered and 0 <= manifest.size <= MAX_SIZE and all(map(_POLICY.fullmatch, manifest.policies))
        ):
            raise ValueError("not a manifest")
        return manifest


def policy_member(digest: str) -> str:
    """The name under which a policy's text stands."""
    return f"policies/{digest}.json"


def most(tile: Tile) -> int:
    """The largest size of a tile's or an entry bundle's content, in bytes."""
    return tile.width * (32 if tile.level is not None else 2 + tiles.LONGEST)


def seal_text(digest: str) -> str:
    """The text of the note that seals a bundle whose bytes until there have this SHA-256, in hexadecimal."""
    return f"{SEALED}\n{digest}\n"


def keys(newest: VerifierKey, changes: Iterable[bytes]) -> bytes:
    """The member with the history of keys."""
    return b"".join(one + b"\n" for one in (str(newest).encode(), *changes))


def export(ledger: Ledger, signer: Signer, note: str, policies: Mapping[str, bytes], path: Path) -> Checkpoint:
    """Writes the log as of the checkpoint `note` into a bundle, which appears whole or not at all; says what it holds.

    Holds one tile at a time. Raises `ConfigurationError` when it cannot be written, `LedgerAltered` when the log
    contradicts the checkpoint or its own hashes.
    """
    goal = Checkpoint.opened(note, signer.verifier)
    if goal.size > ledger.size or ledger.root_at(goal.size) != goal.root:
        raise LedgerAltered(position=min(goal.size, ledger.size), part="checkpoint")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with draft.open("xb") as file:
                _write(ArchiveWriter(file), ledger, signer, note, policies)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        sync_directory(path.absolute().parent)
    except OSError as fault:
        raise ConfigurationError(where=str(path), what=f"cannot be written: {fault.strerror}") from fault
    return goal


def _write(archive: ArchiveWriter, ledger: Ledger, signer: Signer, note: str, policies: Mapping[str, bytes]) -> None:
    size = Checkpoint.opened(note, signer.verifier).size
    manifest = Manifest(signer.name, size, tuple(sorted(policies)))
    archive.add(MANIFEST, manifest.raw)
    archive.add(CHECKPOINT, note.encode())
    changes = [ledger.leaf(one.position) for one in ledger.entries_of(keychange.ID) if one.position < size]
    archive.add(KEYS, keys(signer.verifier, changes))
    for digest in manifest.policies:
        archive.add(policy_member(digest), policies[digest])
    for tile in tiles.of(size):
        archive.add(tile.path, ledger.tile(tile))
    archive.add(SEAL, signer.note(seal_text(archive.digest)).encode())
    archive.end()
