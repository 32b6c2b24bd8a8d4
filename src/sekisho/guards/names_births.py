"""Dates of birth right behind a full name or a title: 山田 一郎、1988. 3. 9、捕手; 崔様(昭和54年12月24日)."""

import re
from collections.abc import Iterable, Iterator

from sekisho.guards.date_checks import past_birth_date

CATEGORY = "privacy.date_of_birth"
SCORE = 0.75
_FULL = 3  # code points of a name that may be a full one
_DATE = (
    r"(?:(?:明治|大正|昭和|平成|令和|[MTSHR])[ .]?[0-9元]{1,2}|(?:19|20)[0-9]{2})"
    r"[年./\-] ?[0-9]{1,2}[月./\-] ?[0-9]{1,2}日?"
)
_OTHER = (  # what the date is of instead
    "入|退|登録|受付|契約|申|提出|作成|来|受診|面談|更新|発行|現在|付|転|着|開始|終了|取得|加入|予約|出席|欠席|採用|就任"
)
_BEHIND = re.compile(
    r"(?P<title>様|さん|くん|ちゃん|氏)?(?:\([^()\n]{1,8}\))?(?:[ 、,/|\t]{1,3}|\()"
    rf"(?:[男女](?:性|児)?[ 、,/|\t]{{1,3}})?(?P<date>{_DATE})"
    rf"(?=[ 、,/|\t\n;)。]|生|$)(?![ 、,/|\t)]{{0,3}}(?:{_OTHER}))"
)


def births(value: str, names: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where such dates stand, of somebody who is no small child; `names`: where names begin and end."""
    for start, end in names:
        found = _BEHIND.match(value, end)
        if found and (found["title"] or end - start >= _FULL) and past_birth_date(found["date"]):
            yield found.span("date")
