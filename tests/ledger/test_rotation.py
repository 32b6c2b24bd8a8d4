import asyncio

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keychange, published, rotation
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Record
from sekisho.ledger.rotation import HISTORY, NEXT, changes, check, read, rotate, signing
from sekisho.ledger.signer import Signer

TIME = "2026-04-01T00:00:00.000Z"


def append(directory, signer, exchange):
    ledger = Ledger.open(directory, signer=signer)
    try:
        return asyncio.run(ledger.append(Record(exchange, b'{"id":"%b"}' % exchange.encode())))
    finally:
        ledger.close()


@pytest.fixture
def home(tmp_path):
    append(tmp_path, Signer.open(tmp_path, "log.example"), "A")
    return tmp_path


def logged(directory):
    ledger = Ledger.open(directory)
    try:
        return changes(ledger), ledger.size
    finally:
        ledger.close()


def test_a_change_is_an_entry_and_the_new_key_signs_from_then_on(home):
    old = Signer.open(home)
    (home / published.FILE).write_text("of the old key")
    change = rotate(home, "", TIME)
    new = Signer.open(home)
    assert (change.old, change.new, change.size) == (old.verifier, new.verifier, 1)
    assert new.name == old.name
    assert logged(home) == ([change], 2)
    assert read(home) == [change]
    assert Checkpoint.opened(append(home, new, "B").checkpoint, new.verifier).size == 3
    assert not (home / NEXT).exists()
    assert not (home / published.FILE).exists()
    assert (home / "signer.key").stat().st_mode & 0o777 == 0o600


def test_changes_follow_one_another(home):
    made = [rotate(home, "", TIME) for _ in range(3)]
    assert read(home) == made
    assert len(keychange.known(made[0].old, made)) == 4


def test_nothing_is_changed_while_somebody_signs(home):
    before = (home / "signer.key").read_bytes()
    with signing(home), signing(home), pytest.raises(ConfigurationError, match="stop it first"):
        rotate(home, "", TIME)
    assert (home / "signer.key").read_bytes() == before
    rotate(home, "", TIME)


def test_without_a_key_none_is_made(tmp_path):
    with pytest.raises(ConfigurationError, match="no key yet"):
        rotate(tmp_path, "", TIME)
    assert not (tmp_path / NEXT).exists()


@pytest.mark.parametrize("where", ["append", "history"])
def test_a_change_that_was_broken_off_is_done_once_when_it_is_repeated(home, monkeypatch, where):
    """Broken off before the entry, and after it."""

    def broken(*_):
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_append" if where == "append" else "_replace", broken)
        with pytest.raises(OSError, match=r"^$"):
            rotate(home, "", TIME)
    half = Signer.open(home, "", NEXT)
    ledger = Ledger.open(home)
    if where == "history":
        with pytest.raises(ConfigurationError, match="rotate-key"):
            check(ledger, Signer.open(home))
    else:
        assert check(ledger, Signer.open(home)) == []
    ledger.close()
    change = rotate(home, "", TIME)
    assert change.new == half.verifier == Signer.open(home).verifier
    assert logged(home) == ([change], 2)


def test_a_home_without_changes_has_no_history(home):
    assert read(home) == []
    assert not (home / HISTORY).exists()
