"""Makes tests/governance/golden/form1.bundle: python -m tests.governance.golden

Bundles of old releases must verify for ever. While the form is that of today, the same log gives the same bytes.
"""

import sys
import tempfile
from pathlib import Path

from tests.governance.making import POLICY, SIGNER, START_MS, Log, erased, statement

from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.signer import Signer
from sekisho.pipeline.identity import timestamp, ulid

FILE = Path(__file__).with_name("golden") / "form1.bundle"
WITNESS = Cosigner(Signer.of("witness.example/w1", bytes([7]) * 32))


def name(time_ms: int) -> str:
    """A ULID whose random part is none."""
    return ulid(time_ms)[:10] + "0" * 16


def made(home: Path) -> bytes:
    log = Log(home)
    try:
        for number in range(3):
            one = statement(number)
            log.add(one | {"id": name(START_MS + 1000 * number)})
        until = START_MS + 90_000
        gap = {"v": 1, "kind": "gap", "id": name(until), "lost": 2, "since": timestamp(START_MS + 5000)}
        log.add(gap | {"time": timestamp(until)}, erased(name(START_MS), 0))
        note = log.checkpoint()
        note += WITNESS.line(note.partition("\n\n")[0] + "\n", START_MS // 1000 + 20_000)
        return log.bundle(note)
    finally:
        log.ledger.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_bytes(made(Path(directory) / "home"))
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size} bytes, key {SIGNER.verifier_key}, policy {POLICY!r}\n")


if __name__ == "__main__":
    main()
