"""Names with a space between their parts."""

import pytest

from sekisho.guards.names_context import Surroundings
from sekisho.guards.names_lexicon import Lexicon, Words
from sekisho.guards.names_spaced import SpacedNames

WORDS = Words.load()
SPACED = SpacedNames(Lexicon(), WORDS, Surroundings.of(WORDS))


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in SPACED.find(text)]


@pytest.mark.parametrize("name", ["藤堂 蒼", "小日向 颯", "東海林 美緒", "張 偉", "長嶺 ひかり"])
def test_a_surname_and_a_given_name_are_one_name(name):
    assert found(f"担当は{name}さんです") == [name]


def test_the_given_name_ends_before_what_follows_it():
    assert found("広瀬 寿美子儀 葬儀") == ["広瀬 寿美子"]
    assert found("長嶺 ひかりが来た") == ["長嶺 ひかり"]


@pytest.mark.parametrize("text", ["佐藤 欠席", "東京 大阪", "商品 一覧", "坂本 龍馬", "佐藤 製薬株式会社"])
def test_other_words_beside_a_space_are_no_names(text):
    assert found(text) == []
