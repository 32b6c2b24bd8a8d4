"""Checks of names that people have for online services and machines."""

import re

from sekisho.guards.checks import Check

_NO_ACCOUNT_WORDS = (
    "home explore search share intent hashtag login about status string str required optional none"
    " null true false input name text user admin root self user_id user_name username account_id login_id gmail"
    " yahoo iphone covid19 sha256 utf8 mp3 mp4 user-defined sign-up guest test nobody daemon postgres mysql nginx"
    " case-sensitive apache www-data git service system ssh-key x-ray e-mail wi-fi"
)
_NO_ACCOUNT = frozenset(_NO_ACCOUNT_WORDS.split())


def account(text: str) -> float | None:
    """A name for an online service; not a type, a placeholder or a piece of code."""
    return None if text.lower() in _NO_ACCOUNT or _IN_CODE.match(text) else 0.8


def loose_account(text: str) -> float | None:
    """The same after the mere word ID, where numbers of customers, members, patients and students stand as well."""
    return None if re.fullmatch("[A-Z]{1,3}-?[0-9]{3,}|[a-z]{1,2}-?[0-9]{5,}", text) else account(text)


_IN_CODE = re.compile(
    "(?i:@?(?:os|self|this|request|req|app|sys|config|settings|process|env|pytest|functools|dataclasses|router|angular|types)"
    "[._-])|(?i:iphone|ipad|windows|android|python|node|java|php|office|chrome|ios|macos|ubuntu|debian|gpt|ver?|pc|no|id|a|b)[0-9.]+$|.*[.](?:com|net|org|jp|io|dev|py|js|ts|html|txt|csv|json|ya?ml|path|env|name|id)$"
)
_NO_OWNER = frozenset(
    (
        "features",
        "watch",
        "settings",
        "topics",
        "channel",
        "playlist",
        "trending",
        "pricing",
        "orgs",
        "company",
        "jobs",
        "feed",
    )
)


def page_owner(text: str) -> float | None:
    """The name in the address of a page of somebody; not a page of the service."""
    return None if text.lower().lstrip("@") in _NO_ACCOUNT | _NO_OWNER else 0.75


_NO_NICKNAME = re.compile(
    "必須|任意|変え|から|未定|入力|変更|文字|以上|以下|忘れ|設定|確認|登録|記入|自由|公開|重複|使用|利用|同じ|必要|半角|全角"
    "|何|誰|本名|実名|例|なし|パスワード|できま|ください|都合|評価|対応|責任|方針|情報|一覧|規約|間|側|多|少|増|減"
    "|無断|^[にがはをもで]|のが|見て|[0-9]万"
)


def nickname(text: str) -> float | None:
    """A name that somebody gave to themselves in a service, in any writing; not an instruction."""
    return None if _NO_NICKNAME.search(text) or text.lower() in _NO_ACCOUNT else 0.75


def member_code(text: str) -> float | None:
    """A number of a member, a student, a patient; not one of a firm that is registered for tax (T and 13 digits)."""
    return None if re.fullmatch("T[0-9]{13}", text) else 0.85


CHECKS: dict[str, Check] = {
    "account": account,
    "loose_account": loose_account,
    "page_owner": page_owner,
    "nickname": nickname,
    "member_code": member_code,
}
