"""Every bench that needs no text, picture or sound from outside, one after the other, in twenty minutes at most.

    python bench/all.py [--only inspection,gateway] [--minutes 20] [--list]

What each prints is passed on as it comes; a table at the end says how long each took and how it ended. They run small:
with `--quick` where there is one, else with as few rounds as still say something, so that the figures are rough. For
those of the documents run the script itself. Exit code 1: one missed a stated target, failed, or did not end in time.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LIMIT_S = 300.0  # of one bench
# In this order; whatever else is a bench follows, with `--quick` where it knows that.
SMALL: dict[str, tuple[str, ...]] = {
    "inspection": ("--times", "100"),
    "gateway": ("--quick",),
    "leaks": ("--quick",),
    "ledger": ("--quick",),
    "audit": ("--entries", "100000"),
    "fuzz": ("--bodies", "3000"),
    "mutations": ("--changes", "5000"),
    "crash": ("--kills", "10"),
    "holding": ("--texts", "60"),
    "watermark": ("--texts", "4"),
    "sounds": ("--made", "40", "--changed", "8"),
}
TOOLS = {"sounds": ("ffmpeg",)}  # the others install what they need
LEFT_OUT = {
    "pacer": "is a part of gateway.py",
    "bare": "is a part of gateway.py",
    "all": "is this one",
    "newcomer": "installs everything anew from the network",
    "soak": "says something only after some hundred thousand requests, ten minutes and more",
    "verify": "asks about prose, which the repository does not hold",
    "pictures": "asks about pictures, which the repository does not hold",
}
PARTS = ("all", "bare", "pacer")
_RUNS = re.compile(r'^if __name__ == "__main__":', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ended:
    """How one bench ended. `seconds` is 0 for one that was not begun."""

    name: str
    seconds: float
    outcome: str
    well: bool


def benches(folder: Path = HERE, small: Mapping[str, Sequence[str]] = SMALL) -> dict[str, list[str]]:
    """All scripts of the folder that run by themselves, but for those that are left out, with their flags."""
    written = {file.stem: file.read_text("utf-8") for file in sorted(folder.glob("*.py"))}
    found = [name for name, text in written.items() if _RUNS.search(text) and name not in LEFT_OUT]
    ordered = sorted(found, key=lambda name: (list(small).index(name) if name in small else len(small), name))
    return {name: list(small.get(name, ["--quick"] if '"--quick"' in written[name] else [])) for name in ordered}


def run(name: str, flags: Sequence[str], limit_s: float, folder: Path = HERE) -> Ended:
    """Runs one bench and passes on what it prints; ends it, with all that it started, after `limit_s`."""
    missing = [tool for tool in TOOLS.get(name, ()) if shutil.which(tool) is None]
    if missing:
        return Ended(name, 0.0, f"left out: there is no {', '.join(missing)} here", well=True)
    if limit_s <= 0:
        return Ended(name, 0.0, "not begun: the time was over", well=False)
    print(f"\n## {name}.py {' '.join(flags)}\n", flush=True)
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, str(folder / f"{name}.py"), *flags], start_new_session=True)
    try:
        code = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        _end(process)
        return Ended(name, time.monotonic() - begun, f"ended after {limit_s:.0f} s", well=False)
    except KeyboardInterrupt:
        _end(process)
        raise
    outcome = {0: "done", 1: "a target was missed, or something failed"}.get(code, f"exit code {code}")
    return Ended(name, time.monotonic() - begun, outcome, well=code == 0)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Asks it to end, which ends what it started as well; then makes sure."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def summary(ended: Sequence[Ended]) -> str:
    """The table at the end."""
    width = max(len(one.name) for one in ended) + 3
    left_out = [f"{name}.py: left out, it {why}" for name, why in LEFT_OUT.items() if name not in PARTS]
    lines = [f"{one.name + '.py':<{width}} {one.seconds:6.0f} s  {one.outcome}" for one in ended]
    return "\n".join(["\n## In short\n", *lines, *left_out])


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default="", help="benches, separated by commas")
    options.add_argument("--minutes", type=float, default=20.0, help="for all of them")
    options.add_argument("--list", action="store_true", help="only says what would run")
    given = options.parse_args()
    chosen = benches()
    unknown = set(filter(None, given.only.split(","))) - chosen.keys()
    if unknown:
        options.error(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(chosen)}")
    if given.only:
        chosen = {name: chosen[name] for name in given.only.split(",")}
    if given.list:
        print("\n".join(f"{name}.py {' '.join(flags)}".rstrip() for name, flags in chosen.items()))
        return 0
    until = time.monotonic() + given.minutes * 60
    ended: list[Ended] = []
    for name, flags in chosen.items():
        ended.append(run(name, flags, min(LIMIT_S, until - time.monotonic())))
    print(summary(ended))
    return 0 if all(one.well for one in ended) else 1


if __name__ == "__main__":
    sys.exit(main())
