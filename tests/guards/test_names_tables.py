"""Cells of tables with an English heading."""

import pytest

from sekisho.guards.names_tables import PERSON, cells, numbers


def under(text: str, category: str) -> list[str]:
    return [text[cell.start : cell.end] for cell in cells(text) if cell.category == category]


def found(text: str) -> list[tuple[str, str]]:
    return [(text[start:end], category) for start, end, category in numbers(text)]


@pytest.mark.parametrize(
    "text",
    ["owner,device\nGushiken,pc-14\nHorvat,pc-15", "Full Name\tRoom\tDate of birth\nGushiken\t2\t-\nHorvat\t3\t-"],
)
def test_what_stands_under_a_heading_for_persons_is_told(text):
    assert under(text, PERSON) == ["Gushiken", "Horvat"]


def test_numbers_and_dates_are_told_by_their_headings():
    table = "student_id, family, dob\nB-4410, Ruiz, 1999-12-05\nB-4411, Sharma, none"
    assert found(f"See below.\n{table}\nThat is all, 1234, 1999-12-05 too, no?") == [
        ("B-4410", "privacy.member_number"),
        ("1999-12-05", "privacy.date_of_birth"),
        ("B-4411", "privacy.member_number"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "brand,model,stock\nHonda,Z5,3",
        "Dear owner, hello\nYour car, a Honda, is ready",
        "owner,device",
        "name,id and many other things that nobody would put in a heading\nHonda,3",
    ],
)
def test_other_lines_are_no_table_of_persons(text):
    assert cells(text) == []
