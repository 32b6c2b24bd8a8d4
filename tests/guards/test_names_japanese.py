"""Names in kanji and kana."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.names import names

JAPANESE = names.japanese


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in JAPANESE.find(text) if one.score >= 0.5]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("看護師の早見が来た。", ["早見"]),
        ("総務部長佐藤、営業課長田中の二名が来た。", ["佐藤", "田中"]),
        ("娘の美桜が笑った", ["美桜"]),
        ("颯真くんが笑った", ["颯真"]),
        ("フリガナ:オオタニ ショウゴ", ["オオタニ ショウゴ"]),
        ("乾物川さんから電話がありました。", ["乾物川"]),
        ("佐藤と鈴木が話した。", ["佐藤", "鈴木"]),
        ("ジョン・スミス氏が来た。", ["ジョン・スミス"]),
    ],
)
def test_names_are_found_behind_roles_before_titles_and_in_lists(text, wanted):
    assert found(text) == wanted


@pytest.mark.parametrize("text", ["佐藤商店で買う。", "株式会社佐藤", "徳川家康とは誰ですか。"])
def test_firms_and_persons_of_history_are_none(text):
    assert found(text) == []


def test_a_text_without_kana_or_kanji_is_not_read():
    assert JAPANESE.find("Taro Yamada") == []


def test_the_same_name_is_found_in_every_piece_of_a_long_text():
    text = "山田太郎さんが来た。" * 1_000
    assert len(JAPANESE.find(text)) == 1_000


@given(st.text("佐藤太郎さん、。の山田ひかるカナ・ 1(", max_size=40))
def test_names_are_within_the_text_in_order_and_apart(text):
    found = JAPANESE.find(text)
    assert all(0 <= one.start < one.end <= len(text) and 0 < one.score <= 0.97 for one in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
