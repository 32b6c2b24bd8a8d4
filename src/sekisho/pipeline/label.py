"""The label: says in the answer itself that AI wrote it, where the profile asks for that.

An answer that a program reads (a tool call, or JSON by `response_format`) is not touched: the response header
`Sekisho-Label` says it there.
"""

from collections.abc import Mapping
from typing import Any, cast

import orjson

from sekisho.core.exchange import Exchange
from sekisho.pipeline import completion
from sekisho.pipeline.answer import Answered
from sekisho.pipeline.stream import StreamedAnswer
from sekisho.policy import notices
from sekisho.policy.profile import Profile

_FINISHED = ("stop", "length")


def attach(answered: Answered, profile: Profile, exchange: Exchange) -> None:
    """Adds the label to every choice of a whole answer that is prose."""
    if not _wanted(profile, exchange.body):
        return
    text = "\n\n" + notices.label(exchange.model, exchange.language)
    for choice, told in zip(answered.completion["choices"], answered.texts, strict=True):
        if choice["finish_reason"] in _FINISHED and choice["message"].get("content"):
            choice["message"]["content"] += text
            told["content"] += text


def append(answer: StreamedAnswer, profile: Profile, exchange: Exchange) -> list[bytes]:
    """The events that add the label to a streamed answer."""
    if not _wanted(profile, exchange.body):
        return []
    text = "\n\n" + notices.label(exchange.model, exchange.language)
    indexes = [index for index in answer.worded if answer.finishes.get(index) in _FINISHED]
    answer.answered.texts.extend({"index": index, "label": text} for index in indexes)
    return [orjson.dumps(completion.chunk(answer.head, index, {"content": text})) for index in indexes]


def _wanted(profile: Profile, body: Mapping[str, Any]) -> bool:
    form = body.get("response_format")
    kind = cast("Mapping[str, Any]", form).get("type") if isinstance(form, dict) else None
    return profile.label == "visible" and kind in (None, "text")
