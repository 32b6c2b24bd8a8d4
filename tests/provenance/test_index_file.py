import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.provenance.index_file import KEY_FILE, IndexFile, key_of, transaction

FILE = IndexFile("things.sqlite", 0x54455354, 3, "CREATE TABLE things (one INTEGER NOT NULL);", ("synchronous = FULL",))


def test_a_file_is_made_once_and_private(tmp_path):
    with closing(FILE.connect(tmp_path)) as first, transaction(first):
        first.execute("INSERT INTO things VALUES (7)")
    assert (tmp_path / FILE.name).stat().st_mode & 0o777 == 0o600
    with closing(FILE.connect(tmp_path)) as again:
        assert again.execute("SELECT one FROM things").fetchall() == [(7,)]
        settings = [again.execute(f"PRAGMA {one}").fetchone()[0] for one in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]


def test_many_may_make_the_file_at_once(tmp_path):
    faults = []

    def make():
        try:
            FILE.connect(tmp_path).close()
        except ConfigurationError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_what_a_killed_process_left_half_made_is_made_anew(tmp_path):
    (tmp_path / FILE.name).with_suffix(".new").write_bytes(b"half")
    FILE.connect(tmp_path).close()


def test_a_file_of_another_program_or_version_is_left_alone(tmp_path):
    path = tmp_path / FILE.name
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 3")
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match=FILE.name):
        FILE.connect(tmp_path)
    assert path.read_bytes() == before
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(ConfigurationError, match=FILE.name):
        FILE.connect(tmp_path)


def test_a_file_of_an_older_version_is_taken_over_once_with_what_it_holds(tmp_path):
    with closing(FILE.connect(tmp_path)) as first, transaction(first):
        first.execute("INSERT INTO things VALUES (7)")
    newer = replace(FILE, version=4, upgrades={3: ("ALTER TABLE things ADD COLUMN two INTEGER NOT NULL DEFAULT 2",)})
    for _ in range(2):
        with closing(newer.connect(tmp_path)) as again:
            assert again.execute("SELECT * FROM things").fetchall() == [(7, 2)]
            assert again.execute("PRAGMA user_version").fetchone() == (4,)
    with pytest.raises(ConfigurationError, match=FILE.name):
        FILE.connect(tmp_path)


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(tmp_path):
    FILE.connect(tmp_path).close()
    newer = replace(FILE, version=4, upgrades={3: ("ALTER TABLE things ADD COLUMN two", "no statement")})
    with pytest.raises(ConfigurationError, match=FILE.name):
        newer.connect(tmp_path)
    with closing(FILE.connect(tmp_path)) as connection:
        assert connection.execute("SELECT * FROM pragma_table_info('things')").fetchall()[1:] == []


def test_a_transaction_that_fails_is_taken_back(tmp_path):
    with closing(FILE.connect(tmp_path)) as connection:
        with pytest.raises(sqlite3.IntegrityError), transaction(connection):
            connection.executemany("INSERT INTO things VALUES (?)", [(1,), (None,)])
        assert connection.execute("SELECT count(*) FROM things").fetchone() == (0,)


def test_a_key_is_made_once_and_a_damaged_one_is_refused(tmp_path):
    key = key_of(tmp_path)
    assert len(key) == 32
    assert key_of(tmp_path) == key
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(ConfigurationError, match="damaged"):
        key_of(tmp_path)
