"""The Image-Codes of a picture: by them it is known again when its papers are gone, or when it was encoded anew.

Computed in the child process (`reader`), since strangers made what is decoded. The standard (ISO 24138:2024) brings a
picture to 32 × 32 greys: turned as its tag says, on white, without an even border, bicubic. Where compression has
roughened an even border it is not found any more, and the code is another one. So there is a second code, of the
picture with its border, which is for our own look-up alone.
"""

import importlib
import io
from typing import Any

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
MOST_PIXELS = 25_000_000
SIDE = 32
LEAST_CONTRAST = 16  # greys between the darkest and the brightest of the small picture: below, there is nothing to know
BITS = 256


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
    iscc: Any = importlib.import_module("iscc_lib")
    return [str(iscc.gen_image_code_v0(pixels, BITS).iscc) for pixels in small]


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
