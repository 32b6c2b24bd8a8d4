"""Bodies of small requests, decoded into the shape they must have."""

from typing import TypeVar

import msgspec

from sekisho.core.errors import InvalidField, UnreadableBody
from sekisho.core.phrases import TYPES, plain

T = TypeVar("T")
MISSING = "Object missing required field `"


def decoded(body: bytes, shape: type[T]) -> T:
    """The body as JSON. Raises `InvalidField` or `UnreadableBody`."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as fault:
        what, _, where = str(fault).partition(" - at `$")
        if what.startswith(MISSING):
            raise InvalidField(field=what.removeprefix(MISSING).strip("`"), expected="a value") from fault
        wanted = plain(what).removeprefix("must be ").partition(", not ")[0].replace(TYPES["object"], "an object")
        raise InvalidField(field=where.strip(".`") or "body", expected=wanted) from fault
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise UnreadableBody(why="not JSON in UTF-8") from fault
