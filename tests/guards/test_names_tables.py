"""Cells of tables with a heading."""

import pytest

from sekisho.core.text import Text
from sekisho.guards import names_tables
from sekisho.guards.names import names
from sekisho.guards.names_tables import PERSON, cells, numbers, persons


def under(text: str, category: str) -> list[str]:
    return [text[cell.start : cell.end] for cell in cells(text) if cell.category == category]


def found(text: str) -> list[tuple[str, str]]:
    return [(text[start:end], category) for start, end, category in numbers(text, cells(text))]


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
    ("table", "expected"),
    [
        (
            "氏名,社員番号,配属\n峠,YT-20817,総務\n七五三掛 ルカ,YT-11450,輸入二課",
            ["峠", "YT-20817", "七五三掛 ルカ", "YT-11450"],
        ),
        (
            "氏名(カナ)\t生年月日\nトウゲ ミオ\t平成4年3月1日\n未定\tH9.6.14",
            ["トウゲ ミオ", "平成4年3月1日", "H9.6.14"],
        ),
        (
            "| お名前 | 口座番号 | アレルギー |\n|---|---|---|\n| 峠 | 0210764 | そば |\n| 経理課 | - | なし |",
            ["峠", "0210764", "そば"],
        ),
        ("ユーザー名,権限\ns.takanashi,管理者\nadmin,管理者", ["s.takanashi"]),
        ("名前,学年,個人番号\nダン,5,1234 5678 9012\n仁王,4,なし", ["ダン", "1234 5678 9012", "仁王"]),
    ],
)
def test_japanese_headings_say_what_stands_below_them(table, expected):
    told = [*numbers(table, cells(table)), *persons(table, cells(table))]
    assert [table[start:end] for start, end, *_ in sorted(told)] == expected
    assert set(expected) <= {table[one.start : one.end] for one in names.findings(Text(table)) if one.score >= 0.8}


def test_lines_may_end_as_on_windows():
    table = "First name,Last name,DOB,Employee ID\r\nTaro,Yamada,1990-01-01,AB-123\r\n"
    assert under(table, PERSON) == ["Taro", "Yamada"]
    assert found(table) == [("1990-01-01", "privacy.date_of_birth"), ("AB-123", "privacy.member_number")]


@pytest.mark.parametrize(
    "text",
    [
        "name,email\nGushiken,-\nHorvat,-",
        "user_id,name,dob\n7,Gushiken,-\n8,Horvat,-",
        "family,age\nGushiken,30\nHorvat,41",
    ],
)
def test_headings_that_things_have_too_count_beside_one_of_persons(text):
    assert under(text, PERSON) == ["Gushiken", "Horvat"]


def test_unsure_numbers_and_dates_count_beside_a_heading_of_persons():
    assert found("client_id;first name;born\nC-2041;Ada;1990-01-01") == [
        ("C-2041", "privacy.member_number"),
        ("1990-01-01", "privacy.date_of_birth"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "card no,rarity\nA-001,R",
        "client_id,scope\nmy-app-001,read",
        "user code,issue\n404-1,abc",
        "name;born\nPython;1991-02-20",
        "Model,Born\nT,1908-10-01",
        "Name,Value\nTimeout,30",
        "File,Name\nutil.py,Util",
        "Manager,Language\nPip,Python",
        "Owner,Permission\nAdmin,rwx",
        "Customer,Date\nAcme Corp,2024-01-01",
        "品番,名前,色\nA-1,さくら,赤",
        "商品名,担当,数\nりんご,青果部,3",
        "国名,首都\n日本,東京",
        "担当,内容\n総務課,受付",
    ],
)
def test_tables_of_things_are_no_tables_of_persons(text):
    assert cells(text) == []


@pytest.mark.parametrize("date", ["2024-04-01", "2024/4/1", "01-04-2024", "1/4/24"])
def test_a_date_is_no_number_of_a_member(date):
    assert found(f"student no.,x\n{date},1") == []
    assert found(f"student no.,x\n{date}7-9,1") == [(f"{date}7-9", "privacy.member_number")]


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


def test_the_lines_of_a_text_are_read_once(monkeypatch):
    read: list[int] = []
    wanted = names_tables.wanted
    monkeypatch.setattr(names_tables, "wanted", lambda lines: read.append(1) or wanted(lines))
    found = names.findings(Text("full name,employee id\nHorvat,AB-123\n"))
    assert [one.category for one in found] == [PERSON, "privacy.member_number"]
    assert read == [1]
