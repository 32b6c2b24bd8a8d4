"""Runs tests/go/audit.go, which is others' code at heart, on a log of ours, and on changed copies that it must reject.

Run by `make check-go`, not by pytest: it needs Go and golang.org/x/mod, which take 450 MB.
"""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sekisho.ledger import tile_files
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.ledger.signer import Signer

SIZES = (1, 2, 255, 256, 257, 700, 66_000)
CHANGES = 40
ENVIRON = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}
LOG = Signer.of("log.example/town", bytes(range(32)))


def build(directory: Path) -> Path:
    program = directory / "audit"
    command = ["go", "build", "-o", str(program), str(Path(__file__).with_name("audit.go"))]
    subprocess.run(command, check=True, env=os.environ | ENVIRON | {"GOCACHE": str(directory / "cache")})
    return program


async def fill(ledger: Ledger, size: int) -> None:
    for start in range(ledger.size, size, 1000):
        names = [f"{number:026}" for number in range(start, min(size, start + 1000))]
        await asyncio.gather(*[ledger.append(Record(name, b'{"id":"%b"}' % name.encode())) for name in names])


def changed(directory: Path, chance: random.Random) -> str:
    """Changes one byte of one file that the log of this size needs; says which."""
    size = int((directory / "checkpoint").read_text().split("\n")[1])
    needed = [directory / tile.path for tile in tile_files.tiles.of(size)]
    file = chance.choice([*needed, directory / "checkpoint"])
    content = bytearray(file.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(7)
    file.write_bytes(content)
    return f"{file.relative_to(directory)}, byte {place}"


def main() -> int:
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        program = build(directory)

        def audit(www: Path) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [str(program), str(www), LOG.verifier_key], capture_output=True, text=True, check=False
            )

        ledger = Ledger.open(directory / "home", sync=False)
        try:
            for size in SIZES:
                asyncio.run(fill(ledger, size))
                tile_files.export(ledger, LOG, directory / "www", ledger.checkpoint(LOG))
                done = audit(directory / "www")
                print(f"{size:>7} entries: {(done.stdout or done.stderr).strip()}")
                failures += done.returncode != 0
                if size == 700:
                    failures += unnoticed(directory, audit)
        finally:
            ledger.close()
    print("all as it should be" if not failures else f"{failures} failures")
    return 1 if failures else 0


def unnoticed(directory: Path, audit: Callable[[Path], subprocess.CompletedProcess[str]]) -> int:
    """How many of some random changes the Go program does not see."""
    chance = random.Random(700)
    missed = 0
    for _ in range(CHANGES):
        copy = directory / "copy"
        shutil.copytree(directory / "www", copy)
        what = changed(copy, chance)
        if audit(copy).returncode == 0:
            print(f"not seen: {what}")
            missed += 1
        shutil.rmtree(copy)
    print(f"        {CHANGES} random changes, {missed} not seen")
    return missed


if __name__ == "__main__":
    sys.exit(main())
