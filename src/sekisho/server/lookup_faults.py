"""The errors of looking texts up."""

from typing import ClassVar

from sekisho.core.errors import RequestError
from sekisho.core.language import Language


class TooManyLookups(RequestError):
    """More texts are looked up than the settings allow, from one address or in all. `retry_s`: when to come back."""

    code = "too_many_lookups"
    status = 429
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "文章の照合が続いたため、少しお待ちいただいています。",
        "en": "Too many texts were looked up in a short time.",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "{retry_s}秒ほど待って、もう一度お試しください。",
        "en": "Wait about {retry_s} seconds and try again.",
    }


class LookupUnavailable(RequestError):
    """Texts cannot be looked up: it is switched off, starting, or overloaded. Receipts still verify."""

    code = "lookup_unavailable"
    status = 503
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "今は文章を照合できません。",
        "en": "Texts cannot be looked up now.",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "控えの確認はできます。文章の照合は、時間をおいてお試しください。続くときは、管理者に連絡してください。",
        "en": "Receipts can still be verified. Try again later. If it keeps happening, tell the operator.",
    }


class TextTooLong(RequestError):
    """A text is too long to be looked up. `limit` in code points."""

    code = "text_too_long"
    status = 413
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "照合できるのは{limit}文字までです。",
        "en": "A text of at most {limit} characters can be looked up.",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "確かめたい部分だけを送ってください。",
        "en": "Send only the part that you want to verify.",
    }


class UnknownFile(RequestError):
    """A file of a kind that cannot be read here."""

    code = "unknown_file"
    status = 415
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "この種類のファイルは、ここでは読めません。",
        "en": "Files of this kind cannot be read here.",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "文章のファイル(txt、md、html)か、来歴情報(C2PA)を持てる種類のファイルを送ってください。",
        "en": "Send a file of text (txt, md, html), or of a kind that can carry provenance (C2PA).",
    }
