"""What stands around a name."""

import pytest

from sekisho.guards.names_candidates import GROUPS, Candidate, Cuts
from sekisho.guards.names_features import Features
from sekisho.guards.names_lexicon import Words

WORDS = Words.load()
FEATURES = Features(WORDS.lexicon(), WORDS)


def told(sentence: str, shape: str = "surname") -> list[str]:
    before, name, _ = sentence.replace("}", "{").split("{")
    text = sentence.replace("{", "").replace("}", "")
    return FEATURES.of(text, Candidate(len(before), len(before) + len(name), shape), Cuts())


@pytest.mark.parametrize(
    ("sentence", "feature"),
    [
        ("{田中}さんが来た", "title"),
        ("氏名:{田中}", "label"),
        ("部長{田中}", "role"),
        ("妻の{由美}", "kin"),
        ("{田中}と申します", "said"),
        ("{田中}(34)は", "aged"),
        ("{田中}本人に聞く", "meant"),
        ("{田中}は新しい資料をきのう作った", "doing"),
        ("@{田中} 例の件", "called"),
        ("{田中}商店で買う", "thing"),
        ("株式会社{田中}", "organisation"),
        ("{田中}首相が会見した", "office"),
        ("{田中}「行こう」", "speaks"),
        ("{田中}", "line"),
        ("{田中} 確認者 鈴木", "nextlabel"),
        ("{上田}、飯田を通る列車", "where"),
        ("{熊谷} 480 く 12-34", "plate"),
        ("「{山本}」の「本」", "spelt"),
        ("「{山本}」さん", "title"),
    ],
)
def test_the_surroundings_are_told(sentence, feature):
    assert feature in told(sentence)


def test_common_surnames_are_told_from_rare_ones():
    assert "band0" in told("{佐藤}")
    assert "band4" in told("{乾物川}")
    assert "band5" in told("{小那覇}")


def test_two_nouns_in_one_word_are_told():
    assert "compound2" in told("{ボールペン}", "katakana")
    assert "compound0" in told("{マイケル}", "katakana")


def test_parts_in_katakana_are_known_or_not():
    assert "unknown0of2" in told("{ジョン・スミス}", "dotted")
    assert "strange10" in told("{ロイヤル・ホテル・ベル}", "dotted")


def test_every_shape_has_a_group():
    assert {"surname", "given", "full", "kana", "katakana", "dotted", "pair", "spaced"} <= set(GROUPS)
