"""The statement that a content was erased, which is itself a leaf of the log."""

from datetime import UTC, datetime
from typing import Literal

import orjson

Reason = Literal["request", "retention"]


def statement(exchange: str, position: int, reason: Reason, now_ms: int) -> bytes:
    """Canonical JSON: the content of the entry at `position` was erased now.

    All keys and values are ASCII or come from an earlier statement, so sorted keys are all that RFC 8785 asks for.
    """
    time = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    erased = {"id": exchange, "kind": "erasure", "position": position, "reason": reason, "time": time, "v": 1}
    return orjson.dumps(erased, option=orjson.OPT_SORT_KEYS)
