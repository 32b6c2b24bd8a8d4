"""Cells of small tables with an English heading: what the heading of a column says of everything under it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sekisho.guards.wanted import wanted

PERSON = "privacy.person_name"
SCORE = 0.85
_SEPARATORS = (",", "\t", "|", ";")
_HEADLINE = re.compile(r'[A-Za-z_ .#/()\-"]{1,29}(?:[,\t|;][A-Za-z_ .#/()\-"]{1,29})+')
_BREAK = re.compile(r'[ _.#/()\-"]+')
# Headings with one _ for whatever stands between words.
_HEADINGS = {
    PERSON: re.compile(
        "(?:full|first|last|family|given|middle|sur|fore|maiden|kana|romaji|employee|student|guest|patient|member"
        "|tenant|passenger|applicant|staff|legal|preferred)_?names?|surname|forename|employee|student|pupil|passenger"
        "|patient|tenant|guardian|mother|father|assignee|applicant|teacher|doctor|nurse|instructor"
        "|contact_person|emergency_contact"
    ),
    "privacy.member_number": re.compile(
        "(?:applicant|member|student|employee|emp|staff|customer|cust|patient|resident|guest|passenger"
        "|holder|candidate|trainee|pupil|worker)_?(?:id|no|number|code|num)|mrn|chart_no|membership_no"
        "|membership_number"
    ),
    "privacy.date_of_birth": re.compile("dob|d_o_b|birth_?date|date_of_birth|birth_?day"),
}
_UNSURE = {  # what things have too: they count only where another column speaks of persons
    PERSON: re.compile(
        "(?:(?:customer|contact|user|owner|account)_?)?names?|family|given|first|last|owner|customer|guest|parent"
        "|driver|recipient|holder|manager|reporter|contact|resident|staff|worker|person|member"
    ),
    "privacy.member_number": re.compile("(?:client|user|card)_?(?:id|no|number|code|num)"),
    "privacy.date_of_birth": re.compile("born"),
}
_PERSONAL = re.compile(  # what only persons have, or own
    "e_?mails?(?:_address)?|(?:home_|mobile_|cell_)?(?:phone|tel|telephone)(?:_?(?:no|number))?|mobile|age|sex|gender"
    "|home_address|nationality|passport(?:_?(?:no|number))?|family|given|first|last|condition|diagnosis|salary|device"
    "|laptop|plate"
)
_FORMS = {
    "privacy.member_number": re.compile(
        r"(?![0-9]{4}([\-/])[0-9]{1,2}\1[0-9]{1,2}\Z|[0-9]{1,2}([\-/])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2})\Z)"  # no dates
        r"(?=(?:[^0-9]*[0-9]){3})[A-Za-z0-9][A-Za-z0-9\-/]{2,15}"
    ),
    "privacy.date_of_birth": re.compile(
        r"[0-9]{4}[\-/.][0-9]{1,2}[\-/.][0-9]{1,2}|[0-9]{1,2}[\-/.][0-9]{1,2}[\-/.][0-9]{2,4}|[0-9]{8}"
    ),
}
CATEGORIES = tuple(_FORMS)


class Cell(NamedTuple):
    """A cell: code points of the text, and the category that the heading of its column names."""

    start: int
    end: int
    category: str


def cells(value: str) -> list[Cell]:
    """The cells below headings that name something of a person, in order; none without a table."""
    found: list[Cell] = []
    lines = value.split("\n")
    separator, kinds, at = "", [""], 0
    for number, ended in wanted(enumerate(lines)):
        line = ended.removesuffix("\r")
        if separator and line.count(separator) == len(kinds) - 1:
            found += _row(line, at, separator, kinds)
        else:
            below = lines[number + 1 : number + 2]
            separator, kinds = _heading(line, below[0]) if below and _HEADLINE.fullmatch(line) else ("", [""])
        at += len(ended) + 1
    return found


def _heading(line: str, below: str) -> tuple[str, list[str]]:
    """What separates the columns, and the category of each; nothing where the line is no heading."""
    for separator in _SEPARATORS:
        columns = line.count(separator)
        if columns and below.count(separator) == columns:
            kinds = _kinds([_BREAK.sub("_", name.lower()).strip("_") for name in line.split(separator)])
            labelled = sum(map(bool, kinds))
            spoken = columns == 1 and f"{separator} " in line  # two words and a comma are rather a sentence
            if labelled > spoken:
                return separator, kinds
    return "", []


def _kinds(names: Sequence[str]) -> list[str]:
    """The category of each column; unsure ones only beside another that speaks of persons."""
    sure = [_kind(name, _HEADINGS) for name in names]
    personal = [bool(kind or _PERSONAL.fullmatch(name)) for kind, name in zip(sure, names, strict=True)]
    count = sum(personal)
    return [
        kind or (_kind(name, _UNSURE) if count > itself else "")
        for kind, name, itself in zip(sure, names, personal, strict=True)
    ]


def _kind(name: str, headings: Mapping[str, re.Pattern[str]]) -> str:
    return next((category for category, heading in headings.items() if heading.fullmatch(name)), "")


def _row(line: str, start: int, separator: str, kinds: Sequence[str]) -> Iterator[Cell]:
    at = start
    for part, kind in zip(line.split(separator), kinds, strict=True):
        text = part.strip(' "')
        if kind and text:
            begin = at + part.index(text)
            yield Cell(begin, begin + len(text), kind)
        at += len(part) + 1


def numbers(value: str, table: Iterable[Cell]) -> Iterator[tuple[int, int, str]]:
    """Where numbers and dates of persons stand under a heading for them, and the category of each.

    `table`: the cells of the text.
    """
    for start, end, category in table:
        form = _FORMS.get(category)
        if form is not None and form.fullmatch(value, start, end):
            yield start, end, category
