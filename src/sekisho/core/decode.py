"""Decoding: what encoded parts of a text say.

A *run* is a stretch that may be encoded. `decoded` says what it means, or None when it is just a long word.
Whole-text disguises (ROT13, reversed) are views of the text and not of a stretch.
"""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

MAX_RUN = 200_000


@dataclass(frozen=True, slots=True)
class Encoding:
    """One way to encode a part of a text.

    Attributes:
        name: as findings note it.
        run: a pattern for the stretch, within the pattern language of guards/closure.py.
        decode: gives the meaning of a stretch; None when it has none.
    """

    name: str
    run: str
    decode: Callable[[str], str | None]


def _readable(raw: bytes) -> str | None:
    """Text if the bytes are UTF-8 and nearly all printable; random bytes practically never are."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if len(text) < 4 or sum(not (c.isprintable() or c in "\r\n\t") for c in text) * 20 > len(text):
        return None
    return text


def _base64(run: str) -> str | None:
    if len(run) > MAX_RUN:
        return None
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - 1] if len(body) % 4 == 1 else body
    try:
        return _readable(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None


def _hex(run: str) -> str | None:
    if len(run) > MAX_RUN:
        return None
    return _readable(bytes.fromhex(run[: len(run) & ~1]))


def _percent(run: str) -> str | None:
    return _readable(unquote_to_bytes(run)) if len(run) <= MAX_RUN else None


_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")


def _escaped(run: str) -> str | None:
    if len(run) > MAX_RUN:
        return None
    units = _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), run)
    return _readable(units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode())


def _entities(run: str) -> str | None:
    return _readable(html.unescape(run).encode("utf-8", "replace")) if len(run) <= MAX_RUN else None


ENCODINGS = (
    Encoding("hex", r"(?<![0-9A-Za-z+/_-])[0-9A-Fa-f]{16,}(?![0-9A-Za-z+/=_-])", _hex),
    Encoding("base64", r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{16,}={0,2}(?![0-9A-Za-z+/=_-])", _base64),
    Encoding(
        "percent",
        r"(?<![0-9A-Za-z%._~+-])(?:[0-9A-Za-z._~+-]{0,40}%[0-9A-Fa-f]{2}){4,}[0-9A-Za-z._~+-]{0,40}",
        _percent,
    ),
    Encoding(
        "escape",
        r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})(?:[ -\[\]-~]{0,3}\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})){3,}",
        _escaped,
    ),
    Encoding(
        "entity",
        r"&#(?:x[0-9A-Fa-f]{1,6}|[0-9]{1,7});(?:[ -%'-~]{0,3}&#(?:x[0-9A-Fa-f]{1,6}|[0-9]{1,7});){3,}",
        _entities,
    ),
)


def rot13(text: str) -> str:
    """The text with each Latin letter moved by 13 places; its own inverse."""
    return codecs.encode(text, "rot13")


TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")


def tagged(text: str) -> str:
    """The ASCII text that tag characters (U+E0020–U+E007E) spell, which no reader sees."""
    return "".join(chr(ord(character) - 0xE0000) for character in text)
