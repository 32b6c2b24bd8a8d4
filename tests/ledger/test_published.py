import pytest

from sekisho.core.errors import LedgerFault
from sekisho.ledger import published


def test_what_is_published_is_read_back_and_replaced(tmp_path):
    assert published.read(tmp_path) is None
    for note in ("one\n", "二\n"):
        published.write(tmp_path, note)
        assert published.read(tmp_path) == note
    assert [file.name for file in tmp_path.iterdir()] == [published.FILE]


def test_a_file_that_cannot_be_used_is_a_fault(tmp_path):
    with pytest.raises(LedgerFault):
        published.write(tmp_path / "nowhere", "note\n")
    (tmp_path / published.FILE).write_bytes(b"\xff")
    with pytest.raises(LedgerFault):
        published.read(tmp_path)
