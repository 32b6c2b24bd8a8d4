"""Rule files in a form that is quick to load, kept beside the bytecode of modules and for the same reason.

To read all rule files and to work out what automata need of their patterns takes more than a second of processor time
and leaves a heap of twice the size. What comes of it is kept in `__pycache__`, under a name that holds a digest of the
file and of the code that read it. Whoever can write there can change the code as well, so it is believed as bytecode
is. Where Python may not write there (installed by another user, a container, `PYTHONDONTWRITEBYTECODE`), it is kept in
`$XDG_CACHE_HOME/sekisho` or `~/.cache/sekisho`, in a folder that nobody else may write to; where there is none
either, each start does the work again.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.util import cache_from_source
from pathlib import Path
from stat import S_ISDIR

import msgspec

from sekisho.core.exchange import Stage
from sekisho.guards.closure import Prefixes
from sekisho.guards.half import Half

# What makes of a file what is kept.
CODE = (
    "closure.py",
    "factors.py",
    "frequencies.py",
    "frequencies.txt",
    "half.py",
    "heads.py",
    "prepared.py",
    "rule.py",
    "sets.py",
)
OTHERS = 4  # states of a file, of other installations or versions, in a cache that they share


class PreparedRule(msgspec.Struct, frozen=True, array_like=True):
    """A rule as in `rule.Rule`, with the name of its check as a text.

    Attributes:
        exact: finds exact spans; empty where `source` does that.
    """

    id: str
    category: str
    score: float
    source: str
    exact: str
    check: str
    swallows: bool
    close: str


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """What a rule file says.

    Attributes:
        examples: rule, text and what is to be found in it.
        halves: of each pattern.
        prefixes: of each pattern.
    """

    guard: str
    stages: list[Stage]
    rules: list[PreparedRule]
    examples: list[tuple[str, str, str | None]]
    halves: Mapping[str, tuple[Half, ...]]
    prefixes: Mapping[str, Prefixes]


def kept(path: Path, said: bytes | None = None) -> Prepared | None:
    """What was kept of a rule file as it is now; None where nothing was, or nothing readable.

    `said`: what it says, where there is no file at this path.
    """
    for folder in (_beside(path), _own()):
        try:
            place = folder and folder / _file(path, said)
            if place is not None:
                return msgspec.msgpack.decode(place.read_bytes(), type=Prepared)
        except (OSError, msgspec.DecodeError):
            continue
    return None


def keep(path: Path, prepared: Prepared, said: bytes | None = None) -> None:
    """Keeps it: beside the bytecode, in place of other states of the file, or else with the last few in the cache.

    `said`: as for `kept`.
    """
    beside = None if sys.dont_write_bytecode else _beside(path)
    written = beside is not None and _written(beside, path, prepared, said, others=0)
    own = None if written else _own(make=True)
    if own is not None:
        _written(own, path, prepared, said, others=OTHERS)


def _written(folder: Path, path: Path, prepared: Prepared, said: bytes | None, *, others: int) -> bool:
    """Whether it could be written; then only so many other states are left, the latest."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / _file(path, said)
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_bytes(msgspec.msgpack.encode(prepared))
        draft.replace(place)
        known = [one for one in folder.iterdir() if one.name.startswith(_name(path)) and one != place]
        for old in sorted(known, key=lambda one: one.stat().st_mtime, reverse=True)[others:]:
            old.unlink(missing_ok=True)
        return True
    return False


def _beside(path: Path) -> Path | None:
    """The folder of the bytecode; None in a Python that keeps none."""
    return Path(cache_from_source(str(path))).parent if sys.implementation.cache_tag else None


def _own(*, make: bool = False) -> Path | None:
    """This user's own cache; None where there is none, or others may write to it."""
    if sys.platform == "win32" or not sys.implementation.cache_tag:
        return None
    base = os.environ.get("XDG_CACHE_HOME", "")
    with suppress(OSError, RuntimeError):  # a user without a home
        folder = (Path(base) if base.startswith("/") else Path("~/.cache").expanduser()) / "sekisho"
        if make:
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        status = folder.lstat()
        mine = S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
        return folder if mine else None
    return None


def _file(path: Path, said: bytes | None) -> str:
    """Its name. Raises `OSError` when the rule file cannot be read."""
    said = path.read_bytes() if said is None else said
    return f"{_name(path)}{blake2b(said, key=_code(), digest_size=12).hexdigest()}.rules"


def _name(path: Path) -> str:
    """How the names begin of all that this Python keeps of a file."""
    return f"{path.name}.{sys.implementation.cache_tag}."


@cache
def _code() -> bytes:
    code = blake2b(f"{sys.version}\0{msgspec.__version__}".encode(), digest_size=32)
    for name in CODE:
        code.update(Path(__file__).with_name(name).read_bytes())
    return code.digest()
