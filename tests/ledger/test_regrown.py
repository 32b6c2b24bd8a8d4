import pytest

from sekisho.ledger import tiles, tree
from sekisho.ledger.regrown import Regrown

LEAVES = [tree.leaf_hash(b"%d" % number) for number in range(66_000)]


def root(size):
    return tree.folded(tree.grow(0, [], LEAVES[:size])[1])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 700])
def test_it_has_every_root_on_the_way(size):
    grown = Regrown()
    for first in range(0, size, tiles.WIDTH):
        grown.add(LEAVES[first : min(size, first + tiles.WIDTH)])
        for one in range(first + 1, min(size, first + tiles.WIDTH) + 1):
            assert grown.root_at(one) == root(one)


@pytest.mark.parametrize("size", [1, 256, 300, 65_536, 66_000])
def test_its_tiles_are_those_of_the_tree(size):
    completed, _ = tree.grow(0, [], LEAVES[:size])
    grown = Regrown()
    for tile in tiles.of(size):
        first = tile.index * tiles.WIDTH
        if tile.level is None:
            grown.add(LEAVES[first : first + tile.width])
            continue
        level = tiles.HEIGHT * tile.level
        places = [(index + 1 << level) - 1 for index in range(first, first + tile.width)]
        assert grown.tile(tile) == b"".join(completed[place][32 * level : 32 * level + 32] for place in places)
    assert grown.root_at(size) == root(size)
