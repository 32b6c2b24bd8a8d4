"""Checks of dates of birth: days that exist, in every way that people write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards import date_checks, english_checks


@given(st.integers(1, 99))
def test_numbers_up_to_ninety_nine_are_read_in_kanji(number):
    kanji = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    written = ("" if tens < 2 else kanji[tens]) + ("十" if tens else "") + (kanji[ones] if ones else "")
    assert date_checks.number_of(written) == number


@given(st.dates(date(1926, 12, 25), date(1989, 1, 7)))
def test_a_day_of_an_era_is_one_in_every_writing(day):
    year = day.year - 1925
    for text in (
        f"昭和{year}年{day.month}月{day.day}日",
        f"S{year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day:%Y/%m/%d}",
    ):
        assert date_checks.birth_date(text) == 0.97
    assert date_checks.birth_date(f"昭和{year}年({day.year}年){day.month}月{day.day}日") == 0.97


@given(st.dates(date(1868, 1, 1), date(1904, 12, 31)))
def test_nobody_alive_was_born_before_1905(day):
    for written in ("%Y-%m-%d", "%Y%m%d", "%Y年%m月%d日", "%d/%m/%Y", "%d %B %Y"):
        assert date_checks.birth_date(f"{day:{written}}") is None
        assert date_checks.birth_date(f"{day + timedelta(days=40000):{written}}") == 0.97
    month = f"{day:%Y年%m月}"
    assert date_checks.birth_month(month) is None
    assert english_checks.birth_date_written(f"Meiji {day.year - 1867}.{day.month}.{day.day}") is None


@given(st.text())
def test_a_check_of_any_text_fails_on_none(text):
    assert date_checks.birth_date(text) in (None, 0.97)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (date_checks.birth_date, "昭和60年4月1日", "昭和70年4月1日"),
        (date_checks.birth_date, "April 1, 1985", "April 31, 1985"),
        (date_checks.birth_date, "令和元年5月1日", "2024年13月1日"),
        (date_checks.birth_date, "95年8月1日", "95年13月1日"),
        (date_checks.birth_date, "6月18日", "13月18日"),
        (date_checks.birth_date, "十月十日", "十三月十日"),
        (date_checks.birth_date, "1985年4月1日", "1867年2月9日"),
        (date_checks.birth_date, "明治38年4月1日", "明治37年4月1日"),
        (date_checks.birth_month, "昭和50年6月", "昭和50年13月"),
        (english_checks.birth_date_written, "Meiji 38.4.1", "Meiji 37.4.1"),
        (english_checks.birth_date_english, "5/9/03", "5/19/1903"),
        (date_checks.birth_date, "昭58・4・5", "昭70・4・5"),
        (date_checks.past_birth_date, "S41.11.3", "2024年5月1日"),
        (date_checks.past_birth_date, "1981-02-17", "S41.13.3"),
    ],
)
def test_a_check_tells_the_true_from_the_similar(check, good, bad):
    assert check(good) >= 0.5
    assert check(bad) is None
