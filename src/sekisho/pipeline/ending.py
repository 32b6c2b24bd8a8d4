"""The end of an exchange: what is told and recorded, be it an answer, a refusal or a failure."""

import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sekisho.core.errors import SekishoError, Stopped
from sekisho.core.exchange import Exchange, Judged
from sekisho.core.verdict import Verdict
from sekisho.pipeline import completion
from sekisho.pipeline.explain import explained
from sekisho.pipeline.passage import Outcome, Passage
from sekisho.pipeline.record import Recorder
from sekisho.policy import notices
from sekisho.policy.judge import cut, replacement

log = logging.getLogger("sekisho.pipeline")


@dataclass(frozen=True, slots=True)
class Ending:
    """Ends exchanges. Nothing is told before its record is durable."""

    recorder: Recorder

    def answered(self, passage: Passage, receipt: str, whole: completion.Json) -> Outcome:
        """An answer that is complete, as the caller asked for it: whole, or as a stream."""
        exchange = passage.exchange
        if exchange.streamed:
            options: Any = exchange.body.get("stream_options") or {}
            chunks = completion.in_chunks(whole, usage=options.get("include_usage") is True)
            last = next(one for one in reversed(chunks) if one["choices"])
            last["sekisho"] = self.explanation(passage, receipt, "")
            return Outcome(passage, receipt, events=_sent([orjson.dumps(one) for one in chunks]))
        mended = passage.agreement is not None and bool(notices.mended(exchange.judged, exchange.language))
        told = passage.caller.explain or mended or exchange.verdict is not Verdict.PASS
        more = {"sekisho": self.explanation(passage, receipt, "")} if told else {}
        return Outcome(passage, receipt, orjson.dumps({**whole, **more}))

    async def refused(self, passage: Passage, ended: Judged, said: str = "") -> Outcome:
        """A well-formed completion in place of the answer, or behind what came before the finding."""
        exchange = passage.exchange
        finish, notice = self.verdict(passage, ended)
        text = f"{said}\n\n{notice}" if said else notice
        passage.texts = [{"index": 0, "content": text}]
        exchange.finish = finish
        receipt = await self.record(passage)
        explanation = self.explanation(passage, receipt, notice)
        created_s = exchange.started_ms // 1000
        if exchange.streamed:
            return Outcome(passage, receipt, events=_told(exchange, created_s, text, explanation))
        body = completion.refusal(exchange.id, created_s, exchange.model, text, finish)
        return Outcome(passage, receipt, orjson.dumps({**body, "sekisho": explanation}))

    def verdict(self, passage: Passage, ended: Judged) -> tuple[str, str]:
        """Finish reason and words for what ended an exchange."""
        language = passage.caller.language
        judged = [ended, *passage.exchange.judged]
        if ended.verdict is Verdict.REPLACE:
            return "stop", replacement(passage.caller.profile, [ended], language) or ""
        if ended.verdict is Verdict.HOLD:
            return "content_filter", notices.held(passage.caller.profile, judged, language)
        return "content_filter", notices.refusal(passage.caller.profile, judged, language)

    async def record(self, passage: Passage) -> str:
        """The receipt, once the record is durable. Raises `LedgerFault`."""
        passage.recorded = True
        return await self.recorder.record(
            passage.exchange, passage.caller.profile, passage.seal, passage.request.raw, passage.texts, passage.tokens
        )

    async def failed(self, passage: Passage, fault: SekishoError | None) -> None:
        """Records an exchange that did not end well; a second fault while recording is logged, the first one told."""
        if passage.recorded:
            return
        passage.exchange.finish = fault.code if fault is not None else "client_left"
        if fault is not None:
            fault.exchange = passage.exchange.id
        if isinstance(fault, Stopped):
            passage.exchange.add(cut(str(fault.details["what"])))
        try:
            await self.record(passage)
        except SekishoError as second:
            log.error("exchange %s is not recorded: %s", passage.exchange.id, second)  # noqa: TRY400 - the fault says all

    def explanation(self, passage: Passage, receipt: str, notice: str) -> dict[str, Any]:
        """What answers carry of ours: verdict, receipt, and `notice`; if that is empty, what was masked or noted."""
        language = passage.caller.language
        told = passage.caller.profile, passage.exchange.judged, language
        notice = notice or notices.masked(*told) or notices.annotated(*told)
        if passage.agreement is not None:
            notice = notices.joined(language, notice, notices.mended(passage.exchange.judged, language))
        brief = {
            "exchange": passage.exchange.id,
            "verdict": passage.exchange.verdict.word,
            "profile": passage.exchange.profile,
            "model": passage.exchange.model,
            "receipt": receipt,
            "notice": notice,
        }
        return {**brief, **explained(passage.exchange, passage.composed)} if passage.caller.explain else brief


def sse(payloads: Sequence[bytes]) -> bytes:
    """The events of a stream that hold these."""
    return b"data: " + b"\n\ndata: ".join(payloads) + b"\n\n" if payloads else b""


async def _sent(payloads: Sequence[bytes]) -> AsyncGenerator[bytes, None]:
    yield sse(payloads) + b"data: [DONE]\n\n"


async def _told(exchange: Exchange, created_s: int, text: str, more: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    """A text of ours as a stream."""
    head = completion.head(exchange.id, created_s, exchange.model, "chat.completion.chunk")
    first = completion.chunk(head, 0, {"role": "assistant", "content": text})
    last = {**completion.chunk(head, 0, {}, exchange.finish), "sekisho": more}
    yield sse([orjson.dumps(first), orjson.dumps(last)]) + b"data: [DONE]\n\n"
