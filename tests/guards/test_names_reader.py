"""The second opinion on names."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.exchange import Stage
from sekisho.core.text import Text
from sekisho.guards import encoder, names_reader
from sekisho.guards.inspector import Inspector
from sekisho.guards.names import CATEGORY, names
from sekisho.guards.names_lexicon import Words
from sekisho.guards.names_reader import MARKS, SHIFT, WIDE, Reader, Word, evidence, marked, passages
from sekisho.guards.protocol import Context

LEXICON = Words.load().lexicon()
DOUBTFUL = "昨日は高松が来た。"  # a person or a town: the signs alone are not sure
SURE = "氏名:中村 美咲"
ENTRY = Context(Stage.ENTRY, "user", "")


class Engine:
    """Says of the words it is given whether they belong to names, and remembers what it was asked."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.asked: list[str] = []

    def _sparse_raw(self, text: str, _most: int):
        self.asked.append(text)
        parts = [(MARKS.index(sign), text[at + 1 :]) for at, sign in enumerate(text) if sign in MARKS]
        named = [unit for unit, rest in parts if rest.startswith(self.known)]
        units = [unit + kind * len(MARKS) for unit in named for kind in range(3)]
        return np.asarray(units, np.int32), np.full(len(units), SHIFT + 5.0, np.float32)


def reader(*known: str) -> Reader:
    return Reader(LEXICON, lambda: Engine(*known))


def guard(second: Reader | None):
    return replace(names, second=second)


def found(told, text):
    return [text[one.start : one.end] for one in told if one.category == CATEGORY and one.score >= 0.5]


@given(st.text(st.sampled_from("あ山田。\n! ab,"), max_size=900))
def test_passages_are_the_whole_text_and_none_is_too_long(value):
    places = list(passages(value))
    assert "".join(value[begin:end] for begin, end in places) == value
    assert all(0 < end - begin <= WIDE for begin, end in places)


def test_a_passage_ends_where_a_sentence_does():
    value = "あ" * 50 + "。" + "い" * 50
    assert list(passages(value)) == [(0, 51), (51, 101)]


@given(st.text(st.sampled_from("山田花子さんがはのタロウ。\n 12ab" + MARKS[:3]), max_size=WIDE))
def test_letters_stand_in_front_of_words_and_nothing_else_changes(value):
    text, places = marked(value, 0, len(value), LEXICON)
    letters = [at for at, sign in enumerate(text) if sign in MARKS]
    assert [text[at] for at in letters] == list(MARKS[: len(places)])
    assert [at - number for number, at in enumerate(letters)] == [start for start, _ in places]
    bare = "".join(sign for sign in text if sign not in MARKS)
    assert bare == "".join("?" if sign in MARKS else "/" if sign == "\n" else sign for sign in value)


def test_words_that_only_join_others_have_no_letter():
    value = "田中さんは東京へ行きました。"
    _, places = marked(value, 0, len(value), LEXICON)
    assert [value[first:last] for first, last in places] == ["田中", "東京", "行き"]


def test_of_a_passage_with_many_words_the_first_have_letters():
    value = "山、" * 40
    text, places = marked(value, 0, WIDE, LEXICON)
    assert len(places) == len(MARKS)
    assert text.endswith("山、" * (40 - len(MARKS)))


def test_each_letter_is_one_token_of_the_engine():
    engine = import_module(encoder.PACKAGE).E5(num_threads=1)
    bare = engine.token_count("は田中さん")
    assert {engine.token_count(f"は{mark}田中さん") for mark in MARKS} == {bare + 1}


def test_what_is_not_a_letter_of_the_engine_has_the_least_logits():
    value = "高松と中村が来た"
    told = reader("高松").read(value, 0, len(value))
    assert [value[one.start : one.end] for one in told] == ["高松", "中村", "来"]
    assert told[0][2:] == (5.0, 5.0, 5.0)
    assert told[1][2:] == (-SHIFT, -SHIFT, -SHIFT)


def test_words_of_one_name_are_one_and_names_beside_each_other_are_two():
    value = "花立 結翔、早苗三郎"
    words = [Word(0, 2, 3, 3, -3), Word(3, 5, 3, -3, 3), Word(6, 8, 3, 3, 3), Word(8, 10, 3, 3, 3)]
    assert names_reader.names(value, words) == [(0, 5), (6, 8), (8, 10)]
    assert names_reader.names(value, [word._replace(name=-1.0) for word in words]) == []


