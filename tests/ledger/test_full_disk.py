"""A disk that is really full: nothing is lost, nothing forks, and everything goes on when there is space again."""

import json
import subprocess
import sys
from pathlib import Path

from tests.disks import on_a_small_disk, unshare

ROOT = Path(__file__).parents[2]


def test_ledger_exports_and_witness_survive_a_full_disk(tmp_path):
    program = [sys.executable, "-m", "tests.ledger.full_disk", str(tmp_path)]
    done = subprocess.run(
        on_a_small_disk(tmp_path, program), cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    if unshare():
        assert "database or disk is full" in told["entry"]
        for name in ("tiles", "bundle", "published", "policies"):
            assert "No space left on device" in told[name]
        assert sum(count for name, count in told.items() if name.startswith("written")) > 0
