"""Cells of small tables with an English or Japanese heading: what that of a column says of everything under it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sekisho.guards.wanted import wanted

PERSON = "privacy.person_name"
MEMBER = "privacy.member_number"
BORN = "privacy.date_of_birth"
SCORE = 0.85
_SEPARATORS = (",", "\t", "|", ";")
_CELL = r'[A-Za-z_ .#/()\-"ぁ-んァ-ヴー・一-龥々]{1,29}'
_HEADLINE = re.compile(rf"\|?{_CELL}(?:[,\t|;]{_CELL})+\|?")
_BREAK = re.compile(r'[ _.#/()\-"]+')
_WHO = (
    "利用者|患者|児童|生徒|学生|園児|社員|職員|従業員|会員|組合員|入居者|担当者|保護者|申請者|応募者|受験者|受給者|参加者"
    "|契約者|登録者|被保険者|世帯主|顧客|お客様|本人"
)
# Headings in small letters, with one _ for whatever stands between words.
_HEADINGS = {
    PERSON: re.compile(
        "(?:full|first|last|family|given|middle|sur|fore|maiden|kana|romaji|employee|student|guest|patient|member"
        "|tenant|passenger|applicant|staff|legal|preferred)_?names?|surname|forename|employee|student|pupil|passenger"
        "|patient|tenant|guardian|mother|father|assignee|applicant|teacher|doctor|nurse|instructor"
        "|contact_person|emergency_contact"
        f"|(?:{_WHO})?(?:氏名|のお?名前)|(?:{_WHO})名|(?:氏名|お?名前)_?(?:カナ|かな|フリガナ|ふりがな|漢字)"
        "|(?:カナ|かな)氏名|フリガナ|ふりがな|お名前|保護者|世帯主"
    ),
    MEMBER: re.compile(
        "(?:applicant|member|student|employee|emp|staff|customer|cust|patient|resident|guest|passenger"
        "|holder|candidate|trainee|pupil|worker)_?(?:id|no|number|code|num)|mrn|chart_no|membership_no"
        "|membership_number"
        f"|(?:{_WHO}|学籍|受験|受講|診察券|カルテ|図書カード|株主)_?(?:番号|id|no|コード)|社番|学番|職番"
    ),
    BORN: re.compile("dob|d_o_b|birth_?date|date_of_birth|birth_?day|生年月日|誕生日|出生日"),
    "privacy.bank_account": re.compile("口座番号"),
    "privacy.my_number": re.compile("マイナンバー|個人番号"),
    "privacy.drivers_license": re.compile("(?:運転)?免許証?(?:の?番号|_?no)"),
    "privacy.passport": re.compile("(?:旅券|パスポート)(?:の?番号|_?no)"),
    "privacy.postal_code": re.compile("郵便番号"),
    "privacy.account": re.compile("(?:ユーザー|ログイン)_?(?:名|id)|アカウント名?"),
    "privacy.sensitive": re.compile(
        "病名|傷病名|診断名?|既往歴?|既往症|持病|基礎疾患|疾患名?|障害名|アレルギー|信仰|宗教"
    ),
}
_UNSURE = {  # what things have too: they count only where another column speaks of persons
    PERSON: re.compile(
        "(?:(?:customer|contact|user|owner|account)_?)?names?|family|given|first|last|owner|customer|guest|parent"
        "|driver|recipient|holder|manager|reporter|contact|resident|staff|worker|person|member"
        f"|名前|姓|名|担当|{_WHO}"
    ),
    MEMBER: re.compile("(?:client|user|card)_?(?:id|no|number|code|num)"),
    BORN: re.compile("born"),
}
_PERSONAL = re.compile(  # what only persons have, or own
    "e_?mails?(?:_address)?|(?:home_|mobile_|cell_)?(?:phone|tel|telephone)(?:_?(?:no|number))?|mobile|age|sex|gender"
    "|home_address|nationality|passport(?:_?(?:no|number))?|family|given|first|last|condition|diagnosis|salary|device"
    "|laptop|plate|年齢|性別|続柄|学年|携帯(?:電話|番号)?|国籍|居室|要介護度?|配属|役職"
)
_NUMBER = "(?=(?:[^0-9]*[0-9]){3})"
_FORMS = {
    MEMBER: re.compile(
        r"(?![0-9]{4}([\-/])[0-9]{1,2}\1[0-9]{1,2}\Z|[0-9]{1,2}([\-/])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2})\Z)"  # no dates
        rf"{_NUMBER}[A-Za-z0-9][A-Za-z0-9\-/]{{2,15}}"
    ),
    BORN: re.compile(
        r"[0-9]{4}[\-/.][0-9]{1,2}[\-/.][0-9]{1,2}|[0-9]{1,2}[\-/.][0-9]{1,2}[\-/.][0-9]{2,4}|[0-9]{8}"
        r"|(?:(?:明治|大正|昭和|平成|令和|[MTSHR])[ .]?[0-9元]{1,2}|[0-9]{4})[年./\-][0-9]{1,2}[月./\-][0-9]{1,2}日?"
    ),
    "privacy.bank_account": re.compile("[0-9]{6,8}"),
    "privacy.my_number": re.compile("[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}"),
    "privacy.drivers_license": re.compile("[0-9]{12}"),
    "privacy.passport": re.compile("[A-Z]{1,2}[0-9]{7,8}|[0-9]{9}"),
    "privacy.postal_code": re.compile("[0-9]{3}-?[0-9]{4}"),
    "privacy.account": re.compile(r"(?=.*[0-9_.\-])@?[A-Za-z][A-Za-z0-9_.\-]{2,24}"),
    "privacy.sensitive": re.compile(
        "(?!.*(?:なし|無し|無$|ない|不明|未|確認|別紙|同上|あり$|有$))[一-龥々ぁ-んァ-ヴーA-Za-z0-9・]{1,16}"
    ),
}
_NAME = re.compile("[一-龥々ヶぁ-んァ-ヴー]{1,10}(?:[ ・=][一-龥々ヶぁ-んァ-ヴー]{1,10}){0,2}")
_NO_NAME = re.compile(
    "(?:なし|無し?|同上|未定|不明|未記入|空室|空き|欠席|欠員|計|合計|小計|総計|平均|本人|匿名|全員|各位|募集中)"
    "|.*(?:課|係|局|店|班|校|庁|会社|センター|クラブ|チーム)|.{2,}(?:部|社|会|室|組|科)"
)
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


def persons(value: str, table: Iterable[Cell]) -> Iterator[tuple[int, int]]:
    """Where names in Japanese writing stand under a heading for them; others are weighed by names_latin.py."""
    for start, end, category in table:
        if category == PERSON and _NAME.fullmatch(value, start, end) and not _NO_NAME.fullmatch(value, start, end):
            yield start, end
