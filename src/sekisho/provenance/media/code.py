"""The Image-Codes of a picture: by them it is known again when its papers are gone, or when it was encoded anew.

The binding of papers to a picture by its code, or to a document by that of its text (`document`), is written here too.
Computed in the child process (`reader`), since strangers made what is decoded. C2PA's list of soft bindings names the
algorithm `io.iscc.v0`: ISO 24138:2024 (ISCC), written as IEP-0020 says. The standard brings a picture to 32 × 32 greys:
turned as its tag says, on white, without an even border, bicubic. Where compression has roughened an even border it is
not found any more, and the code is another one. So there is a second code, of the picture with its border, which is for
our own look-up alone.
"""

import base64
import importlib
import io
from collections.abc import Iterator, Mapping
from typing import Any, cast

LABEL, ALGORITHM = "c2pa.soft-binding", "io.iscc.v0"
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
MOST_PIXELS = 25_000_000
SIDE = 32
LEAST_CONTRAST = 16  # greys between the darkest and the brightest of the small picture: below, there is nothing to know
BITS = 256
NEAR = 24  # bits by which the codes of one picture may differ after it was encoded anew; see bench/pictures.py
PREFIX = "ISCC:"
IMAGE = b"\x21\x07"  # the header of an Image-Code: content, image, version 0, 256 bits
TEXT = b"\x20\x07"  # of a Text-Code
UNIT = len(IMAGE) + BITS // 8
LONGEST = 1000  # bytes of a soft binding's value that are looked at


def image_codes(data: bytes, mime: str) -> list[str]:
    """The code of the standard, then that with the border, as `ISCC:…`.

    Empty where the format has none, or the picture is too large, does not decode, or is all but even.
    """
    try:
        small = _small(data, FORMATS[mime]) if mime in FORMATS else []
    except Exception:  # noqa: BLE001 - decoders raise what they like; a picture without a code can still have papers
        return []
    if any(max(pixels) - min(pixels) < LEAST_CONTRAST for pixels in small):
        return []
    return [str(_iscc().gen_image_code_v0(pixels, BITS).iscc) for pixels in small]


def binding(code: str, data: bytes) -> dict[str, Any]:
    """The assertion that binds papers to what has this code: the code, and the exact code of the file as it came.

    C2PA asks for a string of bytes. The library writes the numbers as a list instead (its issue 2689) and reads both
    alike.
    """
    value = raw(code) + raw(str(_iscc().gen_instance_code_v0(data, BITS).iscc))
    return {"label": LABEL, "data": {"alg": ALGORITHM, "blocks": [{"scope": {}, "value": list(value)}]}}


def bound(data: Mapping[str, Any]) -> str:
    """The Image-Code or Text-Code in a soft binding that the library has read; empty: none. Strangers wrote it."""
    if data.get("alg") != ALGORITHM or not isinstance(data.get("blocks"), list):
        return ""
    for block in cast("list[object]", data["blocks"])[:1]:
        value = cast("dict[str, object]", block).get("value") if isinstance(block, dict) else None
        for unit in _units(value):
            if unit.startswith((IMAGE, TEXT)):
                return PREFIX + base64.b32encode(unit).decode().rstrip("=")
    return ""


def raw(code: str) -> bytes:
    """A code of 256 bits with its header. Raises `ValueError`."""
    text = code.removeprefix(PREFIX)
    found = base64.b32decode(text + "=" * (-len(text) % 8))
    if len(found) != UNIT:
        raise ValueError("not a code of 256 bits")
    return found


def distance(one: str, other: str) -> int:
    """In how many of 256 bits two codes differ; about 128 where the contents have nothing to do with each other.

    All of them, where one is of a picture and the other of a text.
    """
    first, second = raw(one), raw(other)
    return differing(first, second) if first[: len(IMAGE)] == second[: len(IMAGE)] else BITS


def differing(one: bytes, other: bytes) -> int:
    """The number of bits in which two strings of one length differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def body(code: str) -> bytes:
    """The 32 bytes of an Image-Code behind its header. Raises `ValueError`."""
    found = raw(code)
    if not found.startswith(IMAGE):
        raise ValueError("not an Image-Code")
    return found[len(IMAGE) :]


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


def _small(data: bytes, kind: str) -> list[bytes]:
    """The greys of the small picture, row by row: without an even border, and with it."""
    image: Any = importlib.import_module("PIL.Image")
    operations: Any = importlib.import_module("PIL.ImageOps")
    chops: Any = importlib.import_module("PIL.ImageChops")
    with image.open(io.BytesIO(data), formats=(kind,)) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            return []
        turned = operations.exif_transpose(opened).convert("RGBA")
    white = image.new("RGBA", turned.size, (255, 255, 255, 255))
    flat = image.alpha_composite(white, turned).convert("RGB")
    even = image.new("RGB", flat.size, flat.getpixel((0, 0)))
    apart = chops.difference(flat, even)
    box = chops.add(apart, apart).getbbox()
    return [
        bytes(one.convert("L").resize((SIDE, SIDE), image.Resampling.BICUBIC).tobytes())
        for one in (flat.crop(box) if box else flat, flat)
    ]


def _iscc() -> Any:
    return importlib.import_module("iscc_lib")
