"""The answer that comes in pieces: each goes out as soon as no rule can change its mind about it.

Texts are let out through their hold-back buffers. Tool calls are kept until they are whole, then judged: an action
is judged before any of it goes out. The finish reason waits until the record is durable.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, cast

import orjson

from sekisho.core.errors import UpstreamBroken
from sekisho.models.flaw import Flaw
from sekisho.pipeline.answer import Answered, tool_calls
from sekisho.pipeline.calls import Calls
from sekisho.pipeline.completion import (
    CHUNK_CHOICE,
    MESSAGE,
    TEXTS,
    Json,
    allowed,
    chunk,
    finish_of,
    passing,
    tokens_of,
)
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.outlet import Outlet
from sekisho.pipeline.pattern import Pattern
from sekisho.pipeline.request import MAX_CHOICES

LONGEST = 4_000_000  # code points of an answer, all its texts and calls; whoever gives more has lost its way
TOGETHER = 64  # events that are read in one step; bounds what is read in vain where events of several texts alternate
_PASSING = frozenset({*CHUNK_CHOICE, "logprobs"})


@dataclass(slots=True)
class Part:
    """A text of an event: `delta[outlet.name]`, which ends at `end` of its channel."""

    delta: Json
    outlet: Outlet
    end: int


@dataclass(slots=True)
class _Event:
    raw: bytes
    chunk: Json
    parts: list[Part]
    clean: bool  # holds nothing that must be taken out
    text: str = ""  # of the last part

    @property
    def outlet(self) -> Outlet | None:
        """Where its text goes, if it holds just one."""
        return self.parts[0].outlet if len(self.parts) == 1 else None

    def pattern(self, following: bytes) -> Pattern | None:
        """The pattern that this event and the next have in common."""
        if not self.clean or len(self.parts) != 1:
            return None
        part = self.parts[0]
        return Pattern.of(self.raw, self.chunk, (part.delta, part.outlet.name), self.text, following)


class StreamedAnswer:
    """A chat completion stream on its way through.

    Attributes:
        answered: what was judged so far; its texts are what we added ourselves.
        finishes: finish reason by choice, as the model gave it.
        usage: the last report of the model, None before it came.
        head: the fields that our own chunks begin with: those of the model's last chunk.
    """

    def __init__(self, model: str, examiner: Examiner, head: Json) -> None:
        self._model = model
        self._examiner = examiner
        self.head = head
        self._outlets: dict[tuple[int, str], Outlet] = {}
        self._calls: dict[int, Calls] = {}
        self._called: list[Json] = []
        self.answered = Answered({})
        self.finishes: dict[int, str] = {}
        self.usage: Json | None = None
        self._pattern: Pattern | None = None
        self._outlet: Outlet | None = None  # of the pattern's text
        self._before: _Event | None = None  # the last event, while there is no pattern

    @property
    def ended(self) -> bool:
        """Whether a finding ended the answer."""
        return self.answered.ended is not None

    async def pass_on(self, payloads: Sequence[bytes]) -> list[bytes]:
        """Takes events from the model and gives those that go out now; none behind the end of the answer.

        Raises `UpstreamBroken` for what is no chunk, and where more than `LONGEST` code points came: they are kept for
        the record, and calls of tools also until they are judged.
        """
        if self.length > LONGEST:
            raise self._broken(why=Flaw.ANSWER_TOO_LONG)
        out: list[bytes] = []
        position = 0
        while position < len(payloads) and not self.ended:
            left = payloads[position : position + TOGETHER]
            if self._before is not None:
                texts = self._learned(self._before, left)
            else:
                texts = self._pattern.texts(left) if self._pattern is not None else []
            if texts:
                out += await self._pass_texts(left[: len(texts)], texts)
                position += len(texts)
            else:
                position += await self._pass_event(left, out)
        return out

    async def _pass_texts(self, payloads: Sequence[bytes], texts: Sequence[str]) -> Sequence[bytes]:
        """Passes events that differ from one checked before in their text alone."""
        outlet = cast("Outlet", self._outlet)
        start = outlet.channel.length
        outlet.take("".join(texts))
        unchanged = await outlet.advance()
        self._note(outlet)
        return self._sent(payloads, texts, start, unchanged=unchanged)

    def _sent(self, payloads: Sequence[bytes], texts: Sequence[str], start: int, *, unchanged: bool) -> Sequence[bytes]:
        """What goes out for events of the pattern, the text of which begins at `start`."""
        pattern, outlet = cast("Pattern", self._pattern), cast("Outlet", self._outlet)
        if unchanged:
            outlet.until()
            return payloads
        ends = list(accumulate(map(len, texts), initial=start))
        out: list[bytes] = []
        at = 0
        while at < len(texts):
            plain = outlet.plain_to(ends[at])
            if plain >= ends[at + 1]:  # these go out as they came
                whole = bisect_right(ends, plain, at + 1) - 1
                outlet.until(ends[whole])
                out += payloads[at:whole]
                at = whole
                continue
            passed = outlet.until(ends[at + 1])
            if passed:
                out.append(payloads[at] if passed == texts[at] else pattern.event(passed))
            at += 1
        return out

    async def _pass_event(self, payloads: Sequence[bytes], out: list[bytes]) -> int:
        """Passes the first event, with those behind it that hold more of the same text; tells how many."""
        events, taken, texts = self._read_alike(payloads)
        unchanged = False
        advanced: list[Outlet] = []  # with all that they were given
        for event in events:
            if self.ended and event.outlet is not events[0].outlet:
                break
            for part in event.parts:
                if not self.ended and part.outlet not in advanced:
                    advanced.append(part.outlet)
                    unchanged = await part.outlet.advance()
                    self._note(part.outlet)
            rewritten = self._rewritten(event)
            if rewritten is not None:
                out.append(rewritten)
        if texts:
            behind = payloads[taken : taken + len(texts)]
            out += self._sent(behind, texts, events[-1].parts[0].end, unchanged=unchanged)
        return taken + len(texts)

    def _read_alike(self, payloads: Sequence[bytes]) -> tuple[list[_Event], int, list[str]]:
        """Reads one event, or two of one text, and the texts of those behind that differ in nothing else.

        The first of an answer often differs from all others, by the role.
        """
        events: list[_Event] = []
        self._pattern = None
        for taken, payload in enumerate(payloads[:2], 1):
            event = self._read(payload)
            if event is None:
                return events, taken, []
            events.append(event)
            outlet = event.outlet
            if outlet is None or outlet is not events[0].outlet:
                return events, taken, []
            self._before = event
            if taken < len(payloads):
                texts = self._learned(event, payloads[taken:])
                if texts:
                    outlet.take("".join(texts))
                    return events, taken, texts
        return events, len(events), []

    def _learned(self, event: _Event, behind: Sequence[bytes]) -> list[str]:
        """The texts of the events behind one, as far as they are like it; the pattern is then kept for more."""
        self._before = None
        self._outlet = event.outlet
        self._pattern = event.pattern(behind[0])
        return self._pattern.texts(behind) if self._pattern is not None else []

    async def finish(self) -> list[bytes]:
        """The rest of every text, then the tool calls; nothing after the finding that ends the answer."""
        for outlet in self._outlets.values():
            if not self.ended:
                await outlet.finish()
                self._note(outlet)
        calls = await self._judged_calls()
        if self.answered.withheld:
            return []
        out: list[bytes] = []
        for (index, name), outlet in self._outlets.items():
            text = outlet.until()
            if text:
                out.append(orjson.dumps(chunk(self.head, index, {name: text})))
        if not self.ended:
            self._called = [{"index": index, **passed} for index, passed in calls.items()]
            out += [orjson.dumps(chunk(self.head, index, passed)) for index, passed in calls.items()]
        return out

    async def _judged_calls(self) -> dict[int, Json]:
        calls: dict[int, Json] = {}
        for index, kept in self._calls.items():
            if not self.ended:
                path = ("choices", index, "message")
                calls[index] = await tool_calls(kept.message(), path, self._model, self._examiner, self.answered)
        return {index: passed for index, passed in calls.items() if passed}

    def sent(self) -> None:
        """What was given so far goes out now, and is told from here on whatever happens."""
        for outlet in self._outlets.values():
            outlet.sent = len(outlet.delivered)

    def withdraw(self) -> None:
        """What was given since `sent` does not go out after all. Nothing can be given any more."""
        for outlet in self._outlets.values():
            del outlet.delivered[outlet.sent :]
        self._called.clear()

    def told(self) -> list[Json]:
        """Everything that went out, by choice: texts, tool calls, and what we added."""
        texts: list[Json] = [
            {"index": index, name: "".join(outlet.delivered)} for (index, name), outlet in self._outlets.items()
        ]
        return [*texts, *self._called, *self.answered.texts]

    def closing(self, finish: str | None, more: Json) -> list[bytes]:
        """The last events: one finish reason for each choice (`finish` for all, where given), then the usage."""
        indexes = sorted({*self.finishes, *(index for index, _ in self._outlets), *self._calls}) or [0]
        out = [chunk(self.head, index, {}, finish or self.finishes.get(index, "stop")) for index in indexes]
        out[-1].update(more)
        if self.usage is not None:
            out.append({**self.head, "choices": [], "usage": self.usage})
        return [orjson.dumps(one) for one in out]

    @property
    def length(self) -> int:
        """Code points of text that the model sent, calls of tools included."""
        said = sum(outlet.channel.length for outlet in self._outlets.values())
        return said + sum(calls.length for calls in self._calls.values())

    def content(self, index: int) -> str:
        """What went out as the content of a choice."""
        outlet = self._outlets.get((index, "content"))
        return "".join(outlet.delivered) if outlet is not None else ""

    def messages(self) -> dict[int, Json]:
        """What went out, as the message of each choice."""
        messages: dict[int, Json] = {index: {} for index in self.finishes}
        for (index, name), outlet in self._outlets.items():
            messages.setdefault(index, {})[name] = "".join(outlet.delivered)
        for called in self._called:
            messages.setdefault(called["index"], {}).update(called)
        return messages

    @property
    def worded(self) -> list[int]:
        """The choices of which content went out."""
        return sorted(
            index for (index, name), outlet in self._outlets.items() if name == "content" and outlet.delivered
        )

    def _note(self, outlet: Outlet) -> None:
        self.answered.note(outlet.channel.judged, outlet.channel.ended)
        outlet.channel.judged.clear()

    def _broken(self, *, why: str) -> UpstreamBroken:
        return UpstreamBroken(model=self._model, why=why)

    def _read(self, payload: bytes) -> _Event | None:
        try:
            decoded: Any = orjson.loads(payload)
        except orjson.JSONDecodeError as fault:
            raise self._broken(why=Flaw.NOT_JSON) from fault
        if not isinstance(decoded, dict) or "error" in decoded:
            raise self._broken(why=Flaw.ERROR_EVENT)
        whole = passing(cast("Json", decoded))
        if whole.get("usage") is not None:
            self.usage = whole["usage"]
            self.answered.tokens = tokens_of(self.usage)
        choices = whole.get("choices")
        if not isinstance(choices, list) or not choices:
            return None
        event = _Event(payload, whole, [], clean=whole == decoded)
        for choice in cast("list[Any]", choices):
            self._choice(choice, event)
        self.head = {name: whole[name] for name in whole if name not in ("choices", "usage")}
        return event if event.parts or _says_something(cast("list[Json]", choices)) else None

    def _choice(self, choice: Any, event: _Event) -> None:
        if not isinstance(choice, dict):
            raise self._broken(why="a choice is not an object")
        given = cast("Json", choice)
        if given.get("delta") is None:
            given["delta"] = {}  # some servers leave it out where it is empty
        delta = cast("object", given["delta"])
        index = given.get("index", 0)
        if not isinstance(delta, dict) or type(index) is not int or not 0 <= index < MAX_CHOICES:
            raise self._broken(why="a choice without index and delta")
        if not given.keys() <= _PASSING or given.get("logprobs") is not None:
            event.clean = False
        if given.get("finish_reason") is not None:
            self.finishes[index] = finish_of(given["finish_reason"])
            given["finish_reason"] = None
            event.clean = False
        self._delta(cast("Json", delta), index, event)

    def _delta(self, delta: Json, index: int, event: _Event) -> None:
        if not delta:
            return  # most often with the finish reason
        if delta.get("role") not in (None, "assistant"):
            delta["role"] = "assistant"
            event.clean = False
        if not delta.keys() <= MESSAGE:
            event.clean = False
        if delta.get("tool_calls") is not None or delta.get("function_call") is not None:
            self._calls.setdefault(index, Calls(self._model)).collect(delta)
        self._texts(delta, index, event)

    def _texts(self, delta: Json, index: int, event: _Event) -> None:
        for name in TEXTS:
            text = delta.get(name)
            if text is None:
                continue
            if not isinstance(text, str):
                raise self._broken(why=f"{name} is not text")
            if text:
                outlet = self._outlets.get((index, name))
                if outlet is None:
                    outlet = self._outlets[index, name] = Outlet(name, index, self._examiner)
                event.parts.append(Part(delta, outlet, outlet.take(text)))
                event.text = text

    def _rewritten(self, event: _Event) -> bytes | None:
        """The event with what may go out of it now; None when nothing is left of it."""
        for part in event.parts:
            part.delta[part.outlet.name] = part.outlet.until(part.end)
        choices = [
            {**allowed(choice, CHUNK_CHOICE), "delta": _left(choice["delta"])} for choice in event.chunk["choices"]
        ]
        choices = [choice for choice in choices if choice["delta"]]
        return orjson.dumps({**event.chunk, "choices": choices}) if choices else None


def _left(delta: Json) -> Json:
    """What remains of a delta: no empty texts unless they came with the role."""
    return {name: value for name, value in delta.items() if name in MESSAGE and (value or "role" in delta)}


def _says_something(choices: list[Json]) -> bool:
    return any(choice["delta"].get("role") for choice in choices)
