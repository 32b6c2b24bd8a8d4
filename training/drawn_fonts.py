"""Lines of drawn letters to learn from and to measure with: FIGlet fonts, and letters drawn from an outline.

The fonts are those of pyfiglet (MIT). Learnt from are only fonts whose own first lines allow to change them
("Permission is hereby given to modify this font", or the WTFPL). bench/drawings.py measures with others, which are
never learnt from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from pyfiglet import FigletFont

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SIGNS = "!@#$%&*()-+=?;:,.<>/[]"
ALLOWED = ("permission is hereby given to modify", "do what the fuck you want to")

LEARNT = (
    "3d_diagonal", "ascii_new_roman", "avatar", "block", "braced", "chiseled", "doom", "double_shorts", "epic",
    "future", "graceful", "js_capital_curves", "konto_slant", "lean", "mini", "modular", "muzzle", "script",
    "shadow", "slant_relief", "small", "small_caps", "small_slant", "smblock", "smbraille", "smshadow", "smslant",
    "soft", "speed", "standard", "varsity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Font:
    """Letters as rows of signs, all of the same height.

    Attributes:
        glyphs: by letter or sign.
    """

    name: str
    glyphs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of drawn letters.

    Attributes:
        rows: as drawn.
        owners: for each cell, the number of the letter that drew it, -1 for blank.
        also: likewise, where two letters share a cell, the second one.
        letters: what they are.
    """

    rows: tuple[str, ...]
    owners: NDArray[np.int16]
    also: NDArray[np.int16]
    letters: str


def allowed(name: str) -> bool:
    """Whether a font's first lines allow to change it."""
    return any(words in " ".join(_source(name)[:6000].lower().split()) for words in ALLOWED)


def _source(name: str) -> str:
    folder = files("pyfiglet.fonts")
    for kind in ("flf", "tlf"):
        file = folder / f"{name}.{kind}"
        if file.is_file():
            return file.read_bytes().decode("utf-8", "replace")
    return ""


def font(name: str) -> Font:
    """A font of pyfiglet, without the letters that it lacks. Raises `ValueError` for one that nobody may learn from."""
    if not allowed(name):
        raise ValueError(f"nobody may learn from {name}")
    figlet = FigletFont(name)
    blank = figlet.hardBlank
    glyphs: dict[str, tuple[str, ...]] = {}
    for sign in LETTERS + SIGNS + " ":
        rows = figlet.chars.get(ord(sign))
        if rows:
            wide = max(map(len, rows))
            glyphs[sign] = tuple(row.replace(blank, " ").ljust(wide) for row in rows)
    return Font(name, glyphs)


JOINS = {"full": 0, "kerned": 1, "smushed": 2}
_UNDER = "|/\\[]{}()<>"


def line(font: Font, letters: str, join: str) -> Line:
    """Letters side by side: as wide as they are (`full`), moved together until they touch, or one column further."""
    high = max(len(rows) for rows in font.glyphs.values())
    cells: list[list[str]] = [[] for _ in range(high)]
    owners: list[list[int]] = [[] for _ in range(high)]
    also: list[list[int]] = [[] for _ in range(high)]
    for number, letter in enumerate(letters):
        rows = font.glyphs[letter]
        overlap = 0 if not number or join == "full" else _overlap(cells, rows, join)
        for row, drawn in enumerate(rows):
            kept = len(cells[row]) - overlap
            for at, sign in enumerate(drawn):
                place = kept + at
                if place >= len(cells[row]):
                    cells[row].append(sign)
                    owners[row].append(-1 if sign == " " else number)
                    also[row].append(-1)
                elif sign != " ":
                    there = cells[row][place]
                    also[row][place] = owners[row][place]
                    cells[row][place], owners[row][place] = _both(there, sign) or sign, number
    return Line(tuple("".join(row) for row in cells), np.array(owners), np.array(also), letters)


def _overlap(cells: Sequence[Sequence[str]], rows: Sequence[str], join: str) -> int:
    """How many columns a letter goes into those before it."""
    room = [
        len(before) - len("".join(before).rstrip()) + len(after) - len(after.lstrip())
        for before, after in zip(cells, rows, strict=True)
    ]
    most = min(*room, len(rows[0]), len(cells[0]))
    if join == "smushed" and most < len(rows[0]):
        touching = [
            (before[-1 - (most - (len(after) - len(after.lstrip())))], after.lstrip()[0])
            for before, after, free in zip(("".join(one) for one in cells), rows, room, strict=True)
            if free == most and after.strip() and most - (len(after) - len(after.lstrip())) < len(before)
        ]
        if all(_both(*pair) for pair in touching):
            most += 1
    return max(0, min(most, len(rows[0]), len(cells[0])))


def _both(left: str, right: str) -> str:
    """What stands where two signs meet in one cell; empty: they cannot. FIGlet's rules 1, 2 and 3."""
    if left == " " or right == " ":
        return left.strip() or right
    if left == right:
        return left
    for one, other in ((left, right), (right, left)):
        if one == "_" and other in _UNDER:
            return other
        if one == "|" and other in "/\\[]{}()<>":
            return other
    return ""
