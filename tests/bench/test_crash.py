"""Two kills of a server with two workers, under load; bench/crash.py alone tries two hundred."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "crash.py"
COMMAND = [sys.executable, str(BENCH), "--kills", "2", "--workers", "2"]


def test_no_receipt_outlives_its_record():
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failures" in done.stdout
    assert "2 kills, 0 receipts" not in done.stdout
