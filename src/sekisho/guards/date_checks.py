"""Checks of dates of birth: calendars, Western and Japanese, in digits and in kanji."""

import re
from datetime import date

from sekisho.guards.checks import Check, digits

OLDEST_YEAR = 1905  # of birth of somebody who may be alive
_ERAS = {
    "明治": (1867, 45), "大正": (1911, 15), "昭和": (1925, 64), "平成": (1988, 31), "令和": (2018, 99),
    "大": (1911, 15), "昭": (1925, 64), "平": (1988, 31), "令": (2018, 99),
    "M": (1867, 45), "T": (1911, 15), "S": (1925, 64), "H": (1988, 31), "R": (2018, 99),
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBER = r"([0-9〇零一二三四五六七八九十元]+)"
_BETWEEN = "[^0-9〇零一二三四五六七八九十]+"
_ERA_DATE = re.compile(
    rf"(明治|大正|昭和|平成|令和|[大昭平令MTSHRmtshr])[ .]?{_NUMBER}{_BETWEEN}{_NUMBER}{_BETWEEN}{_NUMBER}"
)
_YEAR_FIRST = re.compile(rf"{_NUMBER}{_BETWEEN}{_NUMBER}{_BETWEEN}{_NUMBER}")
_WORDED = re.compile(r"([A-Za-z]{3})[a-z]*\.? +([0-9]{1,2})(?:st|nd|rd|th)?,? +([0-9]{4})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?(?: +of)?[ -]+([A-Za-z]{3})[a-z]*\.?,?[ -]+([0-9]{4})")


_BIRTHDAY = re.compile(
    "(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月 ?(?:3[01]|[12][0-9]|0?[1-9]|[一二三四五六七八九十]{1,3})日"
    "|(?:1[0-2]|0?[1-9])/(?:3[01]|[12][0-9]|0?[1-9])"
)
_SAME_YEAR = re.compile(r"年?\((?:昭和|平成|令和|大正)?[0-9元]{1,4}年?\)年?")  # 昭和41年(1966年), 1966年(昭和41年)
_LATEST_YEAR = 2012  # later dates are as well those of a visit or of a contract
_LATEST_SHORT_YEAR = 25  # 95年 is 1995, and 05年 is 2005


def birth_date(text: str) -> float | None:
    """A day of a calendar on which somebody who may be alive was born, Western or by era; or a day of some year."""
    return 0.97 if _day(text) or _BIRTHDAY.fullmatch(text) else None


def past_birth_date(text: str) -> float | None:
    """A birth date where other dates of a person may stand as well: of somebody who is no small child."""
    day = _day(text)
    return 0.8 if day and day.year <= _LATEST_YEAR else None


def birth_month(text: str) -> float | None:
    """A month of a year, Western or by era, in which somebody who may be alive was born."""
    return 0.8 if _day(f"{text}1日") else None


def era_year(era: str, year: int) -> int | None:
    """The year of our calendar for one of an era; None where the era has no such year."""
    before, length = _ERAS[era]
    return before + year if 1 <= year <= length else None


def _day(text: str) -> date | None:
    text = _SAME_YEAR.sub("年", text)
    if len(text) == 8 and text.isdigit():
        return _calendar(int(text[:4]), int(text[4:6]), int(text[6:]))
    if found := _ERA_DATE.search(text):
        year = era_year(found[1].upper(), number_of(found[2]))
        return _calendar(year, number_of(found[3]), number_of(found[4])) if year else None
    if found := _WORDED.search(text) or _DAY_FIRST.search(text):
        month, day = (found[1], found[2]) if found[1].isalpha() else (found[2], found[1])
        return _worded(month, int(day), int(found[3]))
    return _numbers(text)


def _numbers(text: str) -> date | None:
    """A day of three numbers without an era."""
    found = _YEAR_FIRST.search(text)
    if found is None:
        return None
    first, second, third = (number_of(part) for part in found.groups())
    if first > 31:
        in_full = first if first > 99 else first + 1900
        return _calendar(in_full, second, third)
    if "年" in text:
        return _calendar(first + (2000 if first <= _LATEST_SHORT_YEAR else 1900), second, third)
    return _calendar(third, first, second) or _calendar(third, second, first)


def _worded(month: str, day: int, year: int) -> date | None:
    return _calendar(year, _MONTHS.index(month.lower()) + 1, day) if month.lower() in _MONTHS else None


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if OLDEST_YEAR <= year <= 2100 else None
    except ValueError:
        return None


def number_of(text: str) -> int:
    """The number that digits or kanji up to ninety-nine write (六十四, 二〇二四, 元)."""
    if text == "元":
        return 1
    if "十" in text:
        tens, _, ones = text.partition("十")
        return int(digits(tens) or "1") * 10 + int(digits(ones) or "0")
    return int(digits(text) or "0")


CHECKS: dict[str, Check] = {
    "birth_date": birth_date,
    "past_birth_date": past_birth_date,
    "birth_month": birth_month,
}
