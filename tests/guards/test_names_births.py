"""Dates of birth behind names."""

import pytest

from sekisho.guards.names_births import births


def found(sentence: str) -> list[str]:
    before, name, _ = sentence.replace("}", "{").split("{")
    text = sentence.replace("{", "").replace("}", "")
    return [text[start:end] for start, end in births(text, [(len(before), len(before) + len(name))])]


@pytest.mark.parametrize(
    ("sentence", "date"),
    [
        ("選手登録:{越山 翼}、2001. 6. 5、投手", "2001. 6. 5"),
        ("保証人 {江口 義男}(父)、昭和27年10月8日、福島県", "昭和27年10月8日"),
        ("{山田 花子} 女 S33.4.18\n", "S33.4.18"),
        ("{大谷 千鶴}\t1947/12/01\t要介護", "1947/12/01"),
        ("{二階堂 隼斗}(2001/11/06)の成人の祝い", "2001/11/06"),
        ("納税相談の{崔}様、1979.12.24、", "1979.12.24"),
    ],
)
def test_the_day_behind_a_full_name_or_a_title_is_that_of_the_birth(sentence, date):
    assert found(sentence) == [date]


@pytest.mark.parametrize(
    "sentence",
    [
        "{山田 花子} 2010/4/1 入社",
        "{山田 花子}、2024年4月1日、",
        "{山田}、1980年4月1日、",
        "{山田 花子}は1980年4月1日、",
        "{山田 花子} 1980/13/1 ",
        "{山田 花子}(2001年4月1日)入社",
        "{山田}さん(2010/4/1 入社)",
    ],
)
def test_days_of_other_things_and_behind_mere_surnames_are_none(sentence):
    assert found(sentence) == []
