import asyncio
import base64
import random
import sqlite3
from contextlib import closing

import pytest
from tests.provenance.kept import record

from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.provenance.codes import Codes
from sekisho.provenance.indexer import Indexer
from sekisho.provenance.lookup import Lookup
from sekisho.provenance.media.code import AUDIO, DATA, IMAGE, sought
from sekisho.provenance.passages import index as index_module
from sekisho.provenance.passages.index import Passages

ABC = "abcdefghijklmnopqrstuvwxyzあいうえおかきくけこ漢字検証"


def words(letters, seed):
    return "".join(random.Random(seed).choices(ABC, k=letters))


@pytest.fixture
def ledger(tmp_path):
    with closing(Ledger.open(tmp_path, now_ms=lambda: 1_767_225_600_000)) as opened:
        yield opened


@pytest.fixture
def passages(tmp_path):
    with closing(Passages.open(tmp_path)) as opened:
        yield opened


def append(ledger, *records):
    async def all_of_them():
        for one in records:
            await ledger.append(one)

    asyncio.run(all_of_them())


def exchanges(ledger, passages, text):
    return [int(one.exchange) for one in Lookup(ledger, passages).find(text)]


def caught_up(indexer):
    while indexer.step():
        pass


def test_what_is_kept_is_found_and_what_is_not_kept_is_not(ledger, passages):
    append(ledger, record(1, words(200, 1)), record(2, words(200, 2), kept=False))
    assert Indexer(ledger, passages).step() is False
    assert passages.next == 2
    assert exchanges(ledger, passages, words(200, 1)) == [1]
    assert exchanges(ledger, passages, words(200, 2)) == []


def test_small_steps_together_take_in_all(ledger, passages):
    append(ledger, *[record(number, words(100, number)) for number in range(25)])
    indexer = Indexer(ledger, passages)
    assert [(indexer.step(), passages.next) for _ in range(4)] == [(True, 10), (True, 20), (False, 25), (False, 25)]
    assert all(exchanges(ledger, passages, words(100, number)) == [number] for number in range(25))


def test_erased_contents_are_found_no_more_at_once_and_leave_the_files_with_the_next_tidying(ledger, passages):
    append(ledger, *[record(number, words(200, number)) for number in range(3)])
    indexer = Indexer(ledger, passages)
    caught_up(indexer)
    passages.settle(1)
    ledger.erase(f"{1:026}")
    assert exchanges(ledger, passages, words(200, 1)) == []
    caught_up(indexer)
    assert passages.gone == 1
    indexer.tidy()
    assert passages.gone == 0
    assert exchanges(ledger, passages, words(200, 2)) == [2]


def test_purging_takes_no_more_than_a_tenth_of_the_time(ledger, passages):
    now = [0.0]
    spent = []
    indexer = Indexer(ledger, passages, clock=lambda: now[0])

    def purge():
        spent.append(now[0])
        now[0] += 60

    def erased(number):
        append(ledger, record(number, words(200, number)))
        caught_up(indexer)
        passages.settle(1)
        ledger.erase(f"{number:026}")
        caught_up(indexer)

    passages.purge = purge
    for number in range(4):
        erased(number)
        indexer.tidy()
        now[0] += 200
    assert spent == [0.0, 660.0 + 0.0]


def test_a_content_erased_before_it_was_taken_in_never_comes_in(ledger, passages):
    append(ledger, record(1, words(200, 1)))
    ledger.erase(f"{1:026}")
    caught_up(Indexer(ledger, passages))
    assert passages.find(words(200, 1), lambda _: (words(200, 1),)) == []


def test_entries_of_any_kind_are_passed_over(ledger, passages):
    others = [b'{"kind":"gap"}', b"[]", b'"text"', b"no JSON", b'{"kind":"exchange"}']
    append(ledger, *[Record(f"{at:026}", one, b"{}") for at, one in enumerate(others)], record(9, words(100, 9)))
    caught_up(Indexer(ledger, passages))
    assert passages.next == 6
    assert exchanges(ledger, passages, words(100, 9)) == [9]


