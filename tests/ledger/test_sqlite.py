import sqlite3

import pytest

from sekisho.core.errors import ConfigurationError, LedgerFault
from sekisho.ledger import storage, store
from sekisho.ledger.sqlite import SqliteStore
from sekisho.ledger.storage import Row
from sekisho.ledger.tree import leaf_hash


def row(number, **more):
    return Row(str(number), b"%d" % number, leaf_hash(b"%d" % number), **more)


@pytest.fixture
def held(tmp_path):
    opened = SqliteStore(tmp_path, sync=True, factory=sqlite3.Connection)
    yield opened
    opened.end()
    opened.close()


def test_what_is_appended_can_be_read(held):
    assert held.append([row(0), row(1)]).before == storage.Head(0, [])
    assert held.head().size == 2
    assert held.read("SELECT exchange FROM entries WHERE position = ?", (1,)) == [("1",)]


def test_an_erasure_is_one_transaction_and_leaves_nothing_in_the_write_ahead_log(held, tmp_path):
    held.append([row(0, secret=b"s" * 32, sealed=b"sealed")])
    assert held.erase(storage.kept("0"), lambda found: [row(number + 7) for number, _ in found]) == [(0, "0")]
    assert held.read("SELECT secret FROM keys", ()) == [(bytes(32),)]
    assert held.read("SELECT count(*) FROM contents", ()) == [(0,)]
    assert held.head().size == 2
    assert (tmp_path / (store.FILE + "-wal")).stat().st_size == 0


def test_an_append_that_fails_leaves_nothing_and_the_next_works(held):
    with pytest.raises(sqlite3.Error):
        held.append([row(0), Row(object(), b"1", bytes(32))])
    assert held.head().size == 0
    assert held.append([row(2)]).entries[0].position == 0


def test_a_query_that_fails_is_a_fault_of_the_ledger(held):
    with pytest.raises(LedgerFault):
        held.read("SELECT * FROM nowhere", ())


def test_a_place_that_is_no_directory_is_a_configuration_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        SqliteStore(tmp_path / "file", sync=True, factory=sqlite3.Connection)
