"""Fonts of drawn letters made from outlines, in ink, half cells or strokes.

The outlines are Aileron (CC0, part of Pillow), Roboto and Caladea (Apache 2.0) and Fredoka One (SIL OFL 1.1). No two
fonts are the same: large or small, wide or narrow, upright or leaning, thick or thin, hollow, with a shadow.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO
from random import Random

import numpy as np
from drawn_fonts import LETTERS, SIGNS, Font
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sekisho.core.drawn_picture import HIGH, WIDE, picture

FACES = (
    "",  # Aileron
    "font_roboto/Roboto-Regular",
    "font_roboto/Roboto-Light",
    "font_roboto/Roboto-Bold",
    "font_roboto/Roboto-Italic",
    "font_caladea/Caladea-Regular",
    "font_caladea/Caladea-Bold",
    "font_fredoka_one/FredokaOne-Regular",
)
INKS = "#*@█▓8XO■$M%&"
SHADOWS = ":.░╗/_|\\"
STROKES = " _-|/\\'`.,:()<>=\""
LINES = " ─│┌┐└┘├┤┬┴┼╱╲"
Points = NDArray[np.float32]
Rows = tuple[str, ...]


def _face(name: str, em: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if not name:
        return ImageFont.load_default(size=em)
    package, file = name.split("/")
    return ImageFont.truetype(BytesIO((files(package) / "files" / f"{file}.ttf").read_bytes()), size=em)


def outlined(random: Random) -> Font:
    """A font that is all its own."""
    high = random.choice((4, 5, 5, 6, 6, 7, 8, 9, 11))
    shape = _shape(random, high)
    way = random.choice((_inked, _inked, _inked, _halved, _stroked, _stroked, _shadowed))(random)
    glyphs = {sign: way(points) for sign, points in shape.items()}
    highest = max(map(len, glyphs.values()))
    gap = random.choice((0, 1, 1, 2))
    fitted = {sign: _fit(rows, highest, gap) for sign, rows in glyphs.items()}
    return Font("outlined", {**fitted, " ": (" " * max(3, high),) * highest})


def _shape(random: Random, high: int) -> Mapping[str, Points]:
    """Letters as grey points, 8 for each row of cells, all as high as each other and as wide as they are."""
    em = high * HIGH
    face = _face(random.choice(FACES), em)
    wide = random.choice((0.8, 1.0, 1.0, 1.3, 1.7))
    lean = random.choice((0.0, 0.0, 0.0, 0.2, 0.4))
    stroke = random.choice((0.0, 0.0, 0.0, 0.02, 0.05)) * em
    hollow = random.random() < 0.25
    shapes: dict[str, Points] = {}
    for sign in LETTERS + SIGNS:
        image = Image.new("L", (em * 2, int(em * 1.4)))
        ImageDraw.Draw(image).text((em // 2, em), sign, font=face, fill=255, anchor="ls", stroke_width=stroke)
        if hollow:
            image = Image.fromarray(
                np.asarray(image) - np.asarray(image.filter(ImageFilter.MinFilter(2 * (em // 24) + 3)))
            )
        if lean:
            image = image.transform(image.size, Image.Transform.AFFINE, (1, lean, -lean * em / 2, 0, 1, 0))
        image = image.resize((int(image.width * wide), image.height), Image.Resampling.BILINEAR)
        points = np.asarray(image, np.float32) / 255
        columns = (points > 0.4).any(0).nonzero()[0]
        shapes[sign] = points[:, columns[0] : columns[-1] + 1]
    inked = np.maximum.reduce([(one > 0.4).any(1) for one in shapes.values()]).nonzero()[0]
    return {sign: one[inked[0] : inked[-1] + 1] for sign, one in shapes.items()}


def _fit(rows: Rows, high: int, gap: int) -> Rows:
    wide = max(map(len, rows)) + gap
    return tuple(row.ljust(wide) for row in rows) + (" " * wide,) * (high - len(rows))


def _blocks(points: Points, high: int, wide: int) -> Points:
    """The mean of each block of so many points."""
    rows, columns = -(-points.shape[0] // high), -(-points.shape[1] // wide)
    padded = np.zeros((rows * high, columns * wide), np.float32)
    padded[: points.shape[0], : points.shape[1]] = points
    return padded.reshape(rows, high, columns, wide).mean((1, 3))


def _inked(random: Random) -> Callable[[Points], Rows]:
    ink, least = random.choice(INKS), random.uniform(0.2, 0.5)
    wide = random.choice((WIDE, WIDE, HIGH))
    return lambda points: tuple(
        "".join(ink if cell else " " for cell in row) for row in _blocks(points, HIGH, wide) > least
    )


def _halved(random: Random) -> Callable[[Points], Rows]:
    least = random.uniform(0.25, 0.5)

    def drawn(points: Points) -> Rows:
        cells = _blocks(points, HIGH // 2, WIDE) > least
        cells = np.vstack([cells, np.zeros((len(cells) % 2, cells.shape[1]), bool)])
        return tuple(
            "".join(" ▀▄█"[above + 2 * below] for above, below in zip(upper, lower, strict=True))
            for upper, lower in zip(cells[::2], cells[1::2], strict=True)
        )

    return drawn


def _shadowed(random: Random) -> Callable[[Points], Rows]:
    inked, shadow = _inked(random), random.choice(SHADOWS)
    left = random.random() < 0.3

    def drawn(points: Points) -> Rows:
        rows = inked(points)
        cells = np.array([list(f" {row} ") for row in (*rows, " " * len(rows[0]))])
        moved = np.zeros_like(cells, bool)
        moved[1:] = np.roll(cells != " ", -1 if left else 1, 1)[:-1]
        cells[moved & (cells == " ")] = shadow
        return tuple("".join(row) for row in cells)

    return drawn


@cache
def _templates(signs: str) -> tuple[Points, Points]:
    """Each sign as points, less and more blurred."""
    cells = np.stack([picture([sign + " x"])[:, :WIDE] for sign in signs]).astype(np.float32)
    return cells, cells.sum((1, 2))


def _stroked(random: Random) -> Callable[[Points], Rows]:
    """Of each cell the sign that covers its edge best."""
    signs = random.choice((STROKES, STROKES, LINES))
    cells, sizes = _templates(signs)
    thinned = random.random() < 0.7

    def drawn(points: Points) -> Rows:
        edge = _edge(points) if thinned else points
        rows, columns = -(-edge.shape[0] // HIGH), -(-edge.shape[1] // WIDE)
        padded = np.zeros((rows * HIGH, columns * WIDE), np.float32)
        padded[: edge.shape[0], : edge.shape[1]] = edge
        parts = padded.reshape(rows, HIGH, columns, WIDE).swapaxes(1, 2)
        shared = np.einsum("rchw,shw->rcs", parts, cells)
        fits = shared - 0.35 * sizes - 0.02
        fits[:, :, 0] = 0
        return tuple("".join(signs[at] for at in row) for row in fits.argmax(2))

    return drawn


def _edge(points: Points) -> Points:
    inner = points > 0.5
    middle = inner[1:-1, 1:-1] & ~(inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:])
    edge = np.zeros_like(points)
    edge[1:-1, 1:-1] = middle
    edge[0], edge[-1], edge[:, 0], edge[:, -1] = inner[0], inner[-1], inner[:, 0], inner[:, -1]
    return edge
