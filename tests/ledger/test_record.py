"""What goes into the ledger and comes back cannot be changed, and keeps nothing unasked."""

from dataclasses import FrozenInstanceError

import pytest

from sekisho.ledger.record import Entry, Logged, Record


def test_a_record_keeps_no_content_and_no_date_unless_it_is_given_one():
    record = Record("e", b"{}")
    assert (record.content, record.keep_until_s) == (None, None)


@pytest.mark.parametrize("field", ["exchange", "statement", "content", "keep_until_s"])
def test_a_record_on_its_way_to_the_disk_cannot_be_changed(field):
    with pytest.raises(FrozenInstanceError):
        setattr(Record("e", b"{}"), field, None)


def test_a_logged_entry_is_the_entry_with_its_proof_behind_it():
    entry, logged = Entry(3, "e", b"l" * 32), Logged(3, "e", b"l" * 32, b"p" * 64, "note")
    assert logged[:3] == entry
    assert logged[3:] == (b"p" * 64, "note")
