"""What an answer says of itself: that AI wrote it, and which record it belongs to, where the profile asks for that.

In this order behind the last words of each choice: the invisible mark, which so stays with them when the rest is cut
off; the visible label; the line that names the record. An answer that a program reads (a tool call, or JSON by
`response_format` or by the profile's `answer`) is not touched: the response header `Sekisho-Label` says it there.

The invisible mark stands once, at the end, as C2PA puts it. It speaks of all letters before it, and what comes before
the end of a stream is not known while the stream runs. Whoever cuts the end off cuts the mark off: passages are found
again by the verifier, without any mark.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson

from sekisho.core.exchange import Exchange
from sekisho.pipeline import completion
from sekisho.pipeline.answer import Answered
from sekisho.pipeline.stream import StreamedAnswer
from sekisho.policy import notices
from sekisho.policy.profile import Profile
from sekisho.provenance.marks import Marker

_FINISHED = ("stop", "length")


@dataclass(frozen=True, slots=True)
class Labels:
    """Puts labels and marks behind answers.

    Attributes:
        marker: makes invisible marks; None: nobody can, so there are none.
        url: where people can verify a text.
    """

    marker: Marker | None = None
    url: str = ""

    def attach(self, answered: Answered, profile: Profile, exchange: Exchange) -> None:
        """Adds them to every choice of a whole answer that is prose."""
        if not _wanted(profile, exchange.body):
            return
        for choice, told in zip(answered.completion["choices"], answered.texts, strict=True):
            content = choice["message"].get("content")
            if choice["finish_reason"] in _FINISHED and content:
                text = self._behind(content, profile, exchange)
                choice["message"]["content"] += text
                told["content"] += text

    def append(self, answer: StreamedAnswer, profile: Profile, exchange: Exchange) -> list[bytes]:
        """The events that add them to a streamed answer."""
        if not _wanted(profile, exchange.body):
            return []
        out: list[bytes] = []
        for index in answer.worded:
            if answer.finishes.get(index) not in _FINISHED:
                continue
            text = self._behind(answer.content(index), profile, exchange)
            if text:
                answer.answered.texts.append({"index": index, "label": text})
                out.append(orjson.dumps(completion.chunk(answer.head, index, {"content": text})))
        return out

    def _behind(self, content: str, profile: Profile, exchange: Exchange) -> str:
        mark = ""
        if "invisible" in profile.marks and self.marker is not None:
            mark = self.marker.behind(content, exchange.id)
        lines: list[str] = []
        if profile.label == "visible":
            lines.append(notices.label(exchange.model, exchange.language))
        if "line" in profile.marks:
            lines.append(notices.line(exchange.id, self.url, exchange.language))
        return mark + "".join(f"\n\n{line}" for line in lines)


def _wanted(profile: Profile, body: Mapping[str, Any]) -> bool:
    if (profile.label != "visible" and not profile.marks) or (profile.answer is not None and profile.answer.json):
        return False
    form = body.get("response_format")
    kind = cast("Mapping[str, Any]", form).get("type") if isinstance(form, dict) else None
    return kind in (None, "text")
