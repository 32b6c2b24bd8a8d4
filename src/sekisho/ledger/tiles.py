"""The log as static files (C2SP tlog-tiles): which tiles there are, what they are called and what they hold.

Source: c2sp.org/tlog-tiles.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.ledger import tree
from sekisho.ledger.altered import LedgerAltered

WIDTH = 256  # hashes of a full tile, entries of a full bundle
HEIGHT = 8  # levels of the tree from one level of tiles to the next
HIGHEST = 63
LONGEST = 65_535  # bytes of an entry: bundles state lengths in two bytes
_INDEX = re.compile(r"((?:x\d{3}/){0,6}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)

Read = Callable[[str, Sequence[object]], list[Any]]


@dataclass(frozen=True, slots=True)
class Tile:
    """One file of the log.

    Attributes:
        level: of tiles, from 0; None for a bundle of entries, which lies beside the tile of level 0.
        index: from 0, in its level.
        width: how many hashes or entries, 1 to 256; fewer than 256 where the log has no more yet.
    """

    level: int | None
    index: int
    width: int = WIDTH

    @classmethod
    def parse(cls, level: str, index: str) -> "Tile":
        """Reads what stands behind `tile/`: `0` and `x001/x234/067`, or `entries` and `000.p/17`.

        Raises `ValueError` for anything but the one spelling that each tile has.
        """
        found = _INDEX.fullmatch(index)
        if not found or not (level == "entries" or re.fullmatch(r"\d{1,2}", level, re.ASCII)):
            raise ValueError("not the name of a tile")
        number = int(found[1].replace("x", "").replace("/", ""))
        width = int(found[2]) if found[2] else WIDTH
        tile = cls(None if level == "entries" else int(level), number, width)
        if tile.path != f"tile/{level}/{index}" or (tile.level or 0) > HIGHEST:
            raise ValueError("not the name of a tile")
        return tile

    @property
    def path(self) -> str:
        """The name below the log's prefix."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        spelled = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{'entries' if self.level is None else self.level}/{spelled}{partial}"

    @property
    def stop(self) -> int:
        """The smallest size of a log that has this tile."""
        return (self.index * WIDTH + self.width) << HEIGHT * (self.level or 0)


def of(size: int, before: int = 0) -> Iterator[Tile]:
    """All tiles of a log of `size` entries but the full ones that it had at the size `before`.

    Lowest level first, entries before all; within a level by index.
    """
    count, known, level = size, before, 0
    while count:
        for index in range(known // WIDTH, -(-count // WIDTH)):
            width = min(WIDTH, count - index * WIDTH)
            if not level:
                yield Tile(None, index, width)
            yield Tile(level, index, width)
        count, known, level = count >> HEIGHT, known >> HEIGHT, level + 1


def content(read: Read, tile: Tile) -> bytes:
    """What a tile holds, read from the tables of store.py. The caller has compared its `stop` with the log's size.

    Raises `LedgerAltered` where a stored hash is missing, or a statement does not give the leaf hash it should.
    """
    first = tile.index * WIDTH
    if tile.level is None:
        return bundle(_statements(read, first, tile.width))
    level = HEIGHT * tile.level
    places = [(index + 1 << level) - 1 for index in range(first, first + tile.width)]
    rows = read(
        f"SELECT substr(CAST(hashes AS BLOB), {32 * level + 1}, 32) FROM entries"  # noqa: S608 numbers and question marks
        f" WHERE position IN ({', '.join('?' * len(places))}) ORDER BY position",
        places,
    )
    hashes = b"".join(found for (found,) in rows)
    if len(hashes) != 32 * tile.width:
        raise LedgerAltered(position=places[0], part="nodes")
    return hashes


def _statements(read: Read, first: int, count: int) -> list[bytes]:
    rows = read(
        "SELECT position, substr(CAST(hashes AS BLOB), 1, 32), CAST(statement AS BLOB) FROM entries"
        " WHERE position >= ? AND position < ? ORDER BY position",
        (first, first + count),
    )
    if [row[0] for row in rows] != list(range(first, first + count)):
        raise LedgerAltered(position=first, part="position")
    for position, leaf, statement in rows:
        if tree.leaf_hash(statement) != leaf:
            raise LedgerAltered(position=position, part="statement")
    return [statement for _, _, statement in rows]


def bundle(statements: Sequence[bytes]) -> bytes:
    """Entries as a bundle holds them: each after its length in two bytes, most significant first."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in statements)


def unbundled(raw: bytes) -> list[bytes]:
    """The entries of a bundle. Raises `ValueError` where the lengths do not add up."""
    entries: list[bytes] = []
    at = 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 2], "big")
        entries.append(raw[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(raw):
        raise ValueError("a bundle ends within an entry")
    return entries
