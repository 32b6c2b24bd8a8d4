import asyncio
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.ledger import store
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.ledger import Ledger

COUNT = 21


@pytest.fixture(scope="module")
def home(tmp_path_factory, record):
    """A sound ledger, whose tables each test changes in a transaction that it takes back."""
    directory = tmp_path_factory.mktemp("home")
    ledger = Ledger.open(directory)

    async def fill():
        await asyncio.gather(*[ledger.append(record(number, b"said %d" % number)) for number in range(COUNT - 1)])

    asyncio.run(fill())
    ledger.erase(record(4).exchange)
    yield ledger, directory / store.FILE
    ledger.close()


def audited(home, *changes):
    """What the audit says while changes are in place."""
    ledger, path = home
    connection = sqlite3.connect(path, isolation_level=None)
    tables = ("entries", "keys", "contents", "head")
    before = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    try:
        for change, *values in changes:
            connection.execute(change, values)
        return ledger.audit()
    finally:
        connection.execute("BEGIN")
        for table, rows in before.items():
            connection.execute(f"DELETE FROM {table}")
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        connection.execute("COMMIT")
        connection.close()


def test_a_sound_ledger_is_found_sound(home):
    found = audited(home)
    assert (found.size, found.root, found.kept, found.erased) == (COUNT, home[0].root, COUNT - 2, 1)


@pytest.mark.parametrize(
    ("change", "position", "part"),
    [
        ("DELETE FROM entries WHERE position = 7", 7, "position"),
        ("DELETE FROM entries WHERE position = 20", 20, "position"),
        ("DELETE FROM entries", 0, "position"),
        ("UPDATE entries SET position = -1 WHERE position = 3", 3, "position"),
        ("UPDATE entries SET statement = x'00' WHERE position = 5", 5, "statement"),
        ("UPDATE entries SET hashes = zeroblob(32) WHERE position = 6", 6, "statement"),
        ("UPDATE entries SET hashes = substr(hashes, 1, 32) WHERE position = 7", 7, "nodes"),
        ("UPDATE entries SET hashes = hashes || x'00' WHERE position = 8", 8, "nodes"),
        ("UPDATE entries SET exchange = 'other' WHERE position = 9", 9, "exchange"),
        ("UPDATE head SET size = 20", 20, "head"),
        ("UPDATE head SET size = 25", 21, "position"),  # as many complete subtrees as 21
        ("UPDATE head SET frontier = zeroblob(96)", 21, "head"),
        ("DELETE FROM head", 0, "head"),
        ("INSERT INTO entries SELECT 99, hashes, exchange, statement FROM entries WHERE position = 1", 21, "head"),
        ("UPDATE contents SET sealed = zeroblob(40) WHERE position = 2", 2, "content"),
        ("UPDATE contents SET sealed = 'text' WHERE position = 2", 2, "content"),
        ("UPDATE keys SET secret = zeroblob(31) || x'01' WHERE position = 2", 2, "content"),
        ("DELETE FROM contents WHERE position = 2", 2, "content"),
        ("DELETE FROM keys WHERE position = 2", 2, "content"),
        ("INSERT INTO keys VALUES (500, x'01')", 500, "content"),
    ],
)
def test_what_was_tampered_with_is_named(home, change, position, part):
    with pytest.raises(LedgerAltered) as found:
        audited(home, (change,))
    assert (found.value.position, found.value.part) == (position, part)


def test_a_content_removed_without_an_erasure_record_is_named(home):
    with pytest.raises(LedgerAltered) as found:
        audited(
            home,
            ("UPDATE keys SET secret = zeroblob(32) WHERE position = 11",),
            ("DELETE FROM contents WHERE position = 11",),
        )
    assert (found.value.position, found.value.part) == (11, "erasure")


def test_two_entries_that_changed_places_are_named(home):
    with pytest.raises(LedgerAltered) as found:
        audited(
            home,
            ("UPDATE entries SET position = 1000 WHERE position = 12",),
            ("UPDATE entries SET position = 12 WHERE position = 15",),
            ("UPDATE entries SET position = 15 WHERE position = 1000",),
        )
    assert found.value.position == 12


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, COUNT - 1), st.data())
def test_any_changed_byte_of_any_entry_is_found_and_named(home, position, data):
    column = data.draw(st.sampled_from(["statement", "hashes"]))
    connection = sqlite3.connect(home[1])
    value = bytearray(connection.execute(f"SELECT {column} FROM entries WHERE position = ?", (position,)).fetchone()[0])
    connection.close()
    value[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(LedgerAltered) as found:
        audited(home, (f"UPDATE entries SET {column} = ? WHERE position = ?", bytes(value), position))
    assert found.value.position == position


@pytest.mark.parametrize(
    ("change", "position", "part"),
    [
        ("INSERT INTO keys VALUES (-1, zeroblob(32))", -1, "erasure"),
        ("DELETE FROM keys WHERE position = 4", 4, "key"),
        ("UPDATE keys SET position = -1 WHERE position = 4", 4, "key"),
        ("UPDATE keys SET secret = randomblob(32) WHERE position = 4", 4, "key"),
        ("UPDATE keys SET position = 99 WHERE position = 4", 4, "key"),
    ],
)
def test_the_keys_of_erased_contents_are_as_the_log_says(home, change, position, part):
    with pytest.raises(LedgerAltered) as caught:
        audited(home, (change,))
    assert (caught.value.position, caught.value.part) == (position, part)


def test_a_look_up_that_would_not_find_an_entry_is_found(tmp_path, record):
    """The index over exchanges is changed in the file, and every table is as it was."""
    with closing(Ledger.open(tmp_path)) as ledger:
        asyncio.run(ledger.append(record(1)))
        ledger.audit()
    path = tmp_path / store.FILE
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    raw, name = path.read_bytes(), record(1).exchange.encode()
    places = [at for at in range(len(raw)) if raw.startswith(name, at) and raw[at - 2 : at] != b'"i']
    changed = [raw[:at] + b"9" + raw[at + 1 :] for at in places]
    assert len(changed) >= 2  # in the table and in the index
    for one in changed:
        path.write_bytes(one)
        with closing(Ledger.open(tmp_path)) as ledger, pytest.raises(LedgerAltered):
            ledger.audit()
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
