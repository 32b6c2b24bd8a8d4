"""The mapped file: shared, remade when damaged, never kept when replaced."""

import os
import stat
import subprocess
import sys

import pytest

from sekisho.core.errors import AccessFault, ConfigurationError
from sekisho.server import shared as module
from sekisho.server.shared import BYTES, GENERATION, MAGIC, WINDOW_WORDS, WINDOWS, Shared

SHOW_GENERATION = "import sys; from pathlib import Path; from sekisho.server.shared import Shared; "


@pytest.fixture(autouse=True)
def _look_at_the_file_each_time(monkeypatch):
    monkeypatch.setattr(module, "RECHECK_S", 0.0)


@pytest.fixture
def shared(tmp_path):
    shared = Shared(tmp_path)
    yield shared
    shared.close()


def test_a_new_file_is_whole_private_and_has_a_generation(shared):
    found = shared.path.stat()
    assert found.st_size == BYTES
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert shared.generation() != 0
    assert not any(shared.words[WINDOWS:])


def test_a_missing_home_is_made_private(tmp_path):
    Shared(tmp_path / "a" / "home").close()
    assert stat.S_IMODE((tmp_path / "a" / "home").stat().st_mode) == 0o700


def test_another_process_sees_and_makes_the_next_generation(tmp_path, shared):
    before = shared.generation()
    code = SHOW_GENERATION + "s = Shared(Path(sys.argv[1])); print(s.generation()); s.next_generation()"
    seen = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(seen.stdout) == before
    assert shared.generation() == before + 1


def test_the_generation_is_never_0(shared):
    shared.words[GENERATION] = 2**64 - 1
    shared.next_generation()
    assert shared.generation() == 1


@pytest.mark.parametrize("damage", ["cut short", "emptied", "overwritten", "removed", "replaced"])
def test_a_running_process_gets_a_new_generation_from_a_damaged_file(shared, damage):
    before = shared.generation()
    _damage(shared.path, damage)
    assert shared.generation() not in (0, before)
    assert shared.path.stat().st_size == BYTES
    assert shared.words[MAGIC] == module.SIGNATURE


@pytest.mark.parametrize("damage", ["cut short", "emptied", "overwritten", "replaced"])
def test_a_starting_process_makes_a_damaged_file_anew(tmp_path, damage):
    Shared(tmp_path).close()
    _damage(tmp_path / "limits.shared", damage)
    shared = Shared(tmp_path)
    assert shared.words[MAGIC] == module.SIGNATURE
    assert not any(shared.words[WINDOWS:])
    shared.close()


def test_a_damaged_file_is_mended_in_place_so_that_processes_go_on_sharing_it(tmp_path, shared):
    before = shared.path.stat().st_ino
    _damage(shared.path, "overwritten")
    other = Shared(tmp_path)
    other.words[WINDOWS] = 7
    assert shared.path.stat().st_ino == before
    assert shared.words[WINDOWS] == 7
    other.close()


def test_clearing_a_window_touches_no_other(shared):
    for word in (0, WINDOW_WORDS, 2 * WINDOW_WORDS - 1, 2 * WINDOW_WORDS):
        shared.words[WINDOWS + word] = 5
    shared.clear_window(1)
    kept = [shared.words[WINDOWS + word] for word in (0, WINDOW_WORDS, 2 * WINDOW_WORDS - 1, 2 * WINDOW_WORDS)]
    assert kept == [5, 0, 0, 5]


def test_a_home_that_cannot_be_used_is_a_configuration_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        Shared(tmp_path / "file")


def test_a_file_that_can_no_longer_be_mapped_is_a_fault_and_the_next_call_tries_again(shared):
    shared.path.unlink()
    shared.path.mkdir()
    with pytest.raises(AccessFault, match=r"limits\.shared"):
        shared.generation()
    shared.path.rmdir()
    assert shared.generation() != 0


def _damage(path, how):
    match how:
        case "cut short":
            os.truncate(path, 100)
        case "emptied":
            os.truncate(path, 0)
        case "overwritten":
            with path.open("r+b") as file:
                file.write(b"\xa5" * BYTES)
        case "removed":
            path.unlink()
        case "replaced":
            path.rename(path.with_suffix(".old"))
            path.write_bytes(b"something else")
