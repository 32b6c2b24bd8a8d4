"""The way of one exchange.

1. Admit: the request makes sense, nothing it needs is stopped, and it has a model to go to. What the answer must be
   is agreed on.
2. Inspect: every text in it is seen by all guards and judged by the profile.
3. Compose: the body that the model gets, with masked values replaced.
4. Ask: the model, or the next in order.
5. Inspect the answer: as it comes, or whole. What does not have the form agreed on is mended.
6. Seal: the statement and its salted digests.
7. Record: durable before the last byte goes out.

What is refused on the way in skips steps 3 to 5. What fails after step 2 is recorded too, with its error's code.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import orjson

from sekisho.core.errors import Defect, NoModel, SekishoError, Stopped, UnknownModel
from sekisho.core.exchange import Exchange, Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.models.router import May, Models
from sekisho.models.stream import Stream
from sekisho.models.upstream import Reply
from sekisho.pipeline import escapes, request
from sekisho.pipeline.agreed import agreed
from sekisho.pipeline.answer import examined
from sekisho.pipeline.confidential import NothingInside, confined
from sekisho.pipeline.ending import Ending
from sekisho.pipeline.examiner import Examined, Examiner, apart
from sekisho.pipeline.identity import ulid
from sekisho.pipeline.label import Labels
from sekisho.pipeline.passage import Caller, Outcome, Passage
from sekisho.pipeline.placeholders import Placeholders
from sekisho.pipeline.record import Recorder, Seal
from sekisho.pipeline.repair import fulfilled
from sekisho.pipeline.stops import StoppedSwitch, Stops, Wait
from sekisho.pipeline.streaming import Streaming
from sekisho.policy.judge import judge
from sekisho.policy.profile import Profile
from sekisho.provenance.marks import stripped

Answer = TypeVar("Answer", Reply, Stream)

BULKY = 200_000  # bytes of a body; to read more of them may take tens of milliseconds, in which others must not wait


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Carries exchanges from admission to record.

    Attributes:
        strict_models: refuse a model name that is not configured, instead of using the profile's first model.
        labels: adds to an answer what the profile wants it to say of itself.
        inside: models inside the organisation, to which confidential material is confined; none: nobody said which.
        stops: ends what waits on a model when that is stopped.
    """

    inspector: Inspector
    models: Models
    recorder: Recorder
    stopped: StoppedSwitch
    strict_models: bool = False
    labels: Labels = field(default_factory=Labels)
    inside: frozenset[str] = frozenset()
    stops: Stops = field(init=False)
    _ending: Ending = field(init=False)
    _streaming: Streaming = field(init=False)

    def __post_init__(self) -> None:
        ending = Ending(self.recorder)
        object.__setattr__(self, "_ending", ending)
        object.__setattr__(self, "stops", Stops(self.stopped))
        object.__setattr__(self, "_streaming", Streaming(ending, self.labels, self.stops))

    async def run(self, raw: bytes, caller: Caller) -> Outcome:
        """Runs one exchange. Raises `RequestError`, `UpstreamError` or `LedgerFault`."""
        # 1. Admit
        passage = await self._admit(raw, caller)
        # 2. Inspect
        masked, ended = await self._inspect(passage)
        if ended is not None:
            return await self._ending.refused(passage, ended)
        # 3. Compose
        passage.composed = request.replaced(passage.request.body, masked)
        if passage.agreement is not None:
            passage.composed = passage.agreement.composed(passage.composed)
        if passage.composed is not passage.request.body:
            passage.exchange.seen = passage.seal.digest(orjson.dumps(passage.composed))
        try:
            self.confine(passage)
            whole = not passage.exchange.streamed or (passage.agreement is not None and passage.agreement.whole)
            return await (self._whole(passage) if whole else self._streamed(passage))
        except SekishoError as fault:
            await self._ending.failed(passage, fault)
            raise
        except asyncio.CancelledError:
            await self._ending.failed(passage, None)
            raise
        except Exception as fault:
            await self._ending.failed(passage, Defect(kind=type(fault).__name__))
            raise

    async def _admit(self, raw: bytes, caller: Caller) -> Passage:
        read = request.read(raw) if len(raw) <= BULKY else await asyncio.to_thread(request.read, raw)
        now_ms = self.recorder.now_ms()
        exchange = Exchange(ulid(now_ms), now_ms, caller.key, caller.profile.name, caller.language, read.body)
        order = self._order(read.body.get("model") or "", caller.profile)
        exchange.model = order[0]
        placeholders = Placeholders([message.text for message in read.messages])
        examiner = Examiner(self.inspector, caller.profile, caller.language, placeholders, caller.key)
        seal = Seal.of(raw, read.body["messages"])
        agreement = await apart(len(raw), agreed, caller.profile, read)
        examiner.data = agreement is not None and agreement.json
        return Passage(exchange, caller, read, seal, examiner, order, agreement=agreement)

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

    def _may_ask(self, passage: Passage) -> May:
        """Whether a model may be asked at its turn: fallbacks too must be allowed, and none be stopped meanwhile."""
        profile, inside = passage.caller.profile, self.inside if passage.confined else None

        def may(name: str) -> bool:
            allowed = name in self.models.names and name in (profile.models or (name,))
            allowed = allowed and (inside is None or name in inside)
            return allowed and self.stopped(name, profile.name) is None

        return may

    async def _inspect(self, passage: Passage) -> tuple[dict[tuple[str | int, ...], str], Judged | None]:
        """Examines every text of the request: masked texts by place, and the finding that ends it all, if any."""
        masked: dict[tuple[str | int, ...], str] = {}
        ended: Judged | None = None
        said = [message for message in passage.request.messages if _is_said(message)]
        await passage.examiner.look_ahead(passage.request.messages)
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
        with self.stops.over(exchange.model, exchange.profile) as wait:
            # 4. Ask
            reply = await self._asked(passage, wait, passage.composed)
            # 5. Inspect the answer
            answered = await examined(reply.payload, reply.model, passage.examiner)
            passage.tokens = passage.spent(answered.tokens, len(reply.payload))
            if passage.agreement is not None:
                ask = partial(self._asked, passage, wait)
                answered = await fulfilled(passage, passage.agreement, reply, answered, ask)
            wait.look()  # the guards may have taken their time
        for judged in answered.judged:
            exchange.add(judged)
        passage.texts = answered.texts
        if answered.ended is not None:
            said = "" if answered.withheld else str(answered.texts[0].get("content") or "")
            return await self._ending.refused(passage, answered.ended, said)
        self.labels.attach(answered, passage.caller.profile, passage.exchange)
        exchange.finish = answered.completion["choices"][0]["finish_reason"]
        # 6. Seal, 7. Record
        receipt = await self._ending.record(passage)
        return self._ending.answered(passage, receipt, answered.completion)

    async def _asked(self, passage: Passage, wait: Wait, body: dict[str, Any]) -> Reply:
        """A whole answer, unless the model that gave it was stopped meanwhile."""
        if passage.exchange.streamed:
            body = {name: value for name, value in body.items() if name not in ("stream", "stream_options")}
        reply = await self._first(passage, wait, body, self.models.complete)
        wait.look()
        return reply

    async def _first(
        self,
        passage: Passage,
        wait: Wait,
        body: dict[str, Any],
        ask: Callable[[Sequence[str], dict[str, Any], May], Awaitable[Answer]],
    ) -> Answer:
        """What the first model that answers gives. Raises `Stopped` where for that reason none may be asked."""
        may = self._may_ask(passage)

        def turn(name: str) -> bool:
            allowed = may(name)
            if allowed:
                wait.model = name
            return allowed

        try:
            answer = await ask(passage.order, body, turn)
        except UnknownModel:
            wait.look()
            raise
        except asyncio.CancelledError:
            passage.exchange.model = wait.model  # what ended the waiting ended it here
            raise
        passage.exchange.model = wait.model = answer.model
        return answer

    async def _streamed(self, passage: Passage) -> Outcome:
        exchange = passage.exchange
        admission = partial(self.recorder.admission, exchange, passage.caller.profile, passage.seal)
        loop = asyncio.get_running_loop()
        admitted: asyncio.Future[str] = loop.create_future()
        loop.call_soon(_settle, admitted, admission)  # signed while the model thinks, so that no word waits for it
        with self.stops.over(exchange.model, exchange.profile) as wait:
            stream = await self._first(passage, wait, passage.composed, self.models.stream)
        try:
            receipt = await admitted
        except BaseException:
            stream.drop()
            raise
        events = self._streaming.events(passage, stream)
        await anext(events)  # from here on, closing it closes the stream and leaves a record
        return Outcome(passage, receipt, events=events)


