"""Codes by which contents are known again, and the binding of papers to what has such a code.

C2PA's list of soft bindings names the algorithm `io.iscc.v0`: ISO 24138:2024 (ISCC), written as IEP-0020 says. A code
is of a picture (`image`), of a sound (`sound`), of a text (`document`) or of media data (`payload`); whatever it is of,
it has 256 bits, and codes of like contents differ in few.
"""

import base64
import importlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

LABEL, ALGORITHM = "c2pa.soft-binding", "io.iscc.v0"
BITS = 256
PREFIX = "ISCC:"
TEXT, IMAGE, AUDIO, DATA = b"\x20\x07", b"\x21\x07", b"\x22\x07", b"\x30\x07"  # headers: kind, version 0, 256 bits
NEAR = {TEXT: 24, IMAGE: 24, AUDIO: 28, DATA: 24}  # bits in which codes of one content may differ: see bench/
HEADER = 2
UNIT = HEADER + BITS // 8
LONGEST = 1000  # bytes of a soft binding's value that are looked at


def binding(code: str, data: bytes) -> dict[str, Any]:
    """The assertion that binds papers to what has this code: the code, and the exact code of the file as it came.

    C2PA asks for a string of bytes. The library writes the numbers as a list instead (its issue 2689) and reads both
    alike.
    """
    iscc: Any = importlib.import_module("iscc_lib")
    value = raw(code) + raw(str(iscc.gen_instance_code_v0(data, BITS).iscc))
    return {"label": LABEL, "data": {"alg": ALGORITHM, "blocks": [{"scope": {}, "value": list(value)}]}}


def bound(data: Mapping[str, Any]) -> str:
    """The first code in a soft binding that the library has read; empty: none. Strangers wrote it."""
    if data.get("alg") != ALGORITHM or not isinstance(data.get("blocks"), list):
        return ""
    for block in cast("list[object]", data["blocks"])[:1]:
        value = cast("dict[str, object]", block).get("value") if isinstance(block, dict) else None
        for unit in _units(value):
            if unit.startswith((TEXT, IMAGE, AUDIO, DATA)):
                return PREFIX + base64.b32encode(unit).decode().rstrip("=")
    return ""


def fits(stated: str, codes: Iterable[str]) -> bool | None:
    """Whether a content with these codes is the one that has the code `stated`; None: nothing tells that.

    The code of media data tells it only where it is near, since encoding anew changes it altogether.
    """
    kind = raw(stated)[:HEADER] if stated else b""
    known = next((code for code in codes if raw(code)[:HEADER] == kind), "")
    alike = bool(known) and near(raw(stated), raw(known))
    return alike if known and (alike or kind != DATA) else None


def raw(code: str) -> bytes:
    """A code of 256 bits with its header. Raises `ValueError`."""
    text = code.removeprefix(PREFIX)
    found = base64.b32decode(text + "=" * (-len(text) % 8))
    if len(found) != UNIT:
        raise ValueError("not a code of 256 bits")
    return found


def sought(code: str) -> bytes:
    """A code by which exchanges are looked up, with its header. Raises `ValueError` for others, as of texts."""
    found = raw(code)
    if not found.startswith((IMAGE, AUDIO, DATA)):
        raise ValueError("not a code of a picture, a sound or media data")
    return found


def distance(one: str, other: str) -> int:
    """In how many of 256 bits two codes differ; about 128 where the contents have nothing to do with each other.

    All of them, where one is of a picture and the other of a text.
    """
    return apart(raw(one), raw(other))


def apart(one: bytes, other: bytes) -> int:
    """The same of codes with their headers."""
    return differing(one, other) if one[:HEADER] == other[:HEADER] else BITS


def near(one: bytes, other: bytes) -> bool:
    """Whether two codes with their headers are of one content, as far as codes can tell."""
    return apart(one, other) <= NEAR.get(one[:HEADER], 0)


def differing(one: bytes, other: bytes) -> int:
    """The number of bits in which two strings of one length differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def _units(value: object) -> Iterator[bytes]:
    """The units of a sequence, as long as they have 256 bits, which version 0 demands."""
    try:
        sequence = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:
        return
    for at in range(0, min(len(sequence), LONGEST) - UNIT + 1, UNIT):
        unit = sequence[at : at + UNIT]
        if unit[1] != IMAGE[1]:
            return
        yield unit
