import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from sekisho.core.errors import ConfigurationError, LedgerFault
from sekisho.ledger import store
from sekisho.ledger.tree import leaf_hash


@pytest.fixture
def connection(tmp_path):
    store.create(tmp_path)
    opened = store.connect(tmp_path / store.FILE, sqlite3.Connection, sync=True)
    yield opened
    opened.close()


def rows(count, **options):
    return [store.Row(str(number), b"%d" % number, leaf_hash(b"%d" % number), **options) for number in range(count)]


def test_one_of_several_creators_makes_the_file(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: store.create(tmp_path), range(8)))
    assert sorted(made) == [False] * 7 + [True]
    assert not (tmp_path / "ledger.new").exists()


def test_a_half_made_file_of_a_killed_process_is_made_anew(tmp_path):
    (tmp_path / "ledger.new").write_bytes(b"half")
    assert store.create(tmp_path)
    store.connect(tmp_path / store.FILE, sqlite3.Connection, sync=True).close()


def test_another_programs_file_is_not_taken_for_ours(tmp_path):
    sqlite3.connect(tmp_path / store.FILE).close()
    with pytest.raises(ConfigurationError, match="not a ledger of this version"):
        store.connect(tmp_path / store.FILE, sqlite3.Connection, sync=True)


def test_commits_are_synchronous_unless_measuring(connection, tmp_path):
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    quick = store.connect(tmp_path / store.FILE, sqlite3.Connection, sync=False)
    assert quick.execute("PRAGMA synchronous").fetchone() == (0,)
    quick.close()


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 1023, 1024])
def test_any_number_of_rows_is_inserted_whole_and_in_order(connection, count):
    store.append(connection, rows(count, secret=b"s" * 32, sealed=b"c", keep_until_s=7))
    found = connection.execute(
        "SELECT exchange, secret, sealed, keep_until_s FROM entries"
        " JOIN keys USING (position) JOIN contents USING (position) ORDER BY position"
    )
    assert found.fetchall() == [(str(number), b"s" * 32, b"c", 7) for number in range(count)]
    assert store.head(connection).size == count


def test_a_head_that_contradicts_itself_stops_everything(connection):
    connection.execute("UPDATE head SET size = 3")
    with pytest.raises(LedgerFault, match="head of the log"):
        store.append(connection, rows(1))


def test_a_log_in_use_cannot_be_emptied_and_says_so(connection, tmp_path):
    reader = sqlite3.connect(tmp_path / store.FILE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM head").fetchall()
    store.append(connection, rows(1))
    connection.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(LedgerFault, match="erase again"):
        store.truncate(connection)
    reader.close()
    store.truncate(connection)
    assert (tmp_path / "ledger.sqlite-wal").stat().st_size == 0
