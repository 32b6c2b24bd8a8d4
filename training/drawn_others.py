"""What is drawn with signs and shows no letters: code, tables, trees, boxes, plots, bars."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import ascii_lowercase

import numpy as np

CODE = Path(__file__).with_name("public") / "technical.jsonl"


def drawings(random: Random) -> Iterator[list[str]]:
    """Some rows each of what is no letters."""
    for item in CODE.read_text("utf-8").splitlines():
        rows = json.loads(item)["text"].splitlines()
        for _ in range(3):
            at = random.randrange(max(1, len(rows) - 5))
            yield rows[at : at + random.randint(3, 9)]
    for _ in range(700):
        yield random.choice((_table, _tree, _boxes, _plot, _bars))(random)


def _words(random: Random, most: int = 9) -> str:
    return "".join(random.choices(ascii_lowercase, k=random.randint(1, most)))


def _table(random: Random) -> list[str]:
    columns = [random.randint(2, 12) for _ in range(random.randint(2, 6))]
    side, corner = random.choice(("|+", "||", "│┼", "  ", ",-"))
    rule = corner + corner.join("-" * wide for wide in columns) + corner
    number = random.random() < 0.6
    rows = [
        side + side.join(_cell(random, wide, number=number).rjust(wide) for wide in columns) + side
        for _ in range(random.randint(2, 7))
    ]
    return [rule, rows[0], rule, *rows[1:], rule] if random.random() < 0.7 else rows


def _cell(random: Random, wide: int, *, number: bool) -> str:
    return (str(random.randint(0, 10**wide)) if number else _words(random, wide))[:wide]


def _tree(random: Random) -> list[str]:
    stem = random.choice((("├── ", "└── ", "│   "), ("|-- ", "`-- ", "|   "), ("+ ", "- ", "  ")))
    return [
        random.choice(("", stem[2], stem[2] * 2))
        + random.choice(stem[:2])
        + _words(random)
        + random.choice(("", ".py", "/"))
        for _ in range(random.randint(3, 9))
    ]


def _boxes(random: Random) -> list[str]:
    corner, flat, side = random.choice(("+-|", "┌─│", ".-|", "*=|", "###", "╔═║"))
    arrow = random.choice(("-->", "   ", "<->", "──▶"))
    blank = " " * len(arrow)
    names = [_words(random).center(random.randint(6, 14)) for _ in range(random.randint(1, 4))]
    edge = blank.join(corner + flat * len(name) + corner for name in names)
    empty = blank.join(side + " " * len(name) + side for name in names)
    middle = arrow.join(side + name + side for name in names)
    tall = [empty] * random.randint(0, 2)
    return [edge, *tall, middle, *tall, edge]


def _plot(random: Random) -> list[str]:
    wide, high, ink = random.randint(15, 60), random.randint(4, 12), random.choice("*.o#x")
    heights = np.cumsum([random.gauss(0, 1.5) for _ in range(wide)])
    heights = ((heights - heights.min()) / (np.ptp(heights) or 1) * (high - 1)).astype(int)
    rows = ["|" + "".join(ink if height == row else " " for height in heights) for row in range(high)][::-1]
    return [*rows, "+" + "-" * wide]


def _bars(random: Random) -> list[str]:
    ink = random.choice("#█=*■▇")
    return [
        random.choice((_words(random, 6).ljust(7), "[", ""))
        + ink * random.randint(1, 40)
        + random.choice(("", "]", f" {random.randint(0, 100)}%"))
        for _ in range(random.randint(3, 8))
    ]
