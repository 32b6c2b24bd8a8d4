import asyncio
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import bundle, tile_files, tiles
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.bundle import Manifest
from sekisho.ledger.note import Checkpoint, NoteRejected, opened
from sekisho.ledger.signer import Signer

LOG = Signer.of("log.example/town", bytes([9]) * 32)


async def fill(ledger, record, size):
    await asyncio.gather(*[ledger.append(record(number)) for number in range(ledger.size, size)])


def export(ledger, path, policies=None):
    return bundle.export(ledger, LOG, ledger.checkpoint(LOG), policies or {}, path)


async def test_a_bundle_holds_the_same_tiles_as_the_files(ledger, record, tmp_path):
    await fill(ledger, record, 700)
    export(ledger, tmp_path / "bundle.tar", {"0" * 16: b"{}"})
    tile_files.export(ledger, LOG, tmp_path / "www", ledger.checkpoint(LOG))
    with tarfile.open(tmp_path / "bundle.tar") as archive:
        held = {one.name: archive.extractfile(one).read() for one in archive.getmembers()}
    names = [tile.path for tile in tiles.of(700)]
    assert list(held) == ["manifest.json", "checkpoint", "keys", "policies/0000000000000000.json", *names, "seal"]
    for name in [*names, "checkpoint"]:
        assert held[name] == (tmp_path / "www" / name).read_bytes()
    assert held["keys"].decode() == f"{LOG.verifier_key}\n"
    assert Manifest.parse(held["manifest.json"]) == Manifest("log.example/town", 700, ("0" * 16,))


async def test_the_seal_is_no_checkpoint_of_any_log(ledger, record, tmp_path):
    await fill(ledger, record, 1)
    export(ledger, tmp_path / "bundle.tar")
    with tarfile.open(tmp_path / "bundle.tar") as archive:
        seal = archive.extractfile("seal").read().decode()
    assert opened(seal, LOG.verifier).startswith("sekisho bundle\n")
    with pytest.raises(NoteRejected):
        Checkpoint.opened(seal, LOG.verifier)


async def test_a_checkpoint_that_the_log_contradicts_is_not_exported(ledger, record, tmp_path):
    await fill(ledger, record, 3)
    for size, root in ((4, ledger.root), (3, bytes(32)), (0, bytes(32))):
        note = LOG.note(Checkpoint(LOG.name, size, root).text)
        with pytest.raises(LedgerAltered):
            bundle.export(ledger, LOG, note, {}, tmp_path / "bundle.tar")
    assert not (tmp_path / "bundle.tar").exists()


async def test_an_earlier_checkpoint_gives_the_log_of_then(ledger, record, tmp_path):
    await fill(ledger, record, 300)
    then = ledger.checkpoint(LOG)
    export(ledger, tmp_path / "then.tar")
    await fill(ledger, record, 400)
    bundle.export(ledger, LOG, then, {}, tmp_path / "now.tar")
    assert (tmp_path / "then.tar").read_bytes() == (tmp_path / "now.tar").read_bytes()


async def test_where_it_cannot_be_written_nothing_is_left(ledger, record, tmp_path):
    await fill(ledger, record, 3)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        export(ledger, tmp_path / "missing" / "bundle.tar")
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        export(ledger, tmp_path / "taken")
    assert list(tmp_path.glob(".*")) == []


POLICIES = st.lists(st.binary(min_size=8, max_size=8).map(bytes.hex), unique=True, max_size=3).map(sorted).map(tuple)


@given(st.text(min_size=1).filter(lambda text: text.isprintable()), st.integers(0, 2**63 - 1), POLICIES)
def test_a_manifest_is_read_as_it_was_written(origin, size, policies):
    manifest = Manifest(origin, size, policies)
    assert Manifest.parse(manifest.raw) == manifest


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b'{"form":2,"origin":"a","policies":[],"size":0}\n',
        b'{"form":1,"origin":"a","policies":[],"size":0}',
        b'{"form":1,"origin":"a","policies":[],"size":-1}\n',
        b'{"form":1,"origin":"a","policies":["../../../etc/pw"],"size":0}\n',
        b'{"form":1,"origin":"a","policies":["00000000000000bb","00000000000000aa"],"size":0}\n',
        b'{"form":1,"origin":"a","policies":["00000000000000aa","00000000000000aa"],"size":0}\n',
        b'{"form":1, "origin":"a","policies":[],"size":0}\n',
        b'{"form":1,"origin":"a","policies":[],"size":0,"more":1}\n',
        io.BytesIO(b"\xff").read(),
    ],
)
def test_what_is_no_manifest_is_refused(raw):
    with pytest.raises(ValueError):  # noqa: PT011 msgspec's errors are of this kind, too
        Manifest.parse(raw)
