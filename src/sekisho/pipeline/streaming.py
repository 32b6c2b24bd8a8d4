"""An answer that is asked for and passed on as a stream: step 5 of `sekisho.pipeline.run`, and what follows from it."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass

import orjson

from sekisho.core.errors import Defect, SekishoError, Stopped, UpstreamBroken
from sekisho.models.stream import Stream
from sekisho.pipeline import completion
from sekisho.pipeline.ending import Ending, sse
from sekisho.pipeline.explain import error_body
from sekisho.pipeline.label import Labels
from sekisho.pipeline.passage import Passage
from sekisho.pipeline.stops import Stops
from sekisho.pipeline.stream import StreamedAnswer
from sekisho.policy import notices
from sekisho.policy.judge import cut

BYTES = 2  # of a code point, in which answers in Japanese and in English meet


@dataclass(frozen=True, slots=True)
class Streaming:
    """Passes streams on, up to what a finding or the stop switch ends."""

    ending: Ending
    labels: Labels
    stops: Stops

    async def events(self, passage: Passage, stream: Stream) -> AsyncGenerator[bytes, None]:
        """What goes out; first nothing, so that whoever closes it then closes the stream and leaves a record."""
        exchange = passage.exchange
        head = completion.head(exchange.id, exchange.started_ms // 1000, exchange.model, "chat.completion.chunk")
        answer = StreamedAnswer(exchange.model, passage.examiner, head)
        wait = self.stops.over(exchange.model, exchange.profile, stream.drop)
        rest: list[bytes] = []
        try:
            yield b""
            with suppress(Stopped), wait:
                async for payloads in stream:
                    out = await wait.unstopped(answer.pass_on, payloads)
                    if out:
                        answer.sent()
                        yield sse(out)
                    if answer.ended:
                        break
                rest = await wait.unstopped(_rest, passage, answer)
            yield await self._last(passage, answer, rest, wait.stopped)
        except SekishoError as fault:
            self._break_off(passage, answer)
            await self.ending.failed(passage, fault)
            yield sse([orjson.dumps(error_body(fault, passage.caller.language))])
        except Exception as fault:
            self._break_off(passage, answer)
            await self.ending.failed(passage, Defect(kind=type(fault).__name__))
            raise
        finally:
            await stream.aclose()
            if not passage.recorded:
                self._break_off(passage, answer)
                if wait.stopped is not None:  # but the client left before it could be told
                    exchange.add(cut(wait.stopped))
                await self.ending.failed(passage, None)

    async def _last(self, passage: Passage, answer: StreamedAnswer, out: list[bytes], stopped: str | None) -> bytes:
        """What goes out at the end, once the record is durable: `out`, unless it was stopped, and words of ours."""
        exchange, language = passage.exchange, passage.caller.language
        if stopped:
            answer.withdraw()
            out = []
        self._add(passage, answer)
        finish: str | None = None
        notice = notices.stopped(stopped, language) if stopped else ""
        ended = answer.answered.ended
        if ended is not None:
            finish, notice = self.ending.verdict(passage, ended)
        elif stopped:
            exchange.add(cut(stopped))
        if notice:
            finish = finish or "content_filter"
            text = f"\n\n{notice}" if 0 in answer.worded else notice
            out.append(orjson.dumps(completion.chunk(answer.head, 0, {"content": text})))
            answer.answered.texts.append({"index": 0, "notice": text})
        else:
            out += self.labels.append(answer, passage.caller.profile, passage.exchange)
        answer.sent()
        passage.texts = answer.told()
        exchange.finish = finish or answer.finishes.get(0, "stop")
        receipt = await self.ending.record(passage)
        out += answer.closing(finish, {"sekisho": self.ending.explanation(passage, receipt, notice)})
        return sse(out) + b"data: [DONE]\n\n"

    def _break_off(self, passage: Passage, answer: StreamedAnswer) -> None:
        answer.withdraw()
        self._add(passage, answer)

    def _add(self, passage: Passage, answer: StreamedAnswer) -> None:
        for judged in answer.answered.judged:
            passage.exchange.add(judged)
        answer.answered.judged.clear()
        passage.texts = answer.told()
        passage.tokens = passage.spent(answer.answered.tokens, BYTES * answer.length)


async def _rest(passage: Passage, answer: StreamedAnswer) -> list[bytes]:
    """What was held to the end. Raises `UpstreamBroken` where the model did not come to one.

    What the whole breaks of what was agreed on is noted, and nothing may follow from it.
    """
    if not (answer.ended or answer.finishes):
        raise UpstreamBroken(model=passage.exchange.model, why="no finish reason")
    held = await answer.finish()
    if passage.agreement is not None and not answer.ended:
        found = await passage.agreement.look(answer.messages())
        answer.answered.judged += [one.judged(passage.caller.profile) for one in found.breaches]
    return held
