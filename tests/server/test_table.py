"""A table in memory follows every change, and an old one is never used after damage."""

import os
import sqlite3
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

import pytest

from sekisho.core.errors import AccessFault
from sekisho.server.table import Table

QUERY = "SELECT what FROM stops ORDER BY what"
ADD = "INSERT INTO stops VALUES (?, 'me', '', 1)"


def names(rows):
    if ("broken",) in rows:
        raise AccessFault(why="a row is damaged")
    return [name for (name,) in rows]


def add(table, name, *more):
    with table.change() as connection:
        connection.execute(ADD, (name,))
        for statement in more:
            connection.execute(statement)


@pytest.fixture
def tables(tmp_path):
    """Two of one home, as two processes hold them."""
    both = [Table(tmp_path, QUERY, names) for _ in range(2)]
    yield both
    for table in both:
        table.close()


def test_it_is_what_is_made_of_the_rows(tables):
    assert tables[0].content() == []
    add(tables[0], "office")
    assert tables[0].content() == ["office"]


def test_a_change_is_seen_by_others_at_their_next_look(tables):
    for number in range(5):
        add(tables[0], f"m{number}")
        assert tables[1].content() == tables[1].read() == [f"m{each}" for each in range(number + 1)]


def test_without_a_change_nothing_is_read(tables):
    assert tables[0].content() is tables[0].content()


def test_a_change_that_failed_changes_nothing(tables):
    with pytest.raises(AccessFault):
        add(tables[0], "office", "INSERT INTO nothing VALUES (1)")
    assert [table.content() for table in tables] == [[], []]


def test_while_a_change_is_being_made_the_old_content_holds_and_nobody_waits(tmp_path, tables):
    lock = os.open(tmp_path / "access.lock", os.O_RDWR)
    flock(lock, LOCK_EX)
    tables[0].shared.next_generation()
    assert tables[0].content() == []
    with sqlite3.connect(tmp_path / "access.sqlite") as connection:
        connection.execute(ADD, ("office",))
    connection.close()
    flock(lock, LOCK_UN)
    os.close(lock)
    assert tables[0].content() == ["office"]


def test_rows_that_make_no_sense_are_told_at_every_reading(tables):
    add(tables[0], "broken")
    for ask in (tables[1].content, tables[1].content, tables[1].read):
        with pytest.raises(AccessFault):
            ask()


@pytest.mark.parametrize("broken", [b"\0" * 5000, None])
def test_one_that_cannot_be_opened_leaves_no_descriptor(tmp_path, tables, broken):
    if broken is None:
        add(tables[0], "broken")
    else:
        (tmp_path / "access.sqlite").write_bytes(broken)
    before = shared_files(tmp_path)
    with pytest.raises(AccessFault):
        Table(tmp_path, QUERY, names)
    assert shared_files(tmp_path) == before > 0


def shared_files(home):
    """How often this process has the shared file open."""
    return [file.resolve() for file in Path("/proc/self/fd").iterdir()].count(home / "limits.shared")
