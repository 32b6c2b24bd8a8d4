"""A thousand entries."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "audit.py"


def test_a_log_is_made_exported_and_audited():
    command = [sys.executable, str(BENCH), "--entries", "1000"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| sekisho audit | 1,000 |" in done.stdout
