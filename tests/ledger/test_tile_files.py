import asyncio
import os
from contextlib import closing

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import tile_files, tiles
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.archive import ArchiveBroken
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.signer import Signer
from sekisho.ledger.tile_files import TileFiles

SIGNER = Signer.of("log.example/town", bytes(32))


async def fill(ledger, record, count):
    await asyncio.gather(*[ledger.append(record(ledger.size + number)) for number in range(count)])


def export(ledger, directory, signer=SIGNER):
    return tile_files.export(ledger, signer, directory, ledger.checkpoint(signer))


def files(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


async def test_the_files_are_those_of_the_log_and_no_others(ledger, record, tmp_path):
    await fill(ledger, record, 600)
    assert export(ledger, tmp_path / "www") == (0, 600)
    expected = {tile.path: ledger.tile(tile) for tile in tiles.of(600)}
    written = files(tmp_path / "www")
    assert Checkpoint.opened(written.pop("checkpoint").decode(), SIGNER.verifier).root == ledger.root
    assert written == expected


async def test_an_export_that_is_repeated_writes_only_what_is_new(ledger, record, tmp_path):
    await fill(ledger, record, 300)
    export(ledger, tmp_path)
    full = tmp_path / "tile/0/000"
    os.utime(full, (1, 1))
    await fill(ledger, record, 300)
    assert export(ledger, tmp_path) == (300, 600)
    assert full.stat().st_mtime == 1
    assert {tile.path for tile in tiles.of(600)} <= set(files(tmp_path))
    assert export(ledger, tmp_path) == (600, 600)


async def test_one_that_was_broken_off_goes_on_from_its_last_checkpoint(ledger, record, tmp_path, monkeypatch):
    monkeypatch.setattr(tile_files, "STRIDE", 256)
    await fill(ledger, record, 700)
    whole = ledger.tile

    def broken(tile):
        if tile.index == 2:
            raise OSError(28, "No space left on device")
        return whole(tile)

    monkeypatch.setattr(ledger, "tile", broken)
    with pytest.raises(OSError, match="No space"):
        export(ledger, tmp_path)
    assert Checkpoint.opened((tmp_path / "checkpoint").read_text(), SIGNER.verifier).size == 512
    monkeypatch.setattr(ledger, "tile", whole)
    assert export(ledger, tmp_path) == (512, 700)
    assert {tile.path for tile in tiles.of(700)} <= set(files(tmp_path))


async def test_an_older_checkpoint_does_not_replace_a_newer_one(ledger, record, tmp_path):
    await fill(ledger, record, 3)
    old = ledger.checkpoint(SIGNER)
    await fill(ledger, record, 2)
    export(ledger, tmp_path)
    assert tile_files.export(ledger, SIGNER, tmp_path, old) == (5, 5)
    assert Checkpoint.opened((tmp_path / "checkpoint").read_text(), SIGNER.verifier).size == 5


async def test_another_logs_directory_is_left_alone(ledger, record, tmp_path):
    await fill(ledger, record, 3)
    export(ledger, tmp_path / "www", Signer.of("log.example/other", bytes(32)))
    before = files(tmp_path / "www")
    with pytest.raises(ConfigurationError):
        export(ledger, tmp_path / "www")
    assert files(tmp_path / "www") == before


async def test_a_log_that_contradicts_what_it_published_is_not_exported(ledger, record, tmp_path):
    await fill(ledger, record, 3)
    export(ledger, tmp_path / "www")
    with closing(Ledger.open(tmp_path / "second")) as other:
        await asyncio.gather(*[other.append(record(number + 10)) for number in range(5)])
        with pytest.raises(LedgerAltered):
            export(other, tmp_path / "www")
        with pytest.raises(LedgerAltered):
            tile_files.export(other, SIGNER, tmp_path / "new", ledger.checkpoint(SIGNER))


async def test_an_empty_log_has_a_checkpoint_and_no_tiles(ledger, tmp_path):
    assert export(ledger, tmp_path / "www") == (0, 0)
    assert list(files(tmp_path / "www")) == ["checkpoint"]


async def test_a_place_that_cannot_be_written_is_told(ledger, record, tmp_path):
    await fill(ledger, record, 1)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError):
        export(ledger, tmp_path / "file")


def test_what_is_no_file_is_not_read_and_nobody_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / "checkpoint")
    (tmp_path / "keys").symlink_to("/dev/zero")
    for name in ("checkpoint", "keys", "."):
        with pytest.raises(ArchiveBroken):
            TileFiles(tmp_path).take(name, 100)
