"""Bodies of small requests, decoded into the shape they must have."""

from typing import TypeVar

import msgspec

from sekisho.core.errors import InvalidField, UnreadableBody

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
        raise InvalidField(field=where.strip(".`") or "body", expected=what.removeprefix("Expected ")) from fault
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise UnreadableBody(why="not JSON in UTF-8") from fault
