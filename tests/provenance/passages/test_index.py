import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.provenance.index_file import KEY_FILE
from sekisho.provenance.passages import store
from sekisho.provenance.passages.alignment import BLOCK
from sekisho.provenance.passages.beginnings import PARTS
from sekisho.provenance.passages.index import CANDIDATES, Passages

ABC = "abcdefghijklmnopqrstuvwxyzあいうえおかきくけこ漢字検証"


def words(letters, seed):
    return "".join(random.Random(seed).choices(ABC, k=letters))


TEXTS = {number: words(200 + number, number) for number in range(40)}


def stored(number):
    return (TEXTS[number],) if number in TEXTS else ()


@pytest.fixture
def index(tmp_path):
    with closing(Passages.open(tmp_path)) as opened:
        yield opened


def numbers(index, text, read=stored):
    return [one.text for one in index.find(text, read)]


def test_an_index_begins_empty_and_keeps_what_its_user_notes(tmp_path, index):
    assert index.next == 0
    assert index.find(TEXTS[1], stored) == []
    index.change(7, add=[(1, TEXTS[1])])
    with closing(Passages.open(tmp_path)) as again:
        assert again.next == 7
        assert numbers(again, TEXTS[1]) == [1]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir() if path.suffix != ".lock"} == {0o600}


def both(number):
    return {1: (TEXTS[1],), 2: (TEXTS[2] + TEXTS[1][:90],)}[number]


def test_the_same_text_is_told_from_one_that_shares_a_part(index):
    index.change(2, add=[(1, TEXTS[1]), (2, TEXTS[2] + TEXTS[1][:90])])
    (same,) = index.find("> " + TEXTS[1].upper()[:100] + ",\n> " + TEXTS[1].upper()[100:], both)
    assert (same.text, same.same, same.given, same.stored) == (1, True, 1.0, 1.0)
    first, second = index.find(TEXTS[1] + "とその続き", both)
    assert (first.text, first.same) == (1, False)
    assert first.given > 0.95
    assert second.text == 2
    assert 0.4 < second.given < 0.5


def test_spans_are_offsets_in_the_text_as_it_was_given(index):
    index.change(1, add=[(1, TEXTS[1])])
    text = "🎌 前置き。" + TEXTS[1][50:130] + "、そして後書き!"
    (match,) = index.find(text, stored)
    (span,) = match.spans
    assert text[span.start : span.end] in TEXTS[1][50:130]
    assert (type(span.start), type(span.end), type(match.text)) == (int, int, int), "so that they can be sent on"
    assert span.end - span.start > 80 - 2 * BLOCK


def test_a_character_is_marked_only_with_all_that_belongs_to_it(index):
    stored = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんあいうかく"
    index.change(1, add=[(1, stored)])
    for end in range(40, 50):
        text = stored[:end] + "が" + "ずべて別の文章が続きます"
        (match,) = index.find(text, lambda _: (stored,))
        assert "が" not in "".join(text[span.start : span.end] for span in match.spans)


def test_a_text_under_a_number_may_have_several_parts(index):
    index.change(1, add=[(1, TEXTS[1] + "\n" + TEXTS[2])])
    (match,) = index.find(TEXTS[2], lambda _: (TEXTS[1], TEXTS[2]))
    assert (match.text, match.part, match.same) == (1, 1, True)


def test_what_the_reader_no_longer_has_is_no_match(index):
    index.change(1, add=[(1, TEXTS[1])])
    assert numbers(index, TEXTS[1], lambda _: ()) == []


def test_what_the_index_claims_counts_only_as_far_as_the_texts_agree(index):
    index.change(1, add=[(1, TEXTS[1])])
    assert numbers(index, TEXTS[1], lambda _: (TEXTS[2],)) == []


def test_a_short_text_is_found_whole_and_one_that_anybody_says_is_not(index):
    texts = {1: ("申請は市役所二階の窓口で月曜から受け付けます",), 2: ("はい、わかりました",)}
    index.change(3, add=[(number, one) for number, (one,) in texts.items()])
    assert numbers(index, "申請は、市役所 二階の窓口で(月曜から)受け付けます。", texts.get) == [1]
    assert numbers(index, "はい、わかりました。", texts.get) == []


def test_of_many_equal_texts_some_are_named_the_earliest_first(index):
    index.change(50, add=[(number, TEXTS[0]) for number in range(50)])
    found = index.find(TEXTS[0], lambda _: (TEXTS[0],))
    assert len(found) == CANDIDATES
    assert [one.text for one in found] == list(range(CANDIDATES))
    assert all(one.same for one in found)
    assert len(index.find(TEXTS[0][20:120], lambda _: (TEXTS[0],))) == CANDIDATES


@pytest.mark.parametrize("levels", [(100, 100), (1, 100), (1, 1)])
def test_texts_are_found_and_erased_in_every_level(index, levels):
    index.change(40, add=TEXTS.items())
    index.settle(*levels)
    for number in (0, 17, 39):
        assert numbers(index, TEXTS[number][30:150])[0] == number
    index.change(41, erase=[17])
    assert numbers(index, TEXTS[17]) == []
    assert numbers(index, TEXTS[18]) == [18]
    assert index.gone == (1 if levels[0] == 1 else 0)
    index.purge()
    assert index.gone == 0
    index.change(42, add=[(17, TEXTS[17])])
    assert numbers(index, TEXTS[17]) == [17]


