"""Canonical JSON: one spelling for each value, so that its bytes can be hashed and signed."""

from itertools import chain
from typing import Any, cast

import orjson

MAX_INTEGER = 2**53 - 1  # beyond it, JSON readers of other languages lose digits (RFC 7493, 2.2)
_PLAIN = (str, bool, type(None))
_KINDS = frozenset((*_PLAIN, int, list))
_TEXT = frozenset((str,))


def canonical(statement: dict[str, Any]) -> bytes:
    """The statement as RFC 8785 spells it.

    Takes text, integers up to ±(2**53 − 1), truth values, None, lists and dictionaries with text keys. Raises
    `TypeError` for anything else, floats included: statements have no use for them, and they alone would need the
    number rules. Raises `ValueError` for larger integers and lone surrogates.
    """
    if _simple(statement):
        ordered, option = statement, orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
    else:
        ordered, option = _ordered(statement), None  # not in `try`: orjson's error is a TypeError as well
    try:
        return orjson.dumps(ordered, option=option)
    except orjson.JSONEncodeError as fault:
        _ordered(statement)  # raises where an integer is too large
        raise ValueError("not text that UTF-8 can carry") from fault


def _simple(statement: dict[str, Any]) -> bool:
    """Whether plain values stand under keys of ASCII letters, which every order sorts alike: the case of every day."""
    values = list(statement.values())
    lists = cast("list[list[object]]", [value for value in values if type(value) is list])
    return (
        _KINDS.issuperset(map(type, values))
        and _TEXT.issuperset(map(type, statement))
        and "".join(statement).isascii()
        and _TEXT.issuperset(map(type, chain.from_iterable(lists)))
    )


def _ordered(value: Any) -> Any:
    """The value with the keys of every dictionary in the order of RFC 8785, 3.2.3."""
    kind = cast("type[object]", type(value))
    if kind in _PLAIN:
        return value
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError("an integer beyond 2**53 - 1")
        return value
    if kind is dict:
        return {key: _ordered(value[key]) for key in sorted(value, key=_key)}
    if kind is list:
        return [_ordered(item) for item in value]
    raise TypeError(f"a statement cannot hold {kind.__name__}")


def _key(key: Any) -> bytes:
    """Sorts as UTF-16 code units do."""
    if type(key) is not str:
        raise TypeError("the keys of a statement are text")
    return key.encode("utf-16-be", "surrogatepass")
