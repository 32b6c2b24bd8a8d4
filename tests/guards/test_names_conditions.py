"""Conditions near names."""

import pytest

from sekisho.guards import names_conditions
from sekisho.guards.names_conditions import Conditions
from sekisho.guards.names_lexicon import Words

CONDITIONS = Conditions(Words.load())


def found(sentence: str) -> list[str]:
    before, name, _ = sentence.replace("}", "{").split("{") if "{" in sentence else ("", "", "")
    text = sentence.replace("{", "").replace("}", "")
    names = [(len(before), len(before) + len(name))] if name else []
    return [text[start:end] for start, end, _ in CONDITIONS.find(text, names)]


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


@pytest.mark.parametrize(
    ("sentence", "condition"),
    [
        ("父は膠原病で、三年前から通院しています。", "膠原病"),
        ("私は不整脈があり、薬を飲んでいます。", "不整脈"),
        ("部下がパニック障害で休んでいます。", "パニック障害"),
        ("既往歴:狭心症", "狭心症"),
        ("祖母は末期の肝臓がんです。", "末期の肝臓がん"),
    ],
)
def test_a_condition_of_somebody_unnamed_is_found_by_what_stands_around(sentence, condition):
    assert found(sentence) == [condition]


@pytest.mark.parametrize(
    "sentence",
    [
        "膠原病の治療法を教えて",
        "不整脈とは何ですか。",
        "パニック障害の人への接し方の研修",
        "狭心症を予防する食事の本",
        "毎日がんばる父に贈る",
        "糖尿病",
    ],
)
def test_without_anybody_there_is_none(sentence):
    assert found(sentence) == []


def test_a_score_is_a_probability_between_the_least_and_the_most():
    scores = [score for _, _, score in CONDITIONS.find("私は膠原病で、母は認知症です。", [])]
    assert len(scores) == 2
    assert all(names_conditions.LEAST <= score <= names_conditions.MOST for score in scores)
