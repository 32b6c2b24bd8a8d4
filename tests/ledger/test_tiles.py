import asyncio
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import LedgerFault
from sekisho.ledger import tiles, tree
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.ledger.tiles import Tile

TILES = st.builds(Tile, st.none() | st.integers(0, 63), st.integers(0, 2**60), st.integers(1, 256))


async def filled(ledger, record, count):
    await asyncio.gather(*[ledger.append(record(number)) for number in range(count)])


def merkle(leaves):
    """MTH of RFC 6962, 2.1, over leaf hashes; word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return tree.node_hash(merkle(leaves[:k]), merkle(leaves[k:]))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),  # the example of the specification
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 999, 1), "tile/1/999.p/1"),
        (Tile(2, 1000, 255), "tile/2/x001/000.p/255"),
        (Tile(None, 5, 17), "tile/entries/005.p/17"),
        (Tile(63, 0), "tile/63/000"),
    ],
)
def test_tiles_are_called_as_the_specification_says(tile, path):
    assert tile.path == path
    assert Tile.parse(*path.removeprefix("tile/").split("/", 1)) == tile


@given(TILES)
def test_every_tile_is_read_back_from_its_name(tile):
    assert Tile.parse(*tile.path.removeprefix("tile/").split("/", 1)) == tile


@pytest.mark.parametrize(
    "name",
    [
        "0/0",
        "0/00",
        "0/0000",
        "0/x000/005",
        "0/x001/x000",
        "0/001/000",
        "00/000",
        "64/000",
        "-1/000",
        "0/000.p/0",
        "0/000.p/01",
        "0/000.p/256",
        "0/000.p/257",
        "0/000.p",
        "0/000.p/",
        "0/000/",
        "0//000",
        "0/٠٠٠",
        "²/000",
        "0/000\n",
        "entry/000",
        "8/../000",
        "0/" + "x001/" * 7 + "000",
    ],
)
def test_no_other_spelling_names_a_tile(name):
    with pytest.raises(ValueError, match="not the name of a tile"):
        Tile.parse(*name.split("/", 1))


def test_a_log_of_seventy_thousand_has_the_tiles_that_the_specification_counts():
    found = list(tiles.of(70_000))
    assert sum(one.level == 0 and one.width == 256 for one in found) == 273
    assert [one for one in found if one.width < 256] == [
        Tile(None, 273, 112),
        Tile(0, 273, 112),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert [one for one in found if one.level == 1] == [Tile(1, 0), Tile(1, 1, 17)]
    assert [one for one in tiles.of(256) if one.level] == [Tile(1, 0, 1)]
    assert list(tiles.of(0)) == []


@given(st.integers(0, 200_000), st.integers(0, 200_000))
def test_what_an_earlier_log_has_in_full_is_left_out_and_nothing_else(one, other):
    before, size = sorted((one, other))
    full = {tile for tile in tiles.of(before) if tile.width == 256}
    rest = list(tiles.of(size, before))
    assert set(rest) == set(tiles.of(size)) - full
    assert all(tile.stop <= size for tile in rest)


async def test_tiles_hold_the_hashes_of_their_definition_and_bundles_the_entries(ledger, record):
    await filled(ledger, record, 600)
    leaves = [tree.leaf_hash(record(number).statement) for number in range(600)]
    for tile in tiles.of(600):
        held = ledger.tile(tile)
        first = tile.index * 256
        if tile.level is None:
            assert tiles.unbundled(held) == [record(number).statement for number in range(first, first + tile.width)]
            continue
        span = 256**tile.level
        hashes = [merkle(leaves[at * span : (at + 1) * span]) for at in range(first, first + tile.width)]
        assert held == b"".join(hashes)
    assert ledger.tile(Tile(0, 1, 3)) == b"".join(leaves[256:259]), "tiles of earlier sizes are served too"


@pytest.mark.parametrize("tile", [Tile(0, 0, 4), Tile(0, 1, 1), Tile(1, 0, 1), Tile(None, 0), Tile(63, 0, 1)])
async def test_a_tile_beyond_the_log_cannot_be_had(ledger, record, tile):
    await filled(ledger, record, 3)
    with pytest.raises(IndexError):
        ledger.tile(tile)


async def test_a_changed_entry_is_not_served(tmp_path, record):
    ledger = Ledger.open(tmp_path / "home")
    await filled(ledger, record, 3)
    with sqlite3.connect(tmp_path / "home/ledger.sqlite") as connection:
        connection.execute("UPDATE entries SET statement = x'7b7d' WHERE position = 1")
        connection.execute("UPDATE entries SET hashes = x'00' WHERE position = 2")
    connection.close()
    for tile, part in ((Tile(None, 0, 3), "statement"), (Tile(0, 0, 3), "nodes")):
        with pytest.raises(LedgerAltered) as caught:
            ledger.tile(tile)
        assert caught.value.part == part
    with sqlite3.connect(tmp_path / "home/ledger.sqlite") as connection:
        connection.execute("DELETE FROM entries WHERE position = 0")
    connection.close()
    with pytest.raises(LedgerAltered) as caught:
        ledger.tile(Tile(None, 0, 3))
    assert caught.value.part == "position"
    ledger.close()


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_bundles_read_back(entries):
    assert tiles.unbundled(tiles.bundle(entries)) == entries


@pytest.mark.parametrize("raw", [b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x00\x00"])
def test_a_bundle_that_ends_within_an_entry_is_none(raw):
    with pytest.raises(ValueError, match="ends within"):
        tiles.unbundled(raw)


async def test_a_statement_that_no_bundle_could_hold_is_refused(ledger):
    with pytest.raises(LedgerFault):
        await ledger.append(Record("a", b"x" * 65_536))
    await ledger.append(Record("a", b"x" * 65_535))
    assert tiles.unbundled(ledger.tile(Tile(None, 0, 1))) == [b"x" * 65_535]
