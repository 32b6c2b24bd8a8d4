"""A small campaign: every kind of change, a few hundred of them, and every bit of receipts and proofs."""

import re
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "mutations.py"


def test_no_single_change_is_missed():
    command = [sys.executable, str(BENCH), "--changes", "600"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 missed" in done.stdout
    for target in ("receipt", "proof file", "bundle", "tiles", "database, entries", "database, keys", "database file"):
        assert re.search(rf"^\| {target}[:, ]", done.stdout, re.MULTILINE), target
