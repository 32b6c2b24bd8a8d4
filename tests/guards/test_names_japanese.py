"""Names in kanji and kana."""

import pytest

from sekisho.guards.names import names
from sekisho.guards.names_context import Shape, Sign

JAPANESE = names.japanese


def one(text: str) -> tuple[str, Shape, Sign]:
    (name,) = JAPANESE.find(text)
    return text[name.start : name.end], name.shape, name.sign


@pytest.mark.parametrize(
    ("text", "name", "shape"),
    [
        ("山田太郎さん", "山田太郎", Shape.FULL),
        ("佐々木颯真くん", "佐々木颯真", Shape.LIKELY),
        ("田中さん", "田中", Shape.SURNAME),
        ("ジョン・スミス氏", "ジョン・スミス", Shape.FOREIGN),
        ("千葉さん", "千葉", Shape.TOWN),
    ],
)
def test_the_shape_says_what_a_name_is_made_of(text, name, shape):
    assert one(text) == (name, shape, Sign.TITLE)


def test_a_given_name_of_our_days_that_no_dictionary_holds_is_known_by_its_characters():
    assert one("颯真くんが笑った")[0] == "颯真"
    assert one("娘の美桜が笑った")[0] == "美桜"


def test_a_reading_after_its_label_is_a_name():
    assert one("フリガナ:オオタニ ショウゴ")[0] == "オオタニ ショウゴ"


def test_a_text_without_kana_or_kanji_is_not_read():
    assert JAPANESE.find("Taro Yamada") == []


def test_the_same_name_is_found_in_every_piece_of_a_long_text():
    text = "山田太郎さんが来た。" * 1_000
    assert len(JAPANESE.find(text)) == 1_000


def test_names_in_a_list_support_each_other():
    alone, listed = (JAPANESE.find(text)[0].score for text in ("佐藤。", "佐藤、鈴木、高橋。"))
    assert alone < 0.5 <= listed
