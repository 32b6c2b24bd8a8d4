"""Names of several parts in katakana."""

import pytest

from sekisho.guards.names_context import Surroundings
from sekisho.guards.names_foreign import ForeignNames
from sekisho.guards.names_lexicon import Lexicon, Words

WORDS = Words.load()
FOREIGN = ForeignNames(Lexicon(), WORDS, Surroundings.of(WORDS))


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in FOREIGN.find(text)]


@pytest.mark.parametrize("name", ["ジョン・スミス", "マリア・ロペス", "チャン・ヴァン・ナム", "ダ・シルヴァ"])
def test_a_name_is_found_before_a_title(name):
    assert found(f"{name}さんが来た") == [name]


def test_parts_that_no_dictionary_knows_need_a_title():
    assert found("ゾルバ・ケンプラさんが来た") == ["ゾルバ・ケンプラ"]
    assert found("ゾルバ・ケンプラの仕組み") == []


@pytest.mark.parametrize(
    "text",
    ["ケース・スタディの書き方", "ハリー・ポッターのあらすじ", "データ・サイエンス", "オープン・ソース", "晴れた日"],
)
def test_things_and_persons_of_stories_are_left_alone(text):
    assert found(text) == []
