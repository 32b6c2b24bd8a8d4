"""Decoding: what encoded parts of a text say.

A *run* is a stretch that may be encoded. `decoded` says what it means, or None when it is just a long word.
Whole-text disguises (ROT13, reversed) are views of the text and not of a stretch.
"""

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
        run: a pattern for the stretch, of ASCII alone and within the pattern language of guards/closure.py.
        decode: gives the meaning of a stretch; None when it has none.
        sign: stands at least four times in each run; empty: there is none.
    """

    name: str
    run: str
    decode: Callable[[str], str | None]
    sign: str = ""


def _readable(raw: bytes) -> str | None:
    """Text if the bytes are UTF-8 and nearly all printable; random bytes practically never are.

    A character cut at either end is left out: encoders break lines where they like.
    """
    begin = 0
    while begin < min(3, len(raw)) and raw[begin] & 0xC0 == 0x80:
        begin += 1
    try:
        text, _ = codecs.utf_8_decode(raw[begin:])
    except UnicodeDecodeError:
        return None
    if len(text) < 4:
        return None
    if text.isprintable() or sum(not (c.isprintable() or c in "\r\n\t") for c in text) * 20 <= len(text):
        return text
    return None


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _base64(run: str) -> str | None:
    if len(run) > MAX_RUN:
        return None
    body = run.encode().translate(_URL_SAFE, b"\r\n").rstrip(b"=")
    # Letters may stand right before it, so that the groups of four begin later.
    for offset in range(4):
        part = body[offset:]
        part = part[:-1] if len(part) % 4 == 1 else part
        meaning = _readable(binascii.a2b_base64(part + b"=" * (-len(part) % 4)))
        if meaning is not None:
            return meaning
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
    Encoding(
        "base64",
        r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{16,}(?:\r?\n[0-9A-Za-z+/_-]{16,})*={0,2}(?![0-9A-Za-z+/=_-])",
        _base64,
    ),
    Encoding(
        "percent",
        r"(?<![0-9A-Za-z%._~+-])(?:[0-9A-Za-z._~+-]{0,40}%[0-9A-Fa-f]{2}){4,}[0-9A-Za-z._~+-]{0,40}",
        _percent,
        "%",
    ),
    Encoding(
        "escape",
        r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})(?:[ -\[\]-~]{0,3}\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})){3,}",
        _escaped,
        "\\",
    ),
    Encoding(
        "entity",
        r"&#(?:x[0-9A-Fa-f]{1,6}|[0-9]{1,7});(?:[ -%'-~]{0,3}&#(?:x[0-9A-Fa-f]{1,6}|[0-9]{1,7});){3,}",
        _entities,
        "&",
    ),
)


FEWEST = 12  # bytes of the shortest run: four of `%41`
_BEYOND_ASCII = bytes(range(128, 256))


def ascii_of(encoded: bytes) -> bytes:
    """The ASCII of a text in UTF-8, without all the rest."""
    return encoded.translate(None, _BEYOND_ASCII)


# Letters, digits and the signs of Base64 become `a`, all other bytes of UTF-8 a blank.
_RUNS = bytes(97 if chr(byte) in "+/_-" or (byte < 128 and chr(byte).isalnum()) else 32 for byte in range(256))

_SHORTEST = b"a" * 16  # of Base64 and hexadecimal


def may_be_encoded(encoded: bytes) -> bool:
    """Whether a text in UTF-8 may hold a run of `ENCODINGS`, also backwards or with letters moved; False is sure."""
    if _SHORTEST in encoded.translate(_RUNS):
        return True
    return any(sign in encoded and encoded.count(sign) > 3 for sign in (b"%", b"\\", b"&"))


def run_together(encoded: bytes) -> tuple[int, int] | None:
    """From where to where, in bytes, runs of letters, digits and signs of Base64 stand in a text; None: there are none.

    Of those that are long enough to be encoded.
    """
    shape = encoded.translate(_RUNS)
    first = shape.find(_SHORTEST)
    return None if first < 0 else (first, shape.rfind(_SHORTEST) + len(_SHORTEST))


_ROT13 = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", b"NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm"
)


def rot13(text: str) -> str:
    """The text with each Latin letter moved by 13 places; its own inverse."""
    return rotated(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def rotated(encoded: bytes) -> bytes:
    """`rot13` of a text in UTF-8: no byte of a longer sequence is a letter. The codec takes twenty times as long."""
    return encoded.translate(_ROT13)


_TAGS = re.compile("[\U000e0020-\U000e007e]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_FEWEST_UNSEEN = 4


def unseen(text: str) -> list[tuple[str, list[int], str]]:
    """What characters say that no reader sees: name of the method, their positions, the meaning.

    Tag characters spell ASCII one by one; variation selectors spell the bytes of UTF-8, as emoji smugglers use them.
    """
    if text.isascii():
        return []
    spellings: list[tuple[str, list[int], str]] = []
    tags = [found.start() for found in _TAGS.finditer(text)]
    if len(tags) >= _FEWEST_UNSEEN:
        spellings.append(("tags", tags, "".join(chr(ord(text[at]) - 0xE0000) for at in tags)))
    selectors = [found.start() for found in _SELECTORS.finditer(text)]
    meaning = _readable(bytes(_selected(ord(text[at])) for at in selectors))
    if meaning is not None:
        spellings.append(("selectors", selectors, meaning))
    return spellings


def _selected(selector: int) -> int:
    return selector - 0xFE00 if selector < 0xE0000 else selector - 0xE0100 + 16