def test_a_content_that_was_tampered_with_is_passed_over_and_told(tmp_path, ledger, passages, caplog):
    append(ledger, record(1, words(200, 1)), record(2, words(200, 2)))
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection:
        connection.execute("UPDATE contents SET sealed = x'00' WHERE position = 0")
        connection.commit()
    caught_up(Indexer(ledger, passages))
    assert exchanges(ledger, passages, words(200, 2)) == [2]
    assert "cannot be looked up" in caplog.text


def test_without_room_on_the_disk_a_step_fails_whole_and_is_done_again(ledger, passages, monkeypatch):
    append(ledger, record(1, words(200, 1)), record(2, words(200, 2)))
    indexer = Indexer(ledger, passages)

    def full(connection, rows):
        real(connection, rows[:1])
        raise sqlite3.OperationalError("database or disk is full")

    real = index_module.store.add
    with monkeypatch.context() as patched:
        patched.setattr(index_module.store, "add", full)
        with pytest.raises(sqlite3.OperationalError):
            indexer.step()
    assert passages.next == 0
    assert exchanges(ledger, passages, words(200, 1)) == []
    caught_up(indexer)
    assert exchanges(ledger, passages, words(200, 1)) == [1]


def test_an_index_can_be_made_anew_at_any_time(tmp_path, ledger, passages):
    append(ledger, *[record(number, words(200, number)) for number in range(3)])
    caught_up(Indexer(ledger, passages))
    with closing(Passages.open(tmp_path)) as another:
        another.clear()
    assert (passages.next, exchanges(ledger, passages, words(200, 1))) == (0, [])
    caught_up(Indexer(ledger, passages))
    assert exchanges(ledger, passages, words(200, 1)) == [1]


def coded(kind, seed, body=None):
    return "ISCC:" + base64.b32encode(kind + (body or bytes([seed]) * 32)).decode().rstrip("=")


CODES = [coded(IMAGE, 3), coded(IMAGE, 200)]


def test_codes_are_taken_in_and_erased_ones_are_found_no_more(ledger, passages, tmp_path):
    with closing(Codes.open(tmp_path)) as codes:
        append(ledger, record(1, codes=CODES[:1]), record(2, words(200, 1)), record(3, codes=CODES[1:], kept=False))
        caught_up(Indexer(ledger, passages, codes))
        lookup = Lookup(ledger, passages, codes)
        assert [int(one.exchange) for one in lookup.coded(CODES)] == [1]
        ledger.erase(f"{1:026}")
        assert lookup.coded(CODES) == []  # the content decides, before the index has heard of it
        assert codes.near([sought(CODES[0])])
        caught_up(Indexer(ledger, passages, codes))
        assert codes.near([sought(CODES[0])]) == []


def test_a_file_is_told_by_the_code_that_says_most_and_never_by_one_of_another_kind(ledger, passages, tmp_path):
    with closing(Codes.open(tmp_path)) as codes:
        append(ledger, record(1, codes=[coded(AUDIO, 3), coded(DATA, 90)]), record(2, codes=[coded(IMAGE, 77)]))
        caught_up(Indexer(ledger, passages, codes))
        lookup = Lookup(ledger, passages, codes)

        def told(*asked):
            return [(int(one.exchange), one.result, one.share) for one in lookup.coded(asked)]

        assert told(coded(AUDIO, 3), coded(DATA, 200)) == [(1, "sound", 1.0)]
        assert told(coded(AUDIO, 3), coded(DATA, 0, bytes([90]) * 31 + b"\0")) == [(1, "media", 1 - 4 / 256)]
        assert told(coded(IMAGE, 77)) == [(2, "picture", 1.0)]
        assert told(coded(DATA, 77)) == told(coded(IMAGE, 3)) == told(coded(AUDIO, 90)) == []
        with pytest.raises(ValueError, match="not a code"):
            lookup.coded([coded(b"\x20\x07", 3)])
