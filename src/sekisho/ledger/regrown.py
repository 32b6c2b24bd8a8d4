"""The tree grown again from its entries: what each of its tiles must hold, and the root at any size on the way."""

from collections.abc import Sequence
from hashlib import sha256

from sekisho.ledger import tree
from sekisho.ledger.tiles import WIDTH, Tile


class Regrown:
    """Takes the leaves of one bundle of entries after another.

    Holds the hashes of one bundle, and above them one hash for every 256 entries: 125 KB for a million.
    """

    def __init__(self) -> None:
        self._levels = [bytearray()]  # the hashes of each level of tiles; of the lowest only the latest bundle's
        self._leaves: Sequence[bytes] = ()
        self._frontier: list[bytes] = []  # of what stands before the latest bundle
        self._bundles = 0  # before the latest

    def add(self, leaves: Sequence[bytes]) -> None:
        """Adds the leaf hashes of the next bundle: 256, or fewer in the last one."""
        if self._leaves:
            top = _top(self._leaves)
            _, self._frontier = tree.grow(self._bundles, self._frontier, [top])
            self._bundles += 1
        self._leaves = leaves
        self._levels[0] = bytearray().join(leaves)
        if len(leaves) == WIDTH:
            self._above(1, _top(leaves))

    def tile(self, tile: Tile) -> bytes:
        """What a tile of hashes must hold: of level 0 that of the latest bundle, above it any, each once in order."""
        level = tile.level or 0
        start = 0 if not level else 32 * WIDTH * tile.index
        content = bytes(self._levels[level][start : start + 32 * tile.width])
        if level and tile.width == WIDTH:
            self._above(level + 1, _top([content[at : at + 32] for at in range(0, len(content), 32)]))
        return content

    def root_at(self, size: int) -> bytes:
        """The root of the first `size` entries, the last of which is in the latest bundle."""
        _, within = tree.grow(0, [], self._leaves[: size - self._bundles * WIDTH])
        return tree.folded([*self._frontier, *within])

    def _above(self, level: int, top: bytes) -> None:
        if level == len(self._levels):
            self._levels.append(bytearray())
        self._levels[level] += top


def _top(hashes: Sequence[bytes]) -> bytes:
    """The hash over a whole tile."""
    while len(hashes) > 1:
        hashes = [
            sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]