def _settle(receipt: asyncio.Future[str], sign: Callable[[], str]) -> None:
    """Keeps what `sign` gives or raises for whoever waits for it, which may be nobody any more."""
    if receipt.done():
        return
    try:
        receipt.set_result(sign())
    except Exception as fault:  # noqa: BLE001 - it is raised where the receipt is needed
        receipt.set_exception(fault)
        receipt.exception()  # else it is logged where the model failed too


def _is_json(message: Message) -> bool:
    """Whether a text is JSON whose reader undoes its escapes: arguments of a tool call, or a document with some."""
    return (message.path[-1] == "arguments" and message.author == "assistant") or escapes.holds(message.text)


def _is_said(message: Message) -> bool:
    """Whether a person said it; a name or a key in the request is none of their words."""
    return message.stage is Stage.ENTRY and message.author == "user" and message.path[-1] in ("content", "text")


async def _examined(examiner: Examiner, message: Message, said: Sequence[Message]) -> Examined:
    examine = examiner.examine_escaped if await apart(len(message.text), _is_json, message) else examiner.examine
    return await examine(message, earlier=_before(message, said))


def _before(message: Message, said: Sequence[Message]) -> list[str]:
    """What the person said before the last of it; nothing for any other message."""
    return [one.text for one in said[:-1]] if said and message is said[-1] else []
