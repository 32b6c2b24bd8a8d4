"""Rows belong to living processes only."""

import subprocess
import sys

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.server import rows
from sekisho.server.rows import Row

HOLD = """
import sys
from pathlib import Path
from sekisho.server.rows import Row
row = Row(Path(sys.argv[1]))
print(row.number, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def row(tmp_path):
    row = Row(tmp_path)
    yield row
    row.close()


def _holder(directory):
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_two_owners_have_two_rows(tmp_path, row):
    other = Row(tmp_path)
    assert {row.number, other.number} == {0, 1}
    other.close()


def test_a_row_that_was_given_up_is_taken_again(tmp_path, row):
    Row(tmp_path).close()
    other = Row(tmp_path)
    assert other.number == 1
    other.close()


def test_a_row_is_free_as_soon_as_its_process_was_killed(tmp_path, row):
    with _holder(tmp_path) as holder:
        number = int(holder.stdout.readline())
        with row.unowned(number) as unowned:
            assert not unowned
        holder.kill()
    with row.unowned(number) as unowned:
        assert unowned


def test_nobody_takes_a_row_while_it_is_looked_at(tmp_path, row):
    with row.unowned(1) as unowned, _holder(tmp_path) as holder:
        assert unowned
        assert holder.stdout.readline() == "2\n"
        holder.stdin.close()


def test_ones_own_row_is_never_unowned(row):
    with row.unowned(row.number) as unowned:
        assert not unowned


def test_more_processes_than_rows_are_refused(tmp_path, row, monkeypatch):
    monkeypatch.setattr(rows, "ROWS", 1)
    with pytest.raises(ConfigurationError, match="1 worker processes already"):
        Row(tmp_path)