def test_what_speaks_for_a_place_is_its_weakest_word_and_its_weaker_edge():
    words = [Word(0, 2, 4, 3, -3), Word(2, 4, 2, -3, 1), Word(5, 6, -5, -5, -5)]
    assert evidence(words, 0, 4) == (2, 1)
    assert evidence(words, 0, 2) == (4, -3)
    assert evidence(words, 1, 4) == (2, -SHIFT)  # within a word nothing begins
    assert evidence(words, 0, 6) == (-5, -5)
    assert evidence(words, 6, 8) == (-SHIFT, -SHIFT)


async def test_it_is_asked_where_the_first_opinion_is_in_doubt_and_nowhere_else():
    for text, stage, asked in ((DOUBTFUL, Stage.ENTRY, 1), (SURE, Stage.ENTRY, 0), (DOUBTFUL, Stage.EXIT, 0)):
        second = reader("高松")
        told = await guard(second).inspect(Text(text), Context(stage, "user", ""))
        assert len(second.engine.asked) == asked, (text, stage)
        if asked:
            assert found(told, text) == ["高松"]
        assert names.asks(Text(text), stage) == bool(asked)


async def test_it_acquits_and_it_finds_what_no_candidate_was():
    assert found(await guard(reader()).inspect(Text(DOUBTFUL), ENTRY), DOUBTFUL) == []
    more = DOUBTFUL + "おかずは京都が作る。"
    assert "京都" in found(await guard(reader("高松", "京都")).inspect(Text(more), ENTRY), more)


async def test_in_a_long_text_the_passages_with_doubt_are_read_and_no_more_than_four():
    second = reader("高松")
    text = "よく晴れた日だった。" * 60 + DOUBTFUL + "よく晴れた日だった。" * 60
    told = await guard(second).inspect(Text(text), ENTRY)
    assert len(second.engine.asked) == 1
    assert found(told, text) == ["高松"]
    second = reader("高松")
    await guard(second).inspect(Text((DOUBTFUL + "よく晴れた日だった。" * 15) * 9), ENTRY)
    assert len(second.engine.asked) == 4


class Late(Reader):
    """A second opinion that comes only when the test lets it."""

    def __init__(self) -> None:
        super().__init__(LEXICON, Engine)
        self.may_speak = threading.Event()
        self.own = ThreadPoolExecutor(1)

    @property
    def thread(self) -> ThreadPoolExecutor:
        return self.own

    def read(self, value, begin, end):
        self.may_speak.wait(300)
        return super().read(value, begin, end)


@pytest.mark.parametrize(("text", "note"), [(DOUBTFUL, ""), ("岡山の話をする。", "late")])
async def test_where_it_is_late_the_first_stands_and_the_text_does_not_pass_for_one_without_names(text, note):
    second = Late()
    inspector = Inspector((guard(second),), budget_s=1.0)
    try:
        told = await inspector.ask(Text(text), ENTRY)
    finally:
        second.may_speak.set()
        second.own.shutdown()
    assert [(one.category, one.note) for one in told] == [(CATEGORY, note)]
    assert (told == guard(None).findings(Text(text))) == (not note)


async def test_one_that_fails_is_a_fault():
    def broken():
        raise OSError("no model")

    told = await Inspector((guard(Reader(LEXICON, broken)),), budget_s=60.0).ask(Text(DOUBTFUL), ENTRY)
    assert [(one.category, one.note) for one in told] == [("fault.guard", "OSError")]


def test_units_that_the_engine_cannot_read_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(names_reader, "UNITS", tmp_path / "none.bin")
    with pytest.raises(ValueError, match="was not read"):
        names_reader.engine()


def test_hostile_texts_are_read():
    engine = Reader(LEXICON)
    for text in ("", "\0" * 5, "\ufdfa" * 100, "\ud800山", MARKS * 2, "𠮷" * 160, "山\n" * 80, "🙂" * 160):
        value = Text(text).normalised.value
        told = engine.read(value, 0, min(len(value), WIDE))
        assert all(-SHIFT <= logit < 60 for one in told for logit in one[2:])
