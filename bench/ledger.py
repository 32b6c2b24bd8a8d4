"""The ledger by itself: durable appends, proofs as it grows, bytes on disk; beside pymerkle in the same run.

    python bench/ledger.py [--quick] [--postgres URL] [--directory DIRECTORY]

Full load is one event loop in which so many callers append, each again as soon as its last record is durable. A wait
is the time from the call until the record is on disk (synchronous=FULL) and its signed proof of inclusion is in hand.
"CPU" is the processor time of the whole process for one append: where others use the machine too, it says more than
the rate. pymerkle's SqliteTree is asked one by one, as its interface has it; it signs nothing and encrypts nothing.
Exit code 1: a stated target is missed.
"""

import argparse
import asyncio
import os
import platform
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles

from pymerkle import SqliteTree

from gateway import table
from sekisho.core.entropy import ENTROPY
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer
from sekisho.ledger.store import FILE
from sekisho.pipeline.identity import timestamp, ulid
from sekisho.provenance.statement import canonical

CALLERS = 160  # at a time at full load
CONTENT = "引越しの届け出には何日かかりますか。".encode() * 38  # about 2 KB
TARGETS = {"rate": 40_000, "wait_ms": 5.0, "proof_ms": 0.3, "proof_p99_ms": 1.0, "bytes": 600.0}
SLOWEST_S = 20.0  # for one figure of pymerkle; then it is given for as many as there were


@dataclass(frozen=True, slots=True)
class Appends:
    """What a run of appends cost: in total, and each wait."""

    count: int
    seconds: float
    cpu_s: float
    waits_s: list[float]

    @property
    def rate(self) -> float:
        """Appends a second."""
        return self.count / self.seconds

    @property
    def row(self) -> list[str]:
        """For a table: rate, waits in milliseconds, processor time in microseconds."""
        half, most = spread(self.waits_s)
        cpu = self.cpu_s / self.count
        return [f"{self.rate:,.0f}/s", f"{half * 1e3:.2f} ms", f"{most * 1e3:.2f} ms", f"{cpu * 1e6:.1f} µs"]


def main() -> int:
    """Measures, prints, and says whether all targets are met."""
    asked = _arguments()
    asked.directory.mkdir(parents=True, exist_ok=True)
    print(machine())
    print(f"To write 4 KB and sync them on this disk: {sync_s(asked.directory) * 1e3:.2f} ms, median")
    misses: list[str] = []
    sizes = (10_000, 100_000) if asked.quick else (10_000, 100_000, 1_000_000)
    with _scratch(asked.directory) as directory:
        misses += appends(directory, 40_000 if asked.quick else 200_000, asked.postgres)
        misses += growth(directory, sizes)
    for miss in misses:
        print(f"MISSED: {miss}")
    return bool(misses)


def machine() -> str:
    """What this ran on, in a line."""
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return (
        f"{len(os.sched_getaffinity(0))} cores ({names[0] if names else platform.processor()}), {platform.platform()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, pymerkle {version('pymerkle')}, "
        f"Sekisho {version('sekisho')}; load average {os.getloadavg()[0]:.1f}"
    )


def sync_s(directory: Path) -> float:
    """The median time that one write with its fdatasync takes: no commit is faster."""
    costs: list[float] = []
    with tempfile.TemporaryFile(dir=directory) as file:
        for _ in range(200):
            begin = time.perf_counter()
            os.pwrite(file.fileno(), bytes(4096), 0)
            os.fdatasync(file.fileno())
            costs.append(time.perf_counter() - begin)
    return median(costs)


def statements(seed: int) -> Iterator[tuple[str, bytes]]:
    """Exchanges with statements of version 2 as the gateway makes them."""
    digits = random.Random(seed)

    def digest() -> str:
        return digits.randbytes(32).hex()

    def short() -> str:
        return urlsafe_b64encode(digits.randbytes(32)).rstrip(b"=").decode()

    policy = digest()[:16]  # as profiles have it
    while True:
        now_ms = time.time_ns() // 1_000_000
        name = ulid(now_ms)
        said = {
            "v": 2,
            "kind": "exchange",
            "id": name,
            "time": timestamp(now_ms),
            "profile": "office",
            "policy": policy,
            "request": short(),
            "answer": short(),
            "seen": digest(),
            "categories": ["privacy.phone"],
            "finish": "stop",
            "model": "town-llm",
            "tokens": 412,
            "verdict": "mask",
        }
        yield name, canonical(said)


