"""Five hundred bodies of all kinds, against a real server."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "fuzz.py"


def test_no_body_breaks_the_server():
    command = [sys.executable, str(BENCH), "--bodies", "500"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 failures" in done.stdout
    for path in ("/v1/chat/completions", "/v1/check", "/v1/verify"):
        assert f" {path} 200\n" in done.stdout
