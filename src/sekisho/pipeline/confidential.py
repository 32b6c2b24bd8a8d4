"""Confidential material goes to models inside the organisation only, where the settings say which those are."""

from collections.abc import Collection, Iterable

from sekisho.core.errors import RequestError
from sekisho.core.exchange import Judged

MARK = "secret.internal_mark"


class NothingInside(RequestError):
    """A request holds a mark of confidence, and no model that it may go to is inside the organisation."""

    code = "no_internal_model"
    status = 403
    sentence = {
        "ja": "外に出せない文書の表示(社外秘など)があるため、組織の外のAIには送りませんでした。",
        "en": "The text is marked as confidential, so it was not sent to an AI outside the organisation.",
    }
    hint = {
        "ja": "組織の中のモデルを選ぶか、表示のある部分を除いてください。誤った表示なら、管理者に連絡してください。",
        "en": "Name a model that runs inside, or leave that part out. Tell the operator if the mark is a mistake.",
    }


def confined(judged: Iterable[Judged], inside: Collection[str]) -> bool:
    """Whether a request with these findings may go to `inside` models only; never where none is named as such."""
    return bool(inside) and marked(judged)


def marked(judged: Iterable[Judged]) -> bool:
    """Whether there is a mark of confidence among these findings."""
    return any(one.counts and one.finding.category == MARK for one in judged)
