"""Drawings of letters as pictures: each sign of a text in a cell of 4 × 8 points, as it looks on a screen.

So `/`, `_` and `|` are strokes, `▄` is half a cell, braille is its dots, and `#`, `@` or `龍` are ink all over.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

WIDE, HIGH = 4, 8  # points of a cell
BLANK = " \t\u2591\u2800"  # the lightest shade is what others draw on
LIGHT = "□◻⬜○◇☆△▽・·.,:-_~'`0"  # stand for blank rather than for ink
SLANTS = (0.0, 1.0, 0.5)  # columns that a row is moved to the right for each row above it

Picture = NDArray[np.uint8]  # rows and columns of points, 1 for ink

# Eight rows of a cell, each a hexadecimal digit.
_STROKES = {
    "_": "0000000F",
    "-": "000FF000",
    "~": "0005A000",
    "=": "00F00F00",
    "+": "066FF660",
    "|": "66666666",
    "!": "66666066",
    "/": "11224488",
    "\\": "88442211",
    "'": "66600000",
    "`": "C6600000",
    '"': "99900000",
    "^": "69000000",
    "*": "0096F690",
    ".": "00000066",
    ",": "00000626",
    ":": "00660660",
    ";": "00660626",
    "(": "24888842",
    ")": "42111124",
    "<": "00124210",
    ">": "00842480",
    "[": "C888888C",
    "]": "31111113",
    "{": "244CC442",
    "}": "42233224",
    "l": "66666666",
    "I": "66666666",
    "i": "60666666",
    "v": "00099660",
    "V": "99999666",
    "o": "000F99F0",
    "▀": "FFFF0000",
    "▄": "0000FFFF",
    "▌": "CCCCCCCC",
    "▐": "33333333",
    "▖": "0000CCCC",
    "▗": "00003333",
    "▘": "CCCC0000",
    "▝": "33330000",
    "▙": "CCCCFFFF",
    "▚": "CCCC3333",
    "▛": "FFFFCCCC",
    "▜": "FFFF3333",
    "▞": "3333CCCC",
    "▟": "3333FFFF",
    "▔": "F0000000",
    "▕": "11111111",
    "▒": "A5A5A5A5",
    "╱": "11224488",
    "╲": "88442211",
}
_ARMS = {
    "UP": "66666000",
    "DOWN": "00066666",
    "LEFT": "000CC000",
    "RIGHT": "00033000",
    "HORIZONTAL": "000FF000",
    "VERTICAL": "66666666",
}


def picture(rows: Sequence[str]) -> Picture:
    """The picture of a drawing; rows that are shorter than others are blank at their end."""
    wide = max(map(len, rows))
    cells = {sign: _cell(sign) for sign in {*"".join(rows), " "}}
    ground = _ground(rows, wide)
    if ground:
        cells[ground] = cells[" "]
    ink = Counter("".join(rows).translate(dict.fromkeys(map(ord, BLANK + ground))))
    usual, count = ink.most_common(1)[0] if ink else (" ", 0)
    if count > 0.85 * ink.total():
        cells[usual] = _solid()
    signs = sorted(cells)
    number = {sign: at for at, sign in enumerate(signs)}
    grid = np.array([[number[sign] for sign in row.ljust(wide)] for row in rows])
    drawn: Picture = np.stack([cells[sign] for sign in signs])[grid].swapaxes(1, 2)
    return drawn.reshape(len(rows) * HIGH, wide * WIDE)


def upright(drawn: Picture, slant: float) -> Picture:
    """A picture with its rows moved against a slant, so that leaning letters stand apart."""
    if not slant:
        return drawn
    high, wide = drawn.shape
    steps = [int(slant * row * WIDE / HIGH) for row in range(high)]
    moved = np.zeros((high, -(-(wide + steps[-1]) // WIDE) * WIDE), np.uint8)
    for row, step in enumerate(steps):
        moved[row, step : step + wide] = drawn[row]
    return moved


def _ground(rows: Sequence[str], wide: int) -> str:
    """The sign that stands for blank in a drawing without blanks, as `.` in `.##.`; empty: there is none."""
    cells = Counter("".join(rows))
    if sum(cells[sign] for sign in BLANK) * 20 > cells.total() or cells.total() < wide * len(rows) * 0.9:
        return ""
    light = [sign for sign, _ in cells.most_common(2) if sign in LIGHT]
    edge = Counter(rows[0] + rows[-1] + "".join(row[:1] + row[-1:] for row in rows))
    return light[0] if light else edge.most_common(1)[0][0]


@lru_cache(maxsize=1024)
def _cell(sign: str) -> Picture:
    if sign in _STROKES:
        return _points(_STROKES[sign])
    if sign in BLANK:
        return np.zeros((HIGH, WIDE), np.uint8)
    if "─" <= sign <= "\u259f":
        return _block(ord(sign))
    if "\u2800" <= sign <= "\u28ff":
        return _dots(ord(sign) - 0x2800)
    return _points("00FFFFFF") if "a" <= sign <= "z" and sign not in "bdfhklt" else _solid()


def _block(code: int) -> Picture:
    """A line of `BOX DRAWINGS`, or a part of the full block."""
    if code < 0x2580:
        return _lines(unicodedata.name(chr(code)))
    lower, left = max(0x2588 - code, 0), max(0, code - 0x2588)  # eighths that lack from above, and from the right
    rows = np.arange(HIGH) >= lower
    columns = np.arange(WIDE) * 2 < HIGH - left
    return (rows[:, None] & columns).astype(np.uint8)


def _solid() -> Picture:
    return np.ones((HIGH, WIDE), np.uint8)


def _points(rows: str) -> Picture:
    return np.array([[int(row, 16) >> bit & 1 for bit in (3, 2, 1, 0)] for row in rows], np.uint8)


def _lines(name: str) -> Picture:
    """A sign of `BOX DRAWINGS`, by the arms that its name tells."""
    arms = [_points(_ARMS[word]) for word in name.split() if word in _ARMS]
    return np.maximum.reduce(arms) if arms else _solid()


def _dots(bits: int) -> Picture:
    cell = np.zeros((HIGH, WIDE), np.uint8)
    for bit, (row, column) in enumerate(((0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1), (3, 0), (3, 1))):
        cell[2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = bits >> bit & 1
    return cell
