"""Conditions near names."""

import pytest

from sekisho.guards.names_conditions import Conditions
from sekisho.guards.names_lexicon import Words

CONDITIONS = Conditions(Words.load())


def found(sentence: str) -> list[str]:
    before, name, _ = sentence.replace("}", "{").split("{")
    text = sentence.replace("{", "").replace("}", "")
    return [text[start:end] for start, end in CONDITIONS.find(text, [(len(before), len(before) + len(name))])]


@pytest.mark.parametrize(
    ("sentence", "condition"),
    [
        ("乗員 {山田 花子}(右足首骨折)", "右足首骨折"),
        ("{山田 花子}/身体障害者手帳4級/事務希望", "身体障害者手帳4級"),
        ("{山田}氏、しびれの訴えあり。糖尿病性腎症の既往。", "糖尿病性腎症"),
        ("氏名 {山田 花子}\nペニシリンアレルギー", "ペニシリンアレルギー"),
        ("潰瘍性大腸炎で休む{山田}さんの代わり", "潰瘍性大腸炎"),
        ("{山田}さん、車いす使用", "車いす使用"),
    ],
)
def test_a_condition_near_a_name_is_that_persons(sentence, condition):
    assert found(sentence) == [condition]


@pytest.mark.parametrize(
    "sentence",
    [
        "{山田}先生の講演「糖尿病の予防」",
        "{山田}さんが認知症について話した",
        "{山田}さん、うつ病の人への接し方",
        "{山田}さん、アレルギー",
        "{山田}さん\n\n糖尿病",
        "{山田}さんの席は窓側で、部長の隣、そのまた隣が課長、さらに隣がコピー機で、その奥に休憩所があり、壁に糖尿病と書いた紙",
    ],
)
def test_what_is_spoken_of_in_general_or_far_away_is_nobodys(sentence):
    assert found(sentence) == []


def test_without_a_name_there_is_none():
    assert list(CONDITIONS.find("糖尿病", [])) == []
