"""Rule files in a form that is quick to load, kept beside the bytecode of modules and for the same reason.

To read all rule files and to work out what automata need of their patterns takes more than a second of processor time
and leaves a heap of twice the size. What comes of it is kept in `__pycache__`, under a name that holds a digest of the
file and of the code that read it. Whoever can write there can change the code as well, so it is believed as bytecode
is. Where nobody may write there, each start does the work again.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.util import cache_from_source
from pathlib import Path

import msgspec

from sekisho.core.exchange import Stage
from sekisho.guards.half import Half

CODE = ("closure.py", "half.py", "heads.py", "prepared.py", "rule.py")  # what makes of a file what is kept


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
    """

    guard: str
    stages: list[Stage]
    rules: list[PreparedRule]
    examples: list[tuple[str, str, str | None]]
    halves: Mapping[str, tuple[Half, ...]]


def kept(path: Path) -> Prepared | None:
    """What was kept of a rule file as it is now; None where nothing was, or nothing readable."""
    try:
        place = _place(path)
        return place and msgspec.msgpack.decode(place.read_bytes(), type=Prepared)
    except (OSError, msgspec.DecodeError):
        return None


def keep(path: Path, prepared: Prepared) -> None:
    """Keeps it in place of what was kept of other states of the file, where Python may write bytecode."""
    if sys.dont_write_bytecode:
        return
    with suppress(OSError):
        place = _place(path)
        if place is None:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_bytes(msgspec.msgpack.encode(prepared))
        draft.replace(place)
        for old in place.parent.iterdir():
            if old.name.startswith(_name(path)) and old != place:
                old.unlink(missing_ok=True)


def _place(path: Path) -> Path | None:
    """Where it is kept; None in a Python that keeps no bytecode. Raises `OSError` for a file that cannot be read."""
    if not sys.implementation.cache_tag:
        return None
    digest = blake2b(path.read_bytes(), key=_code(), digest_size=12).hexdigest()
    return Path(cache_from_source(str(path))).with_name(f"{_name(path)}{digest}.rules")


def _name(path: Path) -> str:
    """How the names begin of all that this Python keeps of a file."""
    return f"{path.name}.{sys.implementation.cache_tag}."


@cache
def _code() -> bytes:
    code = blake2b(f"{sys.version}\0{msgspec.__version__}".encode(), digest_size=32)
    for name in CODE:
        code.update(Path(__file__).with_name(name).read_bytes())
    return code.digest()
