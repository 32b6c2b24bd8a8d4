"""Which parts of a text are read for names."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.names_gate import Gate
from sekisho.guards.names_lexicon import Words
from sekisho.guards.names_lists import Marks

WORDS = Words.load()
GATE = Gate(WORDS.lexicon(), WORDS)
SIGNALS = Marks([WORDS.lists["signals"]])


def parts(text: str) -> list[str]:
    return [text[begin:end] for begin, end in GATE.parts(text, SIGNALS.places(text)[0])]


@pytest.mark.parametrize(
    "text",
    [
        "佐藤に聞いた",
        "健太が泣いた",
        "林さんが来た",
        "担当:林",
        "ジョンに会った",
        "王偉に渡す",
        "林 桜",
        "弟の蓮が泣いた",
        "真境名に聞いた",
        "水道課の下地です",
        "芽株を袰月に渡す",
    ],
)
def test_a_part_with_a_name_a_title_or_a_label_is_read(text):
    assert parts(text) == [text]


@pytest.mark.parametrize("text", ["今日は天気が良い。", "原因を調べて直す。", "The weather is fine.", ""])
def test_a_text_without_any_is_not(text):
    assert parts(text) == []


def test_only_the_part_around_a_name_is_read_with_the_marks_before_it():
    assert parts("今日は晴れ。明日は雨、佐藤が来る。雪も降る。") == ["、佐藤が来る"]


def test_parts_that_touch_are_one():
    assert parts("天気だ。佐藤、鈴木、高橋。天気だ。") == ["。佐藤、鈴木、高橋"]


@given(st.text("佐藤田中さん。、晴れた日:王 \n", max_size=40))
def test_parts_are_in_order_and_apart(text):
    places = list(GATE.parts(text, SIGNALS.places(text)[0]))
    assert all(0 <= begin < end <= len(text) for begin, end in places)
    assert all(left[1] < right[0] for left, right in pairwise(places))
