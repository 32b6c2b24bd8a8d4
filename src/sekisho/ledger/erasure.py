"""The statement that a content was erased, which is itself a leaf of the log."""

from datetime import UTC, datetime
from typing import Literal

import orjson

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Reason = Literal["request", "retention"]


KIND = "erasure"
_MARK = b'"kind":"erasure"'


def statement(exchange: str, position: int, reason: Reason, now_ms: int) -> bytes:
    """Canonical JSON: the content of the entry at `position` was erased now.

    All keys and values are ASCII or come from an earlier statement, so sorted keys are all that RFC 8785 asks for.
    """
    time = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    erased = {"id": exchange, "kind": KIND, "position": position, "reason": reason, "time": time, "v": 1}
    return orjson.dumps(erased, option=orjson.OPT_SORT_KEYS)


def is_one(said: bytes) -> bool:
    """Whether a statement of the log is one of these."""
    return _MARK in said and orjson.loads(said)["kind"] == KIND


def first_id(before_ms: int) -> str:
    """No exchange that began before this Unix time in milliseconds has an identifier (ULID) from this one on."""
    return "".join(_DIGITS[before_ms >> shift & 31] for shift in range(45, -1, -5))
