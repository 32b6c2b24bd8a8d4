"""What entries state: read, checked against their kind, and counted."""

import re
from collections import Counter
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, assert_never, cast

import msgspec
import orjson
from msgspec import Meta, Struct

from sekisho.core.verdict import Verdict
from sekisho.governance.clock import Clock
from sekisho.governance.register import Register
from sekisho.governance.rejected import BundleRejected
from sekisho.ledger import keychange
from sekisho.pipeline.identity import timestamp
from sekisho.provenance.statement import canonical

MOST_NAMES = 1000  # of profiles, models … that are counted apart
OTHERS = "…"
Word = Literal["pass", "annotate", "mask", "replace", "hold", "refuse"]
Policy = Annotated[str, Meta(pattern=r"\A[0-9a-f]{16}\Z")]
Position = Annotated[int, Meta(ge=0)]
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_DIGITS = str.maketrans("ABCDEFGHJKMNPQRSTVWXYZ", "ABCDEFGHIJKLMNOPQRSTUV")  # Crockford's to Python's


class Recorded(Struct, tag_field="kind", tag="exchange"):
    """An exchange."""

    v: int
    id: str
    time: str
    profile: str
    policy: Policy
    model: str
    verdict: Word


class Erased(Struct, tag_field="kind", tag="erasure"):
    """The content of the entry at `position` was erased."""

    v: int
    id: str
    time: str
    position: Position
    reason: str


class Unrecorded(Struct, tag_field="kind", tag="gap"):
    """Nothing could be recorded since `since`, and `lost` attempts failed."""

    v: int
    id: str
    time: str
    since: str
    lost: Position


class Stopped(Struct, tag_field="kind", tag="stop"):
    """The operator stopped a model, a profile or everything."""

    v: int
    id: str
    time: str
    what: str


class Started(Struct, tag_field="kind", tag="start"):
    """The operator took a stop back."""

    v: int
    id: str
    time: str
    what: str


Known = Recorded | Erased | Unrecorded | Stopped | Started
KINDS = frozenset({"exchange", "erasure", "gap", "stop", "start"})
_DECODER = msgspec.json.Decoder(Known)


class Statements:
    """Reads the entries of a log in order.

    What is of a kind that this version does not know must be canonical JSON and is counted, no more.
    """

    def __init__(self, register: Register) -> None:
        self.clock = Clock()
        self.kinds: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter({verdict.word: 0 for verdict in Verdict})
        self.profiles: Counter[str] = Counter()
        self.models: Counter[str] = Counter()
        self.policies: Counter[str] = Counter()
        self.changes: list[keychange.Change] = []
        self.gaps: list[tuple[str, str, int]] = []
        self._register = register

    def read(self, raw: bytes, position: int) -> dict[str, Any]:
        """Checks the statement at `position` and counts it. Raises `BundleRejected`."""
        members = _canonical(raw, position)
        kind = members.get("kind")
        if kind == keychange.KIND:
            self._change(raw, position)
            return members
        if not isinstance(kind, str) or kind not in KINDS:
            _count(self.unknown, kind if isinstance(kind, str) else OTHERS)
            return members
        try:
            known = _DECODER.decode(raw)
            time_ms = _milliseconds(known.time)
        except (msgspec.ValidationError, ValueError) as fault:
            raise BundleRejected(part="statement", where=f"#{position}") from fault
        if not _ULID.fullmatch(known.id) or (
            kind != "erasure" and int(known.id[:10].translate(_DIGITS), 32) != time_ms
        ):
            raise BundleRejected(part="id", where=f"#{position}")
        self.kinds[kind] += 1
        self.clock.see(time_ms, position)
        self._take(known, position)
        return members

    def _change(self, raw: bytes, position: int) -> None:
        try:
            change = keychange.Change.parse(raw)
            time_ms = _milliseconds(change.time)
        except (keychange.KeysRejected, ValueError) as fault:
            raise BundleRejected(part="statement", where=f"#{position}") from fault
        if change.size > position or len(self.changes) >= keychange.MOST:
            raise BundleRejected(part="keys", where=f"#{position}")
        self.kinds[keychange.KIND] += 1
        self.clock.see(time_ms, position)
        self.changes.append(change)

    def _take(self, known: Known, position: int) -> None:
        match known:
            case Recorded():
                self._register.note(known.id, position)
                self.verdicts[known.verdict] += 1
                _count(self.profiles, known.profile)
                _count(self.models, known.model)
                _count(self.policies, known.policy)
            case Erased():
                self._register.note(known.id, position, known.position)
            case Unrecorded():
                self._register.note(known.id, position)
                if len(self.gaps) < MOST_NAMES:
                    self.gaps.append((known.since, known.time, known.lost))
            case Stopped() | Started():
                self._register.note(known.id, position)
            case _:
                assert_never(known)


def _canonical(raw: bytes, position: int) -> dict[str, Any]:
    try:
        members = orjson.loads(raw)
        if isinstance(members, dict) and canonical(cast("dict[str, Any]", members)) == raw:
            return cast("dict[str, Any]", members)
    except (TypeError, ValueError, RecursionError) as fault:
        raise BundleRejected(part="canonical", where=f"#{position}") from fault
    raise BundleRejected(part="canonical", where=f"#{position}")


def _count(counter: Counter[str], name: str) -> None:
    """Counts a name; when there are too many of them, under `OTHERS`, so that no log fills the memory."""
    counter[name if name in counter or len(counter) < MOST_NAMES else OTHERS] += 1


def _milliseconds(text: str) -> int:
    """Unix milliseconds of a time as `timestamp` writes it. Raises `ValueError` for any other spelling."""
    time_ms = _seconds(text[:19]) * 1000 + int(text[20:23])
    if timestamp(time_ms) != text:
        raise ValueError("not a time")
    return time_ms


@lru_cache(4)
def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())
