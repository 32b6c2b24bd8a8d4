"""Finds the receipt in what people save: the header itself, a response, a stream, or what `curl -i` prints."""

import re
from typing import Any, cast

import orjson

from sekisho.provenance.rejected import ReceiptRejected

MAX_CARRIER = 64_000_000  # bytes
_HEADER = re.compile(rb"^sekisho-receipt:[ \t]*(\S+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_EVENT = re.compile(rb"^data:(.*sekisho.*)$", re.MULTILINE)


def receipt_in(saved: bytes) -> str:
    """The receipt that stands in a file, unverified. Raises `ReceiptRejected` where there is none.

    The first of these that there is:

    1. JSON: a text is the receipt; of an object it is `sekisho.receipt`, or `receipt`.
    2. Events of a stream: the `sekisho.receipt` of the last one that has any.
    3. A header `Sekisho-Receipt`, in any case; the last one.
    4. The whole file, without white space around it.
    """
    if len(saved) > MAX_CARRIER:
        raise ReceiptRejected(reason="form")
    # 1. JSON
    text = saved.strip()
    if text[:1] in (b"{", b'"'):
        found = _of_json(text)
        if found is None:
            raise ReceiptRejected(reason="form")
        return found
    # 2. Events
    for event in reversed(_EVENT.findall(saved)):
        found = _of_json(event)
        if found is not None:
            return found
    # 3. Headers
    headers = _HEADER.findall(saved)
    # 4. The file
    return (headers[-1] if headers else text).decode("ascii", "replace")


def _of_json(text: bytes) -> str | None:
    try:
        value: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, dict):
        whole = cast("dict[str, Any]", value)
        inner: Any = whole.get("sekisho")
        value = cast("dict[str, Any]", inner).get("receipt") if isinstance(inner, dict) else whole.get("receipt")
    return value if isinstance(value, str) else None