def records(seed: int, count: int, content: bytes | None = None) -> list[Record]:
    """Records made ready, so that making them is not measured."""
    made = statements(seed)
    return [Record(*next(made), content) for _ in range(count)]


def loaded(ledger: Ledger, given: Sequence[Record], callers: int) -> Appends:
    """Appends the records by so many callers at a time."""
    waits: list[float] = []
    left = iter(given)

    async def caller() -> None:
        for one in left:
            begin = time.perf_counter()
            await ledger.append(one)
            waits.append(time.perf_counter() - begin)

    async def all_of_them() -> None:
        await asyncio.gather(*[caller() for _ in range(callers)])

    return measured(lambda: run(all_of_them()), waits, len(given))


def run(main: object) -> None:
    """Runs a coroutine as the server does: on uvloop where it is installed."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        asyncio.run(main)
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)


def measured(work: Callable[[], object], waits: list[float], count: int) -> Appends:
    """What the work costs, of which `waits` are filled meanwhile."""
    begin, cpu = time.perf_counter(), time.process_time()
    work()
    return Appends(count, time.perf_counter() - begin, time.process_time() - cpu, waits)


def appends(directory: Path, count: int, postgres: str) -> list[str]:
    """Prints what appends cost under each load; returns what is missed."""
    ENTROPY.take(1)
    homes = [("SQLite", "")] + ([("PostgreSQL", postgres)] if postgres else [])
    rows: list[list[str]] = []
    misses: list[str] = []
    for store, url in homes:
        for load, content, callers, times in (
            ("full load, no contents", None, CALLERS, count),
            ("full load, contents of 2 KB", CONTENT, CALLERS, count // 4),
            ("20 callers, no contents", None, 20, count // 4),
            ("one by one", None, 1, count // 40),
        ):
            with closing(opened(directory / (store if url else f"{store}-{len(rows)}"), url)) as ledger:
                loaded(ledger, records(1, 2000, content), callers)  # the first commits make files and caches
                found = loaded(ledger, records(2, times, content), callers)
            rows.append([f"Sekisho, {store}: {load}", *found.row])
            if store == "SQLite" and load == "full load, no contents":
                misses += missed("appends at full load", found.rate, TARGETS["rate"], least=True)
                misses += missed("median wait in ms", spread(found.waits_s)[0] * 1e3, TARGETS["wait_ms"])
    with closing(SqliteTree(str(directory / "pymerkle.db"), algorithm="sha256")) as tree:
        rows.append(["pymerkle SqliteTree: one by one", *one_by_one(tree, count // 40).row])
    print("\n" + table(["appends, durable", "rate", "wait, median", "wait, p99", "CPU"], rows))
    return misses


def opened(home: Path, url: str = "") -> Ledger:
    """A ledger whose commits are durable and signed, as in a server."""
    home.mkdir(exist_ok=True)
    return Ledger.open(home, database=url, signer=Signer.open(home, "bench.example"))


def one_by_one(tree: SqliteTree, count: int) -> Appends:
    """The same for pymerkle: each append is a transaction."""
    made = statements(3)
    given = [next(made)[1] for _ in range(count)]
    waits: list[float] = []

    def work() -> None:
        for one in given:
            begin = time.perf_counter()
            tree.append_entry(one)
            waits.append(time.perf_counter() - begin)

    return measured(work, waits, count)


def growth(directory: Path, sizes: Sequence[int]) -> list[str]:
    """Prints what a growing log costs; returns what is missed at the largest size."""
    rows: list[list[str]] = []
    misses: list[str] = []
    home = directory / "growing"
    with closing(opened(home)) as ledger:
        for size in sizes:
            added = size - ledger.size
            found = [
                loaded(ledger, records(size + at, min(50_000, added - at)), CALLERS) for at in range(0, added, 50_000)
            ]
            proofs = spread(timed(lambda place, size=size: ledger.inclusion_proof(place, size), places(size, 3000)))
            alone = spread(
                timed(
                    lambda place, size=size: ledger.inclusion_proof(place, size), places(size, 3000), time.thread_time
                )
            )
            consistent = spread(timed(lambda old, size=size: ledger.consistency_proof(old, size), places(size, 1000)))
            taken, by_table = on_disk(home)
            begin = time.perf_counter()
            ledger.audit()
            audit_s = time.perf_counter() - begin
            per = taken / size
            rows.append(
                [
                    f"Sekisho, {size:,}",
                    *found[-1].row[:2],
                    f"{proofs[0] * 1e3:.3f} / {proofs[1] * 1e3:.3f} ms",
                    f"{alone[0] * 1e3:.3f} / {alone[1] * 1e3:.3f} ms",
                    f"{consistent[0] * 1e3:.3f} / {consistent[1] * 1e3:.3f} ms",
                    f"{per:.0f} B",
                    f"{audit_s:.1f} s",
                ]
            )
        misses += missed("inclusion proof, median in ms", proofs[0] * 1e3, TARGETS["proof_ms"])
        misses += missed("inclusion proof, p99 in ms", proofs[1] * 1e3, TARGETS["proof_p99_ms"])
        misses += missed("bytes an entry", per, TARGETS["bytes"])
        length = median(len(ledger.leaf(place)) for place in range(0, size, size // 100))
    rows += others(directory / "growing.db", sizes)
    heads = [
        "entries",
        "rate at the end",
        "wait",
        "inclusion proof, median / p99",
        "its CPU",
        "consistency proof",
        "disk each",
        "audit",
    ]
    print("\n" + table(heads, rows))
    print(
        f"\nStatements of {length:.0f} bytes, {per - length:.0f} more on disk. Bytes of each entry by table: {by_table}"
    )
    return misses


def others(path: Path, sizes: Sequence[int]) -> list[list[str]]:
    """The rows of pymerkle; its leaves are inserted in bulk, which is not what is measured here."""
    rows: list[list[str]] = []
    made = statements(4)
    with closing(SqliteTree(str(path), algorithm="sha256")) as tree:
        for size in sizes:
            tree.append_entries([next(made)[1] for _ in range(size - tree.get_size())])
            ends = one_by_one(tree, 100)
            proofs = spread(timed(lambda place: tree.prove_inclusion(place + 1, size), places(size, 100)))  # noqa: B023
            rows.append(
                [
                    f"pymerkle, {size:,}",
                    *ends.row[:2],
                    f"{proofs[0] * 1e3:.3f} / {proofs[1] * 1e3:.3f} ms",
                    "",
                    "",
                    f"{path.stat().st_size / size:.0f} B",
                    "",
                ]
            )
    return rows


def places(size: int, count: int) -> list[int]:
    """Places all over the log; the same each time."""
    chosen = random.Random(size)
    return [chosen.randrange(1, size) for _ in range(count)]


def timed(
    call: Callable[[int], object], given: Sequence[int], clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Seconds of each call, at most for `SLOWEST_S` in all."""
    costs: list[float] = []
    first = time.perf_counter()
    for one in given:
        begin = clock()
        call(one)
        costs.append(clock() - begin)
        if time.perf_counter() - first > SLOWEST_S:
            break
    return costs


def spread(costs: Sequence[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    return median(costs), quantiles(costs, n=100)[-1] if len(costs) > 1 else costs[0]


def on_disk(home: Path) -> tuple[int, str]:
    """Bytes of the database file once the write-ahead log is in it, and the same by table and entry."""
    with closing(sqlite3.connect(home / FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("SELECT size FROM head").fetchone()[0]
        pages = connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC").fetchall()
    each = [(name, taken / size) for name, taken in pages if taken / size >= 1]
    return (home / FILE).stat().st_size, ", ".join(f"{name} {taken:.0f}" for name, taken in each)


def missed(what: str, found: float, target: float, *, least: bool = False) -> list[str]:
    """A sentence where the target is missed."""
    if (found >= target) if least else (found <= target):
        return []
    return [f"{what}: {found:,.3f}, target {'at least' if least else 'at most'} {target:,}"]


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="up to 100,000 entries")
    parser.add_argument("--postgres", default="", metavar="URL", help="an empty PostgreSQL database, measured too")
    parser.add_argument("--directory", type=Path, default=Path(".bench"), help="on the disk to be measured")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
