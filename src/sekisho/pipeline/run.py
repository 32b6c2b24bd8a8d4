"""The way of one exchange.

1. Admit: the request makes sense, nothing it needs is stopped, and it has a model to go to.
2. Inspect: every text in it is seen by all guards and judged by the profile.
3. Compose: the body that the model gets, with masked values replaced.
4. Ask: the model, or the next in order.
5. Inspect the answer: as it comes, or whole.
6. Seal: the statement and its salted digests.
7. Record: durable before the last byte goes out.

What is refused on the way in skips steps 3 to 5. What fails after step 2 is recorded too, with its error's code.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from sekisho.core.errors import Defect, NoModel, SekishoError, Stopped, UnknownModel, UpstreamBroken
from sekisho.core.exchange import Exchange, Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.language import Language
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.models.router import Models
from sekisho.pipeline import completion, request
from sekisho.pipeline.answer import examined
from sekisho.pipeline.confidential import NothingInside, confined
from sekisho.pipeline.examiner import Examined, Examiner
from sekisho.pipeline.explain import error_body, explained
from sekisho.pipeline.identity import ulid
from sekisho.pipeline.label import Labels
from sekisho.pipeline.placeholders import Placeholders
from sekisho.pipeline.record import Recorder, Seal
from sekisho.pipeline.request import Request
from sekisho.pipeline.stream import StreamedAnswer
from sekisho.policy import notices
from sekisho.policy.judge import cut, judge, replacement
from sekisho.policy.profile import Profile
from sekisho.provenance.marks import stripped

log = logging.getLogger("sekisho.pipeline")

StoppedSwitch = Callable[[str, str], str | None]  # (model, profile) → what is stopped


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how. `explain`: the answer shall carry findings and what the model saw."""

    key: str
    profile: Profile
    language: Language
    explain: bool = False


@dataclass(slots=True)
class Passage:
    """An exchange on its way, with what its steps need.

    Attributes:
        recorded: whether its record was written, or tried to be. There is never a second try: the first may turn out
            to be in the log after all.
        confined: whether only models inside the organisation may be asked.
    """

    exchange: Exchange
    caller: Caller
    request: Request
    seal: Seal
    examiner: Examiner
    order: Sequence[str]
    texts: list[Any] = field(default_factory=list)
    tokens: int = 0
    composed: dict[str, Any] = field(default_factory=dict)
    recorded: bool = False
    confined: bool = False


