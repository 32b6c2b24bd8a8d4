"""Which single changes does an audit miss? Random changes to database, tiles, bundle, receipts and proof files.

    python bench/mutations.py [--changes 100000] [--seed N]

A small log with contents, an erasure, gaps and a witness's cosignature is changed in one place, then audited: the
database by the library call of `sekisho ledger audit`, with a checkpoint that was kept; tiles and bundle by that of
`sekisho audit`, with the witness's key; receipts and proof files by that of `sekisho verify`, every bit of them once.
Each change must be found; the exit code is 1 otherwise.

Which bytes of an SQLite file count: rows and cells are changed through SQL. Bytes of the file itself are changed as
well; free pages, the rest of a page, and counters of its header carry no meaning, so a change that leaves every row,
every look-up and every opened content as they were is no change ("without effect"). One column is left out:
`contents.keep_until_s`, a plan for the future and no record; what it brings about is an entry of its own.
"""

import argparse
import io
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

from gateway import table
from sekisho.governance.audit import Auditor
from sekisho.ledger import bundle, store
from sekisho.ledger.archive import BLOCK, ArchiveWriter
from sekisho.ledger.cosignature import found
from sekisho.ledger.note import Checkpoint, NoteRejected
from sekisho.ledger.proof import Proof
from sekisho.provenance import receipt
from world import KEPT, LOG, REJECTIONS, WITNESS, World, edited, rejected

UNRECORDED = {("contents", "keep_until_s")}
FOUND, MISSED, SAME = "found", "missed", "without effect"


# --- receipts and proof files


