"""The tables survive what happens to writers, and readers neither wait nor miss a change."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from fcntl import LOCK_EX, LOCK_UN, flock

import pytest

from sekisho.core.errors import AccessFault
from sekisho.server.database import Database
from sekisho.server.shared import Shared

STOPS = "SELECT what FROM stops ORDER BY what"
ADD = "INSERT INTO stops VALUES ('coding', 'me', '', 1)"

OPEN = """
import os, signal, sys
from pathlib import Path
from sekisho.server import database
from sekisho.server.shared import Shared
home = Path(sys.argv[1])
shared = Shared(home)
tables = database.Database(home, shared)
def die(*ignored):
    os.kill(os.getpid(), signal.SIGKILL)
"""
DIES_BEFORE_COMMIT = """
with tables.change() as connection:
    connection.execute(sys.argv[2])
    shared.next_generation()
    die()
"""
DIES_AFTER_COMMIT = """
close = os.close
def close_or_die(descriptor):
    if os.readlink(f"/proc/self/fd/{descriptor}").endswith("access.lock"):
        die()
    close(descriptor)
with tables.change() as connection:
    connection.execute(sys.argv[2])
    database.os.close = close_or_die
"""


@pytest.fixture
def shared(tmp_path):
    shared = Shared(tmp_path)
    yield shared
    shared.close()


@pytest.fixture
def tables(tmp_path, shared):
    return Database(tmp_path, shared)


def _run(code, directory, *arguments):
    return subprocess.run(
        [sys.executable, "-c", OPEN + code, str(directory), *arguments], capture_output=True, text=True, check=False
    )


def test_a_new_file_is_private_empty_and_in_wal_mode(tmp_path, tables):
    assert stat.S_IMODE((tmp_path / "access.sqlite").stat().st_mode) == 0o600
    assert tables.read(STOPS, wait=True) == []
    assert tables.read("PRAGMA journal_mode", wait=True) == [("wal",)]


def test_many_processes_may_start_on_an_empty_directory_at_once(tmp_path):
    code = OPEN + "print(tables.read('PRAGMA user_version', wait=True))"
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    assert [process.communicate() for process in started] == [("[(1,)]\n", "")] * 6


def test_a_change_is_kept_and_raises_the_generation(tables, shared):
    before = shared.generation()
    with tables.change() as connection:
        connection.execute(ADD)
    assert tables.read(STOPS, wait=False) == [("coding",)]
    assert shared.generation() == before + 1


def test_an_error_takes_everything_back(tables, shared):
    before = shared.generation()
    with pytest.raises(AccessFault):
        _add_twice(tables)
    assert tables.read(STOPS, wait=False) == []
    assert shared.generation() == before


def _add_twice(tables):
    with tables.change() as connection:
        connection.execute(ADD)
        connection.execute(ADD)


@pytest.mark.parametrize(("death", "kept"), [(DIES_BEFORE_COMMIT, []), (DIES_AFTER_COMMIT, [("coding",)])])
def test_a_writer_that_is_killed_leaves_all_or_nothing_and_every_reader_looks(tmp_path, tables, shared, death, kept):
    before = shared.generation()
    assert _run(death, tmp_path, ADD).returncode == -signal.SIGKILL
    assert shared.generation() != before
    assert tables.read(STOPS, wait=False) == kept


def test_a_reader_that_must_not_wait_is_told_to_come_back_while_a_change_is_made(tmp_path, tables):
    lock = os.open(tmp_path / "access.lock", os.O_RDWR)
    flock(lock, LOCK_EX)
    assert tables.read(STOPS, wait=False) is None
    flock(lock, LOCK_UN)
    os.close(lock)
    assert tables.read(STOPS, wait=False) == []


def test_a_file_that_is_removed_is_made_anew_by_the_next_process_and_all_others_notice(tmp_path, tables, shared):
    before = shared.generation()
    (tmp_path / "access.sqlite").unlink()
    with pytest.raises(AccessFault):
        tables.read(STOPS, wait=True)
    assert _run("", tmp_path).returncode == 0
    assert shared.generation() != before
    assert tables.read(STOPS, wait=True) == []


def test_an_unfinished_draft_of_a_killed_process_is_in_nobodys_way(tmp_path, shared):
    (tmp_path / "access.new").write_bytes(b"half a file")
    tables = Database(tmp_path, shared)
    assert tables.read(STOPS, wait=True) == []


def test_a_removed_lock_file_is_made_again_and_keeps_writers_apart_from_readers(tmp_path, tables):
    (tmp_path / "access.lock").unlink()
    with tables.change():
        assert tables.read(STOPS, wait=False) is None


def test_a_lock_file_that_cannot_be_used_is_a_clear_fault(tmp_path, tables):
    (tmp_path / "access.lock").unlink()
    (tmp_path / "access.lock").mkdir()
    with pytest.raises(AccessFault, match=r"access\.lock"):
        tables.read(STOPS, wait=True)


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_an_emptied_or_foreign_file_is_a_clear_fault_and_stays_as_it_is(tmp_path, shared, content):
    (tmp_path / "access.sqlite").write_bytes(content)
    with pytest.raises(AccessFault):
        Database(tmp_path, shared)
    assert (tmp_path / "access.sqlite").read_bytes() == content


def test_a_database_of_another_program_is_a_clear_fault(tmp_path, shared):
    connection = sqlite3.connect(tmp_path / "access.sqlite")
    connection.execute("CREATE TABLE keys (name TEXT)")
    connection.close()
    with pytest.raises(AccessFault, match="not a table of keys"):
        Database(tmp_path, shared)


def test_a_damaged_page_is_a_clear_fault_at_the_start(tmp_path, shared):
    Database(tmp_path, shared)
    with (tmp_path / "access.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    with pytest.raises(AccessFault):
        Database(tmp_path, shared)