@dataclass(slots=True)
class Outcome:
    """What goes back: a whole payload, or events to send one after another. `passage.tokens` is known at the end."""

    passage: Passage
    receipt: str
    payload: bytes = b""
    events: AsyncGenerator[bytes, None] | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Carries exchanges from admission to record.

    Attributes:
        strict_models: refuse a model name that is not configured, instead of using the profile's first model.
        labels: adds to an answer what the profile wants it to say of itself.
        inside: models inside the organisation, to which confidential material is confined; none: nobody said which.
    """

    inspector: Inspector
    models: Models
    recorder: Recorder
    stopped: StoppedSwitch
    strict_models: bool = False
    labels: Labels = field(default_factory=Labels)
    inside: frozenset[str] = frozenset()

    async def run(self, raw: bytes, caller: Caller) -> Outcome:
        """Runs one exchange. Raises `RequestError`, `UpstreamError` or `LedgerFault`."""
        # 1. Admit
        passage = self._admit(raw, caller)
        # 2. Inspect
        masked, ended = await self._inspect(passage)
        if ended is not None:
            return await self._refused(passage, ended)
        # 3. Compose
        passage.composed = request.replaced(passage.request.body, masked)
        if masked:
            passage.exchange.seen = passage.seal.digest(orjson.dumps(passage.composed))
        try:
            self.confine(passage)
            return await (self._streamed(passage) if passage.exchange.streamed else self._whole(passage))
        except SekishoError as fault:
            await self._failed(passage, fault)
            raise
        except asyncio.CancelledError:
            await self._failed(passage, None)
            raise
        except Exception as fault:
            await self._failed(passage, Defect(kind=type(fault).__name__))
            raise

    def _admit(self, raw: bytes, caller: Caller) -> Passage:
        read = request.read(raw)
        now_ms = self.recorder.now_ms()
        exchange = Exchange(ulid(now_ms), now_ms, caller.key, caller.profile.name, caller.language, read.body)
        order = self._order(read.body.get("model") or "", caller.profile)
        exchange.model = order[0]
        placeholders = Placeholders([message.text for message in read.messages])
        examiner = Examiner(self.inspector, caller.profile, caller.language, placeholders, caller.key)
        return Passage(exchange, caller, read, Seal.of(raw, read.body["messages"]), examiner, order)

    def _order(self, wanted: str, profile: Profile) -> Sequence[str]:
        """The models to ask: the one that was named first, as far as the profile allows it and none is stopped."""
        if not self.models.names:
            raise NoModel
        allowed = [name for name in profile.models or self.models.names if name in self.models.names]
        if wanted in allowed:
            order = [wanted]
        elif not allowed or (wanted and self.strict_models):
            raise UnknownModel(model=(wanted or profile.models[0])[:100])
        else:
            order = allowed
        stopped = [self.stopped(name, profile.name) for name in order]
        running = [name for name, stop in zip(order, stopped, strict=True) if stop is None]
        if not running:
            raise Stopped(what=stopped[0])
        return running

    def confine(self, passage: Passage) -> None:
        """Keeps confidential material inside. Raises `NothingInside` where no model that may be asked is."""
        if not confined(passage.exchange.judged, self.inside):
            return
        passage.confined = True
        may = self._may_ask(passage)
        passage.order = [name for name in dict.fromkeys((*passage.order, *self.models.names)) if may(name)]
        if not passage.order:
            raise NothingInside
        passage.exchange.model = passage.order[0]

    def _may_ask(self, passage: Passage) -> Callable[[str], bool]:
        """Whether a model may be asked at its turn: fallbacks too must be allowed, and none be stopped meanwhile."""
        profile, inside = passage.caller.profile, self.inside if passage.confined else None

        def may(name: str) -> bool:
            allowed = name in (profile.models or (name,)) and (inside is None or name in inside)
            return allowed and self.stopped(name, profile.name) is None

        return may

    async def _inspect(self, passage: Passage) -> tuple[dict[tuple[str | int, ...], str], Judged | None]:
        """Examines every text of the request: masked texts by place, and the finding that ends it all, if any."""
        masked: dict[tuple[str | int, ...], str] = {}
        ended: Judged | None = None
        said = [message for message in passage.request.messages if _is_said(message)]
        for message in passage.request.messages:
            result = await _examined(passage.examiner, message, said)
            for judged in result.judged:
                passage.exchange.add(judged)
            if result.ended is not None and (ended is None or result.ended.verdict > ended.verdict):
                ended = result.ended
            text = stripped(result.text) if passage.request.marked else result.text
            if text != message.text:
                masked[message.path] = text
        for message in passage.request.opaque:
            finding = Finding(0, 0, "fault.uninspected", 1.0, "pipeline", "not text")
            for judged in judge(passage.caller.profile, message, [finding]):
                passage.exchange.add(judged)
                if judged.verdict > Verdict.MASK:
                    ended = ended or judged
        return masked, ended

    async def _whole(self, passage: Passage) -> Outcome:
        exchange = passage.exchange
        # 4. Ask
        reply = await self.models.complete(passage.order, passage.composed, self._may_ask(passage))
        exchange.model = reply.model
        stopped = self.stopped(exchange.model, exchange.profile)
        if stopped is not None:
            exchange.add(cut(stopped))
            raise Stopped(what=stopped)
        # 5. Inspect the answer
        answered = await examined(reply.payload, reply.model, passage.examiner)
        for judged in answered.judged:
            exchange.add(judged)
        passage.texts = answered.texts
        passage.tokens = answered.tokens if answered.tokens is not None else len(reply.payload) // 4
        if answered.ended is not None:
            said = "" if answered.withheld else str(answered.texts[0].get("content") or "")
            return await self._refused(passage, answered.ended, said)
        self.labels.attach(answered, passage.caller.profile, passage.exchange)
        exchange.finish = answered.completion["choices"][0]["finish_reason"]
        receipt = await self._record(passage)
        told = passage.caller.explain or exchange.verdict is not Verdict.PASS
        more = {"sekisho": self._explanation(passage, receipt, "")} if told else {}
        return Outcome(passage, receipt, orjson.dumps({**answered.completion, **more}))

    async def _streamed(self, passage: Passage) -> Outcome:
        stream = await self.models.stream(passage.order, passage.composed, self._may_ask(passage))
        passage.exchange.model = stream.model
        receipt = self.recorder.admission(passage.exchange, passage.caller.profile, passage.seal)
        events = self._events(passage, stream)
        await anext(events)  # from here on, closing it closes the stream and leaves a record
        return Outcome(passage, receipt, events=events)

    async def _events(self, passage: Passage, stream: Any) -> AsyncGenerator[bytes, None]:
        exchange = passage.exchange
        head = completion.head(exchange.id, exchange.started_ms // 1000, exchange.model, "chat.completion.chunk")
        answer = StreamedAnswer(exchange.model, passage.examiner, head)
        stopped: str | None = None
        try:
            yield b""
            async for payloads in stream:
                stopped = self.stopped(exchange.model, exchange.profile)
                if stopped is not None:
                    break
                out = await answer.pass_on(payloads)
                if out:
                    yield _sse(out)
                if answer.ended:
                    break
            stopped = stopped or self.stopped(exchange.model, exchange.profile)
            yield await self._last(passage, answer, stopped)
        except SekishoError as fault:
            self._add(passage, answer)
            await self._failed(passage, fault)
            yield _sse([orjson.dumps(error_body(fault, passage.caller.language))])
        except Exception as fault:
            self._add(passage, answer)
            await self._failed(passage, Defect(kind=type(fault).__name__))
            raise
        finally:
            await stream.aclose()
            if not passage.recorded:
                self._add(passage, answer)
                await self._failed(passage, None)

    async def _last(self, passage: Passage, answer: StreamedAnswer, stopped: str | None) -> bytes:
        """What goes out at the end, once the record is durable."""
        exchange, language = passage.exchange, passage.caller.language
        if not (stopped or answer.ended or answer.finishes):
            raise UpstreamBroken(model=exchange.model, why="no finish reason")
        out = [] if stopped else await answer.finish()
        self._add(passage, answer)
        finish: str | None = None
        notice = notices.stopped(stopped, language) if stopped else ""
        ended = answer.answered.ended
        if ended is not None:
            finish, notice = self._verdict(passage, ended)
        elif stopped:
            exchange.add(cut(stopped))
        if notice:
            finish = finish or "content_filter"
            text = f"\n\n{notice}" if 0 in answer.worded else notice
            out.append(orjson.dumps(completion.chunk(answer.head, 0, {"content": text})))
            answer.answered.texts.append({"index": 0, "notice": text})
        else:
            out += self.labels.append(answer, passage.caller.profile, passage.exchange)
        passage.texts = answer.told()
        exchange.finish = finish or answer.finishes.get(0, "stop")
        receipt = await self._record(passage)
        out += answer.closing(finish, {"sekisho": self._explanation(passage, receipt, notice)})
        return _sse(out) + b"data: [DONE]\n\n"

    def _add(self, passage: Passage, answer: StreamedAnswer) -> None:
        for judged in answer.answered.judged:
            passage.exchange.add(judged)
        answer.answered.judged.clear()
        passage.texts = answer.told()
        passage.tokens = answer.answered.tokens if answer.answered.tokens is not None else answer.length // 2

    async def _refused(self, passage: Passage, ended: Judged, said: str = "") -> Outcome:
        """A well-formed completion in place of the answer, or behind what came before the finding."""
        exchange = passage.exchange
        finish, notice = self._verdict(passage, ended)
        text = f"{said}\n\n{notice}" if said else notice
        passage.texts = [{"index": 0, "content": text}]
        exchange.finish = finish
        receipt = await self._record(passage)
        explanation = self._explanation(passage, receipt, notice)
        created_s = exchange.started_ms // 1000
        if exchange.streamed:
            return Outcome(passage, receipt, events=_told(exchange, created_s, text, explanation))
        body = completion.refusal(exchange.id, created_s, exchange.model, text, finish)
        return Outcome(passage, receipt, orjson.dumps({**body, "sekisho": explanation}))

    def _verdict(self, passage: Passage, ended: Judged) -> tuple[str, str]:
        """Finish reason and words for what ended an exchange."""
        language = passage.caller.language
        judged = [ended, *passage.exchange.judged]
        if ended.verdict is Verdict.REPLACE:
            return "stop", replacement(passage.caller.profile, [ended], language) or ""
        if ended.verdict is Verdict.HOLD:
            return "content_filter", notices.held(passage.caller.profile, judged, language)
        return "content_filter", notices.refusal(passage.caller.profile, judged, language)

    async def _record(self, passage: Passage) -> str:
        passage.recorded = True
        # 6. Seal, 7. Record
        return await self.recorder.record(
            passage.exchange, passage.caller.profile, passage.seal, passage.request.raw, passage.texts, passage.tokens
        )

    async def _failed(self, passage: Passage, fault: SekishoError | None) -> None:
        """Records an exchange that did not end well; a second fault while recording is logged, the first one told."""
        if passage.recorded:
            return
        passage.exchange.finish = fault.code if fault is not None else "client_left"
        if fault is not None:
            fault.exchange = passage.exchange.id
        try:
            await self._record(passage)
        except SekishoError as second:
            log.error("exchange %s is not recorded: %s", passage.exchange.id, second)  # noqa: TRY400 - the fault says all

    def _explanation(self, passage: Passage, receipt: str, notice: str) -> dict[str, Any]:
        language = passage.caller.language
        told = passage.caller.profile, passage.exchange.judged, language
        notice = notice or notices.masked(*told) or notices.annotated(*told)
        brief = {
            "exchange": passage.exchange.id,
            "verdict": passage.exchange.verdict.word,
            "profile": passage.exchange.profile,
            "model": passage.exchange.model,
            "receipt": receipt,
            "notice": notice,
        }
        return {**brief, **explained(passage.exchange, passage.composed)} if passage.caller.explain else brief


def _is_source(message: Message) -> bool:
    """Whether a text is the arguments of a tool call, which are JSON."""
    return message.path[-1] == "arguments" and message.author == "assistant"


def _is_said(message: Message) -> bool:
    """Whether a person said it; a name or a key in the request is none of their words."""
    return message.stage is Stage.ENTRY and message.author == "user" and message.path[-1] in ("content", "text")


async def _examined(examiner: Examiner, message: Message, said: Sequence[Message]) -> Examined:
    if _is_source(message):
        return await examiner.examine_escaped(message)
    return await examiner.examine(message, earlier=_before(message, said))


def _before(message: Message, said: Sequence[Message]) -> list[str]:
    """What the person said before the last of it; nothing for any other message."""
    return [one.text for one in said[:-1]] if said and message is said[-1] else []


def _sse(payloads: Sequence[bytes]) -> bytes:
    return b"data: " + b"\n\ndata: ".join(payloads) + b"\n\n" if payloads else b""


async def _told(exchange: Exchange, created_s: int, text: str, more: dict[str, Any]) -> AsyncGenerator[bytes, None]:
    """A text of ours as a stream."""
    head = completion.head(exchange.id, created_s, exchange.model, "chat.completion.chunk")
    first = completion.chunk(head, 0, {"role": "assistant", "content": text})
    last = {**completion.chunk(head, 0, {}, exchange.finish), "sekisho": more}
    yield _sse([orjson.dumps(first), orjson.dumps(last)]) + b"data: [DONE]\n\n"
