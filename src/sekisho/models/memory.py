"""How much memory a new process could have, so that a model is chosen that fits."""

import os
from pathlib import Path


def free_memory(root: Path = Path("/")) -> int:
    """Bytes of memory that are free now: the least of what the kernel and each enclosing control group leave.

    Caches that the kernel would give back count as free. Where the system tells nothing of this kind (other than
    Linux), half of the installed memory is assumed. `root` is where proc and sys are mounted.

    Source: proc(5), MemAvailable; Linux kernel, Documentation/admin-guide/cgroup-v2.rst, "Memory".
    """
    fields = _fields(root / "proc/meminfo")
    if "MemAvailable:" not in fields:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return min([fields["MemAvailable:"] * 1024, *_left_by_groups(root)])


def _left_by_groups(root: Path) -> list[int]:
    mount = root / "sys/fs/cgroup"
    group = next((line[3:] for line in _lines(root / "proc/self/cgroup") if line.startswith("0::")), "/")
    inner = mount / group.strip("/")
    left: list[int] = []
    for directory in (inner, *inner.parents):
        if not directory.is_relative_to(mount):
            break
        limit, used = _lines(directory / "memory.max"), _lines(directory / "memory.current")
        if limit and used and limit[0].isdigit():
            reclaimable = _fields(directory / "memory.stat").get("inactive_file", 0)
            left.append(max(0, int(limit[0]) - int(used[0]) + reclaimable))
    return left


def _fields(file: Path) -> dict[str, int]:
    """`name number …` lines of a kernel file."""
    words = (line.split() for line in _lines(file))
    return {word[0]: int(word[1]) for word in words if len(word) > 1 and word[1].isdigit()}


def _lines(file: Path) -> list[str]:
    """The lines of a kernel file; none where the kernel does not offer it."""
    try:
        return file.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
