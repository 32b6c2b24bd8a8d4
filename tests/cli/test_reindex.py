from contextlib import closing

import pytest
from click.testing import CliRunner

from sekisho.cli.main import sekisho
from sekisho.core.errors import ConfigurationError
from sekisho.ledger.ledger import Ledger
from sekisho.provenance.codes import FILE, Codes
from sekisho.provenance.index_file import KEY_FILE
from sekisho.provenance.passages import store
from sekisho.provenance.passages.index import Passages


@pytest.fixture
def home(tmp_path):
    with closing(Ledger.open(tmp_path)), closing(Passages.open(tmp_path)) as passages:
        passages.change(5, add=[(1, "この文章は索引に入っています。もう一度作り直されるまでは見つかりません。")])
    return tmp_path


def run(home):
    return CliRunner().invoke(sekisho, ["ledger", "reindex", "--home", str(home), "--language", "en"])


def test_the_index_is_emptied_so_that_a_server_makes_it_anew(home):
    result = run(home)
    assert (result.exit_code, result.stderr.startswith("The index for look-ups is empty")) == (0, True)
    with closing(Passages.open(home)) as passages:
        assert passages.next == 0


def test_codes_are_emptied_too(home):
    with closing(Codes.open(home)) as codes:
        codes.change([(1, bytes(34))])
        assert run(home).exit_code == 0
        assert codes.near([bytes(34)]) == []


@pytest.mark.parametrize("name", [store.FILE.name, KEY_FILE, FILE.name])
def test_a_damaged_index_is_replaced(home, name):
    (home / name).write_bytes(b"damaged, whatever it was before" * 300)
    assert run(home).exit_code == 0
    with closing(Passages.open(home)) as passages:
        assert passages.next == 0


def test_where_no_ledger_is_nothing_is_made(tmp_path):
    result = run(tmp_path)
    assert isinstance(result.exception, ConfigurationError)
    assert list(tmp_path.iterdir()) == []
