"""Names that are announced."""

import pytest

from sekisho.guards.names_announced import AnnouncedNames
from sekisho.guards.names_lexicon import Lexicon, Words

ANNOUNCED = AnnouncedNames(Lexicon(), Words.load())


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in ANNOUNCED.find(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("フリガナ:オオタニ ショウゴ", "オオタニ ショウゴ"),
        ("契約者名:山田太郎", "山田太郎"),
        ("娘の心春が笑った", "心春"),
        ("けんじは約束を守らない", "けんじ"),
        ("そうたくんに会った", "そうた"),
        ("株木と申します", "株木"),
        ("瀬良より電話がありました", "瀬良"),
    ],
)
def test_a_label_a_relative_or_a_form_of_address_announces_a_name(text, name):
    assert found(text) == [name]


@pytest.mark.parametrize(
    "text", ["氏名:必須", "氏名|出欠", "娘のことが心配", "おまわりさん", "本社より連絡", "くんくんと鳴く"]
)
def test_words_that_are_no_names_are_left_alone(text):
    assert found(text) == []


def test_how_a_name_is_read_stands_in_brackets_behind_it():
    text = "フリガナ:オオタニ ショウゴ(おおたに しょうご)"
    named = ANNOUNCED.find(text)
    assert [text[one.start : one.end] for one in ANNOUNCED.read(text, named)] == ["おおたに しょうご"]
