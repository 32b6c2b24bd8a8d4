"""Five kills under load."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "crash.py"


def test_no_receipt_outlives_its_record():
    done = subprocess.run([sys.executable, str(BENCH), "--kills", "5"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failures" in done.stdout
    assert "5 kills, 0 receipts" not in done.stdout
