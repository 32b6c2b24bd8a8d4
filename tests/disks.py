"""Disks that are really full: a small file system of its own where the machine allows that, else a limit of the kernel.

A program is started in a mount namespace of its own, in which a directory is a tmpfs of a few megabytes. Nothing is
mounted outside of it, and all is gone when the program ends. Where namespaces are forbidden (some containers), no file
of the program may grow beyond a limit; SQLite and Python meet an error of the kernel there as well.
"""

import os
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MEGABYTES = 40
BALLAST = "ballast"
MOUNT = f'mount -t tmpfs -o size={MEGABYTES}m none "$0" && exec "$@"'


@cache
def unshare() -> tuple[str, ...]:
    """The command that gives a program mounts of its own; empty where the machine does not allow that."""
    for flags in (["--mount"], ["--mount", "--map-root-user"]):
        tried = ["unshare", *flags, "mount", "-t", "tmpfs", "none", "/mnt"]
        try:
            if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
                return ("unshare", *flags)
        except OSError:
            break
    return ()


def on_a_small_disk(directory: Path, command: Sequence[str]) -> list[str]:
    """The command that runs `command` with a small disk at `directory`, where that can be."""
    prefix = unshare()
    return [*prefix, "sh", "-c", MOUNT, str(directory), *command] if prefix else list(command)


@dataclass(frozen=True)
class Disk:
    """The disk of a process, which must have been started so; `directory` is where that process sees it."""

    directory: Path
    pid: int

    @property
    def path(self) -> Path:
        """The directory as this process sees it."""
        inside = Path(f"/proc/{self.pid}/root{self.directory}")
        return inside if unshare() and self.pid != os.getpid() else self.directory

    def copy_of(self, name: str, to: Path) -> None:
        """Copies the files whose names begin so; SQLite itself does not find its way into another's mounts."""
        to.mkdir(mode=0o700, exist_ok=True)
        for file in self.path.glob(f"{name}*"):
            shutil.copy(file, to)

    def fill(self, left: int = 0) -> None:
        """Nothing can be written any more, but `left` bytes."""
        if not unshare():
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            return
        found = os.statvfs(self.path)
        with (self.path / BALLAST).open("ab", buffering=0) as file:
            size = file.tell() + max(0, found.f_bavail * found.f_frsize - left)
            os.posix_fallocate(file.fileno(), 0, size)

    def free(self) -> None:
        """There is space again."""
        if unshare():
            (self.path / BALLAST).unlink()
        else:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