def bits(raw: bytes) -> Iterator[bytes]:
    for place in range(len(raw) * 8):
        yield raw[: place // 8] + bytes([raw[place // 8] ^ 1 << place % 8]) + raw[place // 8 + 1 :]


def receipts(world: World, count: int, chance: Random) -> Iterator[tuple[str, bool]]:
    one = world.receipts[7]
    forms = {
        "receipt": (one, verify_receipt),
        "receipt without a place": (receipt.issue(receipt.verify(one, LOG.public_key).statement, LOG), verify_receipt),
        "proof file": (world.proof, verify_proof),
    }
    for name, (text, check) in forms.items():
        assert not rejected(check, text.encode())
        for changed in bits(text.encode()):
            yield f"{name}: each bit", rejected(check, changed)
    for _ in range(count):
        name = chance.choice(list(forms))
        text, check = forms[name]
        kind, changed = edited(text.encode(), chance)
        yield f"{name}: {kind}", rejected(check, changed)


def verify_receipt(raw: bytes) -> None:
    receipt.verify(raw.decode("ascii", "replace"), LOG.public_key)


def verify_proof(raw: bytes) -> None:
    proof = Proof.parse(raw.decode())
    receipt.proven(proof.extra or b"", proof, LOG.verifier)
    if not found(proof.checkpoint, [WITNESS.verifier]):
        raise NoteRejected("not cosigned")


# --- bundle


def bundles(world: World, count: int, chance: Random) -> Iterator[tuple[str, bool]]:
    auditor = Auditor(LOG.verifier, [WITNESS.verifier])
    raw = world.bundle
    starts = [at for at in range(0, len(raw), BLOCK) if raw[at + 257 : at + 262] == b"ustar"]
    members = [raw[at:after] for at, after in zip(starts, [*starts[1:], len(raw) - 2 * BLOCK], strict=True)]

    def audit(changed: bytes) -> None:
        auditor.run(io.BytesIO(changed))

    assert not rejected(audit, raw)
    yield "bundle: stale checkpoint", rejected(audit, stale(members, world.stale))
    for number in range(count):
        if number % 10:
            kind, changed = edited(raw, chance)
        else:
            kind, changed = rearranged(members, chance)
        yield f"bundle: {kind}", rejected(audit, changed)


def stale(members: list[bytes], note: str) -> bytes:
    file = io.BytesIO()
    ArchiveWriter(file).add(bundle.CHECKPOINT, note.encode())
    return b"".join([members[0], file.getvalue(), *members[2:]]) + bytes(2 * BLOCK)


def rearranged(members: list[bytes], chance: Random) -> tuple[str, bytes]:
    kind = chance.choice(("member removed", "member doubled", "members swapped"))
    at, other = sorted(chance.sample(range(len(members)), 2))
    parts = list(members)
    if kind == "member removed":
        del parts[at]
    elif kind == "member doubled":
        parts.insert(other, parts[at])
    else:
        parts[at], parts[other] = parts[other], parts[at]
    return kind, b"".join(parts) + bytes(2 * BLOCK)


# --- tiles


def tiles(world: World, count: int, chance: Random) -> Iterator[tuple[str, bool]]:
    www = world.home / "www"
    auditor = Auditor(LOG.verifier, [WITNESS.verifier])
    files = {path: path.read_bytes() for path in sorted(www.rglob("*")) if path.is_file()}

    def audit(_: bytes) -> None:
        auditor.run_files(www)

    def after(path: Path, changed: bytes | None) -> bool:
        path.unlink()
        if changed is not None:
            path.write_bytes(changed)
        try:
            return rejected(audit, b"")
        finally:
            path.write_bytes(files[path])

    assert not rejected(audit, b"")
    yield "tiles: stale checkpoint", after(www / "checkpoint", world.stale.encode())
    for path in files:
        yield "tiles: file removed", after(path, None)
    for number in range(count):
        path = chance.choice(list(files))
        if number % 20:
            kind, changed = edited(files[path], chance)
        else:
            kind, changed = (
                "another file in its place",
                chance.choice([raw for raw in files.values() if raw != files[path]]),
            )
        yield f"tiles: {kind}", after(path, changed)


# --- database


class Database:
    """The ledger's file, changed and put back."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._checkpoint = Checkpoint.opened(world.note, LOG.verifier)
        self.path = world.home / store.FILE
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        self.pristine = self.path.read_bytes()
        self.ledger = world.open()
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.text_factory = bytes
        self.connection.execute("PRAGMA synchronous = OFF")
        self._copy = sqlite3.connect(":memory:")
        self.connection.backup(self._copy)
        names = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        self.tables = {name.decode(): self._columns(name.decode()) for (name,) in names}
        self._rows = {name: self._all(name) for name in self.tables}

    def audit(self, _: bytes = b"") -> None:
        """What `sekisho ledger audit --checkpoint` does."""
        self.ledger.audit()
        size, root = self._checkpoint.size, self._checkpoint.root
        if size > self.ledger.size or self.ledger.root_at(size) != root:
            raise NoteRejected("another log")

    def restore(self) -> None:
        self._copy.backup(self.connection)

    def _columns(self, name: str) -> list[str]:
        return [row[1].decode() for row in self.connection.execute(f"PRAGMA table_info({name})")]

    def _all(self, name: str) -> list[tuple[object, ...]]:
        return self.connection.execute(f"SELECT * FROM {name}").fetchall()

    def change(self, chance: Random) -> str | None:
        """Changes one row; says how. None: nothing was changed, since that row cannot be."""
        name = chance.choice([name for name in self.tables if self._rows[name]])
        columns, rows = self.tables[name], self._rows[name]
        row = chance.choice(rows)
        kind = chance.choice(("value changed", "value changed", "row removed", "row added", "rows swapped"))
        try:
            match kind:
                case "value changed":
                    at = chance.randrange(len(columns))
                    if (name, columns[at]) in UNRECORDED:
                        return None
                    value = altered(row[at], chance)
                    self.connection.execute(
                        f"UPDATE {name} SET {columns[at]} = ? WHERE {columns[0]} = ?", (value, row[0])
                    )
                    kind = f"{columns[at]} changed"
                case "row removed":
                    self.connection.execute(f"DELETE FROM {name} WHERE {columns[0]} = ?", (row[0],))
                case "row added":
                    place = chance.choice([-1, len(rows), len(rows) + 1, int(str(row[0])) + 1, 2**62])
                    marks = ", ".join("?" * len(columns))
                    self.connection.execute(f"INSERT INTO {name} VALUES ({marks})", (place, *row[1:]))
                case _:
                    other = chance.choice(rows)
                    if other[1:] == row[1:]:
                        return None
                    self._swap(name, row, other)
        except sqlite3.IntegrityError:  # the table itself refuses it
            self.restore()
            return None
        return f"{name}: {kind}"

    def _swap(self, name: str, row: tuple[object, ...], other: tuple[object, ...]) -> None:
        columns = self.tables[name]
        assignments = ", ".join(f"{column} = ?" for column in columns[1:])
        for here, there in ((row, other), (other, row)):
            self.connection.execute(f"UPDATE {name} SET {assignments} WHERE {columns[0]} = ?", (*there[1:], here[0]))

    def close(self) -> None:
        self.ledger.close()
        self._copy.close()
        self.connection.close()


def altered(value: object, chance: Random) -> object:
    """Another value of the same type."""
    if isinstance(value, bytes) and value:
        return edited(value, chance)[1]
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 7, -value - 1, 2**40))
    return b"x"


def rows(world: World, count: int, chance: Random) -> Iterator[tuple[str, bool]]:
    with closing(Database(world)) as database:
        database.audit()
        done = 0
        while done < count:
            kind = database.change(chance)
            if kind is None:
                continue
            done += 1
            yield f"database, {kind}", rejected(database.audit, b"")
            database.restore()
        database.audit()


def pages(world: World, count: int, chance: Random) -> Iterator[tuple[str, bool | None]]:
    """Changes of bytes of the file. None: every row, look-up and content is as it was."""
    with closing(Database(world)) as database:
        pristine = database.pristine
    path = database.path
    whole = dump(world, path)
    try:
        for _ in range(count):
            at = chance.randrange(len(pristine))
            path.write_bytes(pristine[:at] + bytes([pristine[at] ^ 1 << chance.randrange(8)]) + pristine[at + 1 :])
            yield "database file: bit flipped", outcome(world, path, whole)
    finally:
        put(path, pristine)


def outcome(world: World, path: Path, whole: object) -> bool | None:
    try:
        with closing(world.open()) as ledger:
            ledger.audit()
        return None if dump(world, path) == whole else False
    except (*REJECTIONS, UnicodeDecodeError):
        return True
    finally:
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)


def dump(world: World, path: Path) -> object:
    """Everything that a reader can get out of the file: rows in every order, look-ups, contents."""
    with closing(world.open()) as ledger, closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        every = [
            connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in ("entries", "keys", "head")
        ]
        every.append(connection.execute("SELECT position, sealed FROM contents ORDER BY 1").fetchall())
        names = [receipt.verify(one, LOG.public_key)["id"] for one in world.receipts]
        return every, [ledger.entries_of(name) for name in names], [ledger.content(name) for name in names[: KEPT + 5]]


def put(path: Path, pristine: bytes) -> None:
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    path.write_bytes(pristine)


SHARES = ((receipts, 0.20), (bundles, 0.30), (tiles, 0.20), (rows, 0.25), (pages, 0.05))


def main() -> int:
    parser = argparse.ArgumentParser(description="Which single changes does an audit miss?")
    parser.add_argument("--changes", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    started = time.monotonic()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
        world = World(Path(directory) / "home")
        for target, share in SHARES:
            for kind, seen in target(world, round(chosen.changes * share), Random(f"{chosen.seed} {target.__name__}")):
                outcome_ = SAME if seen is None else FOUND if seen else MISSED
                counts.setdefault(kind, Counter())[outcome_] += 1
    total = sum(counts.values(), Counter())
    lines = [[kind, *(f"{counts[kind][one]:,}" for one in (FOUND, MISSED, SAME))] for kind in sorted(counts)]
    lines.append(["all", *(f"{total[one]:,}" for one in (FOUND, MISSED, SAME))])
    print(table(["change", FOUND, MISSED, SAME], lines))
    print(f"{total.total():,} changes in {time.monotonic() - started:.0f} s, {total[MISSED]:,} missed")
    return 1 if total[MISSED] else 0


if __name__ == "__main__":
    sys.exit(main())
