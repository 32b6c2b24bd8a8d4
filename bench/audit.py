"""What an offline audit takes: a log exported into a bundle, and audited as `sekisho audit` does.

    python bench/audit.py [--entries 1000000]

Each step runs in a process of its own, for its peak of memory. Target: 1,000,000 entries in at most 30 s of processor
time. The exit code is 1 otherwise.
"""

import argparse
import asyncio
import hashlib
import multiprocessing
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

from gateway import table
from sekisho.governance.audit import Auditor
from sekisho.ledger import bundle
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.pipeline.identity import timestamp, ulid
from sekisho.provenance.statement import canonical
from world import LOG, START_MS

TARGET_S = 30.0
EVERY_MS = 137


def fill(home: Path, entries: int) -> int:
    """Makes the log."""
    with closing(Ledger.open(home, sync=False)) as ledger:
        for start in range(0, entries, 1000):
            asyncio.run(_append(ledger, range(start, min(entries, start + 1000))))
        return ledger.size


async def _append(ledger: Ledger, numbers: range) -> None:
    records = []
    for number in numbers:
        time_ms = START_MS + EVERY_MS * number
        digest = hashlib.sha256(b"%d" % number).hexdigest()
        statement = {"v": 1, "kind": "exchange", "id": ulid(time_ms), "time": timestamp(time_ms), "profile": "office"}
        statement |= {"policy": digest[:16], "request": digest, "answer": digest, "categories": ["privacy.phone"]}
        statement |= {"finish": "stop", "model": "town-llm", "tokens": number, "verdict": "mask"}
        records.append(Record(statement["id"], canonical(statement)))
    await asyncio.gather(*[ledger.append(one) for one in records])


def export(home: Path, _: int) -> int:
    """`sekisho ledger export`."""
    with closing(Ledger.open(home, sync=False)) as ledger:
        return bundle.export(ledger, LOG, ledger.checkpoint(LOG), {}, home / "bundle.tar").size


def audit(home: Path, _: int) -> int:
    """`sekisho audit`."""
    with (home / "bundle.tar").open("rb") as file:
        return Auditor(LOG.verifier).run(file).size


def audit_database(home: Path, _: int) -> int:
    """`sekisho ledger audit`."""
    with closing(Ledger.open(home, sync=False)) as ledger:
        return ledger.audit().size


def measured(step: Callable[[Path, int], int], home: Path, entries: int) -> tuple[int, float, float, float]:
    """What a step did, and seconds of clock and processor, and megabytes at its peak."""
    clock, processor = time.perf_counter(), time.process_time()
    size = step(home, entries)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return size, time.perf_counter() - clock, time.process_time() - processor, peak


def main() -> int:
    parser = argparse.ArgumentParser(description="What does an offline audit take?")
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    steps = {
        "made": fill,
        "sekisho ledger export": export,
        "sekisho audit": audit,
        "sekisho ledger audit": audit_database,
    }
    lines, processor_s = [], {}
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory) / "home"
        for name, step in steps.items():
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
                size, clock_s, processor_s[name], peak = alone.submit(measured, step, home, entries).result()
            lines.append([name, f"{size:,}", f"{clock_s:.1f}", f"{processor_s[name]:.1f}", f"{peak:.0f}"])
        megabytes = (home / "bundle.tar").stat().st_size / 1e6
    print(table(["step", "entries", "seconds", "processor seconds", "peak MB"], lines))
    print(f"bundle: {megabytes:.0f} MB · Python {platform.python_version()} on {platform.machine()}")
    return 1 if processor_s["sekisho audit"] > TARGET_S * max(1, entries / 1_000_000) else 0


if __name__ == "__main__":
    sys.exit(main())
