"""Three kills of a server with two workers, under load."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "crash.py"
COMMAND = [sys.executable, str(BENCH), "--kills", "3", "--workers", "2"]


@pytest.mark.timeout(600)  # eight workers are started, one after another on a machine under load
def test_no_receipt_outlives_its_record():
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failures" in done.stdout
    assert "3 kills, 0 receipts" not in done.stdout
