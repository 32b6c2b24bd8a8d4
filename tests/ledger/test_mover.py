import sqlite3
import threading
from fcntl import LOCK_EX, flock

import pytest

from sekisho.ledger import mover, storage, store
from sekisho.ledger.mover import LOCK, Mover
from sekisho.ledger.sqlite import SqliteStore
from sekisho.ledger.storage import Row
from sekisho.ledger.tree import leaf_hash

SECONDS = 300


def row(number, **more):
    return Row(str(number), b"%d" % number, leaf_hash(b"%d" % number), **more)


@pytest.fixture
def eager(tmp_path, monkeypatch):
    """A store that moves its log whenever it can."""
    monkeypatch.setattr(mover, "MOVE", 1)
    opened = SqliteStore(tmp_path, sync=False, factory=sqlite3.Connection)
    yield opened
    opened.end()
    opened.close()


def unmoved(held):
    """The size of the log in pages, and how many of them the file does not have yet."""
    _, grown, moved = held.read("PRAGMA wal_checkpoint(PASSIVE)", ())[0]
    return grown, grown - moved


def test_the_log_begins_anew_while_commits_go_on(eager, tmp_path):
    for number in range(60):
        eager.append([row(number, secret=b"s" * 32, sealed=b"x" * 30_000)])
        eager._mover.end()
    assert (tmp_path / (store.FILE + "-wal")).stat().st_size < 60 * 30_000
    assert [eager.read("SELECT count(*) FROM contents", ()), eager.head().size] == [[(60,)], 60]


def test_what_came_while_it_moved_is_moved_by_a_commit(eager):
    eager.append([row(0)])
    eager._mover.end()
    eager.append([row(1)])
    assert eager._mover._thread is None
    grown, rest = unmoved(eager)
    assert (grown > 0, rest) == (True, 0)


def test_small_commits_are_not_moved_each(tmp_path):
    held = SqliteStore(tmp_path, sync=False, factory=sqlite3.Connection)
    held.append([row(0)])
    assert held._mover._thread is None
    held.end()
    held.close()


def test_emptying_the_log_waits_for_whoever_moves(eager, tmp_path):
    eager.append([row(0, secret=b"s" * 32, sealed=b"sealed")])
    eager._mover.end()
    with (tmp_path / LOCK).open("r+b") as file:
        flock(file, LOCK_EX)
        erasing = threading.Thread(target=eager.erase, args=(storage.kept("0"), lambda _: [row(1)]))
        erasing.start()
        while eager.head().size < 2:
            pass
        assert erasing.is_alive()
        assert (tmp_path / (store.FILE + "-wal")).stat().st_size > 0
    erasing.join(SECONDS)
    assert (tmp_path / (store.FILE + "-wal")).stat().st_size == 0


def test_nobody_waits_while_another_process_moves(eager, tmp_path):
    with (tmp_path / LOCK).open("r+b") as file:
        flock(file, LOCK_EX)
        eager.append([row(0)])
        eager._mover.end()
    assert eager.append([row(1)]).before.size == 1


def test_a_mover_that_cannot_connect_hurts_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(mover, "MOVE", 1)

    def broken():
        raise sqlite3.OperationalError("disk I/O error")

    alone = Mover(tmp_path, broken)
    with sqlite3.connect(":memory:") as connection:
        alone.committed(connection, 1)
        alone.end()
        alone.committed(connection, 1)
    connection.close()
    with alone.kept_away():
        assert (tmp_path / LOCK).stat().st_mode & 0o777 == 0o600
