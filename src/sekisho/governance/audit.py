"""The offline audit: nothing is believed but the public key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from sekisho.governance.evidence import Evidence
from sekisho.governance.register import Register
from sekisho.governance.rejected import BundleRejected
from sekisho.governance.report import Report, Witnessed
from sekisho.governance.statements import Statements
from sekisho.ledger import bundle, cosignature, tiles, tree
from sekisho.ledger.archive import ArchiveBroken, ArchiveReader
from sekisho.ledger.bundle import Manifest
from sekisho.ledger.keychange import Change, KeysRejected, Known, history, known
from sekisho.ledger.note import Checkpoint, NoteRejected, VerifierKey, opened, signature_line, signed
from sekisho.ledger.regrown import Regrown
from sekisho.ledger.tile_files import TileFiles
from sekisho.policy.kept import digest_of


class Source(Protocol):
    """Where the members of a log come from: a bundle, or files."""

    def take(self, name: str, most: int) -> bytes:
        """The member of this name, of at most `most` bytes. Raises `ArchiveBroken`."""
        ...


@dataclass(frozen=True, slots=True)
class Auditor:
    """Audits the log of `key`.

    Attributes:
        witnesses: keys of those who must have cosigned.
        receipts: receipts and proof files that must stand in the log, by the names of their files.
        checkpoints: checkpoints of this log that somebody kept, by the names of their files.
        changes: the history of the log's keys, for files; a bundle has its own.
    """

    key: VerifierKey
    witnesses: Sequence[VerifierKey] = ()
    receipts: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    checkpoints: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    changes: Sequence[Change] = ()

    def run(self, file: BinaryIO) -> Report:
        """Audits a bundle, read once from its beginning. Raises `BundleRejected` for the first thing that is wrong.

        1. The manifest stands first and is spelled in the one way it can be. From then on the name of every member,
           their order and their largest sizes are known; the container has one form, and no byte is left over.
        2. The history of keys leads from the given key to the newest one, and back to the first; both keys have signed
           each change.
        3. The checkpoint is signed with the newest key, and has the manifest's origin and size.
        4. Each witness that was asked for has cosigned it, and all cosignatures of theirs are right.
        5. Each policy's text has the digest that it is filed under.
        6. Receipts and checkpoints that were given verify, and are not of a longer log.
        7. Each entry is canonical JSON, complete after its kind, and its number agrees with its time. Changes of keys
           are those of the history.
        8. Each tile holds the hashes that follow from the entries.
        9. Receipts stand at their places; at the sizes of checkpoints given the log had their roots.
        10. The entries give the root that was signed.
        11. No exchange is recorded twice, and each erasure is of one content that was recorded before.
        12. The seal is signed with the newest key and covers every byte before it; nothing follows.

        Source: RFC 6962, 2.1; c2sp.org/tlog-tiles, tlog-checkpoint, tlog-cosignature.
        """
        archive = ArchiveReader(file)
        try:
            with Register() as register:
                return self._audited(archive, Statements(register), register)
        except ArchiveBroken as fault:
            raise BundleRejected(part="container", where=fault.member) from fault

    def run_files(self, directory: Path) -> Report:
        """Audits a log that was written as static files (C2SP tlog-tiles): steps 2 to 4 and 6 to 11 of `run`.

        Without `changes` the given key must be the newest, and receipts and checkpoints signed with it. Files that the
        log of its checkpoint's size does not need are not looked at. Raises `BundleRejected`.
        """
        files = TileFiles(directory)
        try:
            with Register() as register:
                statements = Statements(register)
                keys = _known(self.key, self.changes)
                note = files.take(bundle.CHECKPOINT, bundle.MAX_SIGNED)
                checkpoint, witnessed = self._signed(note, keys[-1].key)
                evidence = self._evidence(keys, checkpoint.size)
                unfinished = _followed(files, checkpoint, (statements, register, evidence))
                found = statements.changes
                if found != list(self.changes) if self.changes else found and found[-1].new != self.key:
                    raise BundleRejected(part="keys", where=bundle.CHECKPOINT)
        except ArchiveBroken as fault:
            raise BundleRejected(part="container", where=fault.member) from fault
        return Report.of(checkpoint, witnessed, statements, evidence, ([], unfinished, files.read))

    def _audited(self, archive: ArchiveReader, statements: Statements, register: Register) -> Report:
        # 1. Manifest
        manifest = _manifest(archive.take(bundle.MANIFEST, bundle.MAX_MANIFEST))
        note = archive.take(bundle.CHECKPOINT, bundle.MAX_SIGNED)
        # 2. Keys
        keys, changes = self._keys(archive.take(bundle.KEYS, bundle.MAX_KEYS))
        newest = keys[-1].key
        # 3. Checkpoint  4. Witnesses
        checkpoint, witnessed = self._signed(note, newest)
        if (checkpoint.origin, checkpoint.size) != (manifest.origin, manifest.size):
            raise BundleRejected(part="manifest", where=bundle.MANIFEST)
        # 5. Policies
        for digest in manifest.policies:
            member = bundle.policy_member(digest)
            if digest_of(archive.take(member, bundle.MAX_POLICY)) != digest:
                raise BundleRejected(part="policy", where=member)
        # 6. Receipts and checkpoints given
        evidence = self._evidence(keys, checkpoint.size)
        # 7. to 11. The log itself
        unfinished = _followed(archive, checkpoint, (statements, register, evidence))
        if statements.changes != changes:
            raise BundleRejected(part="keys", where=bundle.KEYS)
        # 12. Seal
        _sealed(archive, newest)
        unexplained = sorted(statements.policies.keys() - set(manifest.policies))
        return Report.of(checkpoint, witnessed, statements, evidence, (unexplained, unfinished, archive.read))

    def _keys(self, raw: bytes) -> tuple[Sequence[Known], list[Change]]:
        """Step 2: all keys of the log, and all changes."""
        newest, _, lines = raw.partition(b"\n")
        try:
            changes = history(lines)
        except KeysRejected as fault:
            raise BundleRejected(part="keys", where=bundle.KEYS) from fault
        keys = _known(self.key, changes)
        key = keys[-1].key
        if str(key).encode() != newest or raw != bundle.keys(key, [one.raw for one in changes]):
            raise BundleRejected(part="keys", where=bundle.KEYS)
        return keys, changes

    def _signed(self, raw: bytes, key: VerifierKey) -> tuple[Checkpoint, list[Witnessed]]:
        """Steps 3 and 4."""
        try:
            note = raw.decode()
            checkpoint = Checkpoint.opened(note, key)
        except (UnicodeDecodeError, NoteRejected) as fault:
            raise BundleRejected(part="checkpoint", where=bundle.CHECKPOINT) from fault
        return checkpoint, self._witnessed(note)

    def _witnessed(self, note: str) -> list[Witnessed]:
        every: list[Witnessed] = []
        for witness in self.witnesses:
            try:
                found = cosignature.found(note, [witness])
            except NoteRejected as fault:
                raise BundleRejected(part="witness", where=witness.name) from fault
            if not found:
                raise BundleRejected(part="witness", where=witness.name)
            every.append(Witnessed(*found[0]))
        return every

    def _evidence(self, keys: Sequence[Known], size: int) -> Evidence:
        evidence = Evidence(keys, size)
        for name, raw in self.receipts.items():
            evidence.add_receipt(name, raw)
        for name, raw in self.checkpoints.items():
            evidence.add_checkpoint(name, raw)
        return evidence


def _known(key: VerifierKey, changes: Sequence[Change]) -> Sequence[Known]:
    try:
        return known(key, changes)
    except KeysRejected as fault:
        raise BundleRejected(part="keys", where=bundle.KEYS) from fault


def _sealed(archive: ArchiveReader, key: VerifierKey) -> None:
    text = bundle.seal_text(archive.digest)
    raw = archive.take(bundle.SEAL, bundle.MAX_SIGNED)
    try:
        note = raw.decode()
        _, signatures = signed(note, key)
        alone = [f"{text}\n{signature_line(key, one)}" for one in signatures] == [note]
        if not alone or opened(note, key) != text:
            raise BundleRejected(part="seal", where=bundle.SEAL)
    except (UnicodeDecodeError, NoteRejected) as fault:
        raise BundleRejected(part="seal", where=bundle.SEAL) from fault
    archive.end()


def _manifest(raw: bytes) -> Manifest:
    try:
        return Manifest.parse(raw)
    except ValueError as fault:
        raise BundleRejected(part="manifest", where=bundle.MANIFEST) from fault


def _followed(source: Source, checkpoint: Checkpoint, parts: tuple[Statements, Register, Evidence]) -> list[str]:
    """Steps 7 to 11; the files of receipts whose exchange is not in the log. Raises `BundleRejected`."""
    statements, register, evidence = parts
    # 10. Root
    if _grown(source, checkpoint.size, statements, evidence) != checkpoint.root:
        raise BundleRejected(part="root", where=bundle.CHECKPOINT)
    unfinished = evidence.end()
    # 11. Register
    register.check()
    return unfinished


def _grown(source: Source, size: int, statements: Statements, evidence: Evidence) -> bytes:
    """Steps 7 to 9; the root of all entries. Raises `BundleRejected`."""
    grown = Regrown()
    for tile in tiles.of(size):
        content = source.take(tile.path, bundle.most(tile))
        if tile.level is None:
            first = tile.index * tiles.WIDTH
            entries = _entries(content, tile.width, tile.path)
            # 7. Entries
            for members in _read(statements, entries, first):
                evidence.hear(members)
            leaves = [tree.leaf_hash(one) for one in entries]
            grown.add(leaves)
            # 9. Places
            evidence.see(first, entries, leaves, grown)
        # 8. Tiles
        elif content != grown.tile(tile):
            raise BundleRejected(part="tile", where=tile.path)
    return grown.root_at(size) if size else tree.EMPTY


def _read(statements: Statements, entries: Sequence[bytes], first: int) -> Iterator[Mapping[str, object]]:
    for position, entry in enumerate(entries, first):
        yield statements.read(entry, position)


def _entries(raw: bytes, width: int, member: str) -> list[bytes]:
    try:
        entries = tiles.unbundled(raw)
    except ValueError as fault:
        raise BundleRejected(part="entries", where=member) from fault
    if len(entries) != width:
        raise BundleRejected(part="entries", where=member)
    return entries
