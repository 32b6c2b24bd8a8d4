"""Pictures with something to see on them, always the same ones."""

import io
from functools import cache
from random import Random

from PIL import Image


@cache
def drawn(seed):
    """Soft shades of many sizes, as a photograph has them."""
    random = Random(seed)
    whole = Image.new("RGB", (320, 240))
    for side in (4, 9, 20):
        spots = Image.frombytes("RGB", (side, side), random.randbytes(3 * side * side))
        whole = Image.blend(whole, spots.resize(whole.size, Image.Resampling.BICUBIC), 0.5)
    return whole


def encoded(image, kind="PNG", **more):
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def picture(seed, kind="PNG", **more):
    return encoded(drawn(seed), kind, **more)
