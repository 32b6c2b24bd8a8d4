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
    ],
)
def test_the_day_behind_a_full_name_is_that_of_its_birth(sentence, date):
    assert found(sentence) == [date]


@pytest.mark.parametrize(
    "sentence",
    [
        "{山田 花子} 2010/4/1 入社",
        "{山田 花子}、2024年4月1日、",
        "{山田}、1980年4月1日、",
        "{山田 花子}は1980年4月1日、",
        "{山田 花子} 1980/13/1 ",
    ],
)
def test_days_of_other_things_and_behind_mere_surnames_are_none(sentence):
    assert found(sentence) == []