def test_another_connection_sees_what_was_added_settled_and_erased(tmp_path, index):
    with closing(Passages.open(tmp_path)) as reader:
        index.change(1, add=[(1, TEXTS[1])])
        assert numbers(reader, TEXTS[1]) == [1]
        index.change(2, add=[(2, TEXTS[2])])
        assert numbers(reader, TEXTS[2]) == [2]
        index.settle(1)
        assert numbers(reader, TEXTS[1]) == [1]
        index.change(3, add=[(3, TEXTS[3])], erase=[1])
        assert (numbers(reader, TEXTS[1]), numbers(reader, TEXTS[3])) == ([], [3])


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, 15), max_size=6), st.lists(st.integers(0, 39), max_size=8, unique=True))
def test_it_does_not_matter_in_which_portions_texts_come_nor_when_they_settle(tmp_path_factory, cuts, erased):
    home = tmp_path_factory.mktemp("portions")
    (home / "a").mkdir()
    (home / "b").mkdir()
    with closing(Passages.open(home / "a")) as at_once:
        shutil.copy(home / "a" / KEY_FILE, home / "b" / KEY_FILE)
        with closing(Passages.open(home / "b")) as portions:
            at_once.change(40, add=TEXTS.items(), erase=erased)
            left = list(TEXTS.items())
            for cut in [*cuts, 40]:
                portions.change(40 - len(left), add=left[:cut])
                portions.change(40 - len(left), add=left[:cut])  # repeated, as after a crash
                portions.settle(4, 16)
                left = left[cut:]
            portions.change(40, erase=erased)
            for number in (0, 13, 39):
                assert portions.find(TEXTS[number], stored) == at_once.find(TEXTS[number], stored)


def test_a_change_that_fails_changes_nothing(index):
    with pytest.raises(OverflowError):
        index.change(9, add=[(1, TEXTS[1]), (-(2**70), TEXTS[2])])
    assert index.next == 0
    assert index.find(TEXTS[1], stored) == []


def test_no_text_stands_in_the_files_and_another_key_finds_nothing(tmp_path, index):
    text = "この文は索引のどこにも書かれていないはずです。The index holds no text at all."
    index.change(1, add=[(1, text)])
    index.settle(1, 1)
    index.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for piece in ("索引の", "holds", "index"):
        assert piece.encode() not in kept
        assert piece.encode("utf-32-le") not in kept
    (tmp_path / KEY_FILE).unlink()
    with closing(Passages.open(tmp_path)) as stolen:
        assert stolen.find(text, lambda _: (text,)) == []


def test_a_damaged_key_or_another_file_is_refused(tmp_path):
    (tmp_path / KEY_FILE).write_bytes(b"short")
    (tmp_path / KEY_FILE).chmod(0o600)
    with pytest.raises(ConfigurationError):
        Passages.open(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / store.FILE.name).write_bytes(b"not a database, but long enough to be taken for the page of one" * 20)
    with pytest.raises(ConfigurationError):
        Passages.open(other)


@pytest.fixture
def asked(monkeypatch):
    """How many fingerprints were looked up, each time."""
    counts = []
    postings = Passages._postings
    monkeypatch.setattr(
        Passages, "_postings", lambda index, hashes: [counts.append(len(hashes)), postings(index, hashes)][1]
    )
    return counts


def test_a_third_of_a_long_text_is_enough_where_nearly_all_of_it_lies_within_a_stored_one(index, asked):
    text = words(1500, 90)
    index.change(1, add=[(1, text), (2, words(700, 91) + text[300:700])])
    found = index.find(text + words(60, 92), lambda number: {1: (text,), 2: (words(700, 91) + text[300:700],)}[number])
    assert [one.text for one in found] == [1, 2]
    third = sum(asked)
    asked.clear()
    half = index.find(text[:800] + words(800, 93), lambda number: (text,))
    assert [one.text for one in half] == [1, 2]
    assert third < 0.5 * sum(asked)


def test_a_piece_in_a_long_text_is_found_wherever_it_stands(index):
    text = words(300, 94)
    index.change(1, add=[(1, text)])
    for at in range(0, 200, 7):
        given = words(700, 95) + text[at : at + 60] + words(700, 96)
        assert numbers(index, given, lambda number: (text,)) == [1]


def test_an_index_of_version_1_is_taken_over_and_finds_before_and_after_it_settles(tmp_path, index):
    index.change(20, add=[(number, TEXTS[number]) for number in range(20)])
    index.settle(1, 1)
    index.change(40, add=[(number, TEXTS[number]) for number in range(20, 40)])
    index.settle(1, 100)
    with closing(sqlite3.connect(tmp_path / store.FILE.name)) as file:
        file.executescript("DROP TABLE begun; ALTER TABLE state DROP COLUMN marks; PRAGMA user_version = 1;")
    with closing(Passages.open(tmp_path)) as first, closing(Passages.open(tmp_path)) as second:
        for number in (3, 33):
            assert numbers(first, TEXTS[number][20:150]) == [number]
        second.settle()
        with closing(sqlite3.connect(tmp_path / store.FILE.name)) as file:
            assert file.execute("SELECT count(*) FROM begun WHERE bits <> x'00'").fetchone()[0] > PARTS
        for number in (3, 33):
            assert numbers(first, TEXTS[number][20:150]) == [number]


def test_rows_are_read_only_where_a_fingerprint_may_be(index, monkeypatch):
    index.change(40, add=[(number, TEXTS[number]) for number in range(40)])
    index.settle(1, 1)
    read = []
    look_up = store.look_up
    monkeypatch.setattr(store, "look_up", lambda *given: [read.append(len(given[2])), look_up(*given)][1])
    assert numbers(index, TEXTS[5][:150]) == [5]
    there = sum(read)
    read.clear()
    assert numbers(index, words(150, 97)) == []
    assert sum(read) < there
    index.clear()
    read.clear()
    assert numbers(index, TEXTS[5][:150]) == []
    assert sum(read) == 0
