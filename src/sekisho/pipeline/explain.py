"""What callers are told beside the answer: errors, findings, what the model saw."""

from collections.abc import Iterable, Mapping
from typing import Any

from sekisho.core.errors import RequestError, SekishoError
from sekisho.core.exchange import Exchange, Judged
from sekisho.core.language import Language
from sekisho.policy.judge import outermost

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}


def error_body(fault: SekishoError, language: Language) -> dict[str, Any]:
    """An error in the shape of OpenAI's API, with a hint."""
    callers = isinstance(fault, RequestError) and fault.status < 500
    kind = _TYPES.get(fault.status, "invalid_request_error" if callers else "api_error")
    return {
        "error": {
            "message": fault.say(language),
            "type": kind,
            "param": fault.details.get("field"),
            "code": fault.code,
            "hint": fault.advise(language),
        }
    }


def findings(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Findings as callers get them: place, category, score, verdict and rule; never the text that was found."""
    return [
        {
            "stage": one.stage.value,
            "path": list(one.path),
            "start": one.finding.start,
            "end": one.finding.end,
            "category": one.finding.category,
            "score": round(one.finding.score, 4),
            "guard": one.finding.guard,
            "verdict": one.verdict.word,
            "rule": one.rule,
        }
        for one in judged
    ]


def explained(exchange: Exchange, composed: Mapping[str, Any]) -> dict[str, Any]:
    """Findings, and the messages as the model saw them; none where it was not asked."""
    saw = [{"role": message["role"], "content": message.get("content")} for message in composed.get("messages", [])]
    return {"findings": findings(outermost(exchange.judged)), "model_saw": saw}
