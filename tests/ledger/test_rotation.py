import asyncio
import shutil
from contextlib import closing

import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.ledger import keychange, published, rotation
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Record
from sekisho.ledger.rotation import HISTORY, NEXT, changes, check, keys, read, rotate, signing
from sekisho.ledger.signer import FILE, Signer

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


def test_over_a_database_the_other_machines_are_told_and_go_on_with_the_copied_key(tmp_path, database):
    homes = [tmp_path / name for name in ("one", "two")]
    for home in homes:
        home.mkdir(mode=0o700)
    first, second = homes
    old = Signer.open(first, "log.example")
    stored(first, database, old, "A")
    for name in ("master.key", FILE):
        shutil.copy2(first / name, second / name)
    change = rotate(first, database, TIME)
    new = Signer.open(first)
    with closing(Ledger.open(second, database=database, signer=old)) as log:
        assert changes(log) == [change]
        with pytest.raises(ConfigurationError, match="not the log's newest key"):
            check(log, old)
    for name in (FILE, HISTORY):
        shutil.copy2(first / name, second / name)
    logged_there = stored(second, database, Signer.open(second), "B")
    assert Checkpoint.opened(logged_there.checkpoint, new.verifier).size == 3
    with closing(Ledger.open(first, database=database, signer=new)) as log:
        assert [one.key for one in keys(log, new)] == [old.verifier, new.verifier]
        assert log.audit().size == 3


def stored(directory, database, signer, exchange):
    with closing(Ledger.open(directory, database=database, signer=signer)) as log:
        return asyncio.run(log.append(Record(exchange, b'{"id":"%b"}' % exchange.encode())))


def test_a_change_over_a_database_that_was_broken_off_is_finished(tmp_path, database, monkeypatch):
    old = Signer.open(tmp_path, "log.example")
    stored(tmp_path, database, old, "A")
    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_replace", broken)
        with pytest.raises(OSError, match="no room"):
            rotate(tmp_path, database, TIME)
    change = rotate(tmp_path, database, TIME)
    with closing(Ledger.open(tmp_path, database=database)) as log:
        assert (changes(log), log.size) == ([change], 2)
    assert Signer.open(tmp_path).verifier == change.new


def broken(*_):
    raise OSError("no room")
