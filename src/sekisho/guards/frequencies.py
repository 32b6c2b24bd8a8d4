"""How often short texts stand in ordinary ones: at how many of their characters, roughly.

The table is of one to three characters, counted in harmless English and Japanese texts of this repository by
`training/frequencies.py`; of both numbers the larger counts.
"""

import re
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("frequencies.txt")
LONGEST = 3  # characters of a text in the table
LEAST = 1e-4  # what stands in ordinary texts less often is not in the table
_CHARACTER = 1e-5  # how often one stands that is not in the table, at most
_LINE = re.compile(r"(.*)\t([0-9]+)")


def frequency(text: str) -> float:
    """At how many characters of ordinary texts this one begins. It is folded (see guards/factors.py)."""
    return _told(text, _table())


def forget() -> None:
    """Gives the memory of the table back until it is needed."""
    _table.cache_clear()


@cache
def _table() -> dict[str, float]:
    found = map(_LINE.fullmatch, TABLE.read_text("utf-8").splitlines())
    return {one[1]: int(one[2]) / 1e6 for one in found if one}


def _told(text: str, table: dict[str, float]) -> float:
    known = table.get(text)
    if known is None:
        known = table[text] = _guessed(text, table)
    return known


def _guessed(text: str, table: dict[str, float]) -> float:
    if len(text) < 2:
        return _CHARACTER if text else 1.0
    if len(text) <= LONGEST:
        return min(LEAST, _told(text[:-1], table) * _told(text[-1], table))
    # What follows two characters is believed not to depend on those before them.
    end = text[-LONGEST:]
    return _told(text[:-1], table) * min(1.0, _told(end, table) / _told(end[:-1], table))
