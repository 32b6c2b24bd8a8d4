"""The answer that comes in pieces: each goes out as soon as no rule can change its mind about it.

Texts are let out through their hold-back buffers. Tool calls are kept until they are whole, then judged: an action
is judged before any of it goes out. The finish reason waits until the record is durable.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from sekisho.core.errors import UpstreamBroken
from sekisho.core.verdict import Verdict
from sekisho.pipeline.answer import Answered, tool_calls
from sekisho.pipeline.completion import (
    CHUNK_CHOICE,
    MESSAGE,
    TEXTS,
    TOP,
    Json,
    allowed,
    chunk,
    finish_of,
    tokens_of,
)
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.outlet import Outlet

_PASSING = frozenset({*CHUNK_CHOICE, "logprobs"})
MAX_CALLS = 256
PROBE = '\u2603 " \\ probe'  # stands where a text stood, to see whether it was the text


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


@dataclass(frozen=True, slots=True)
class Pattern:
    """An event that was checked, without its text: events of one answer mostly differ in nothing else.

    What has the same bytes before and behind one JSON string is the same event with another text, so its fields need
    no second look.
    """

    before: bytes
    behind: bytes
    outlet: Outlet

    @classmethod
    def of(cls, raw: bytes, chunk: Json, part: Part) -> "Pattern | None":
        """The pattern of an event with one text; None where its text cannot be told from the rest of its bytes."""
        name = part.outlet.name
        text = part.delta[name]
        for literal in (orjson.dumps(text), json.dumps(text).encode()):
            before, found, behind = raw.rpartition(literal)
            if found:
                part.delta[name] = PROBE
                same = orjson.loads(before + orjson.dumps(PROBE) + behind) == chunk
                part.delta[name] = text
                return cls(before, behind, part.outlet) if same else None
        return None

    def text(self, raw: bytes) -> str | None:
        """The text of an event that fits; None for any other."""
        if not (raw.startswith(self.before) and raw.endswith(self.behind)):
            return None
        literal = raw[len(self.before) : len(raw) - len(self.behind)]
        try:
            text: object = orjson.loads(literal)
        except orjson.JSONDecodeError:
            return None
        return text if isinstance(text, str) else None

    def event(self, text: str) -> bytes:
        """The event with this text."""
        return self.before + orjson.dumps(text) + self.behind


class StreamedAnswer:
    """A chat completion stream on its way through.

    Attributes:
        answered: what was judged so far.
        finishes: finish reason by choice, as the model gave it.
        usage: the last report of the model, None before it came.
        head: the fields that our own chunks begin with: those of the model's last chunk.
    """

    def __init__(self, model: str, examiner: Examiner, head: Json) -> None:
        self._model = model
        self._examiner = examiner
        self.head = head
        self._outlets: dict[tuple[int, str], Outlet] = {}
        self._calls: dict[int, dict[str, Json]] = {}
        self.answered = Answered(b"", {})
        self.finishes: dict[int, str] = {}
        self.usage: Json | None = None
        self._pattern: Pattern | None = None

    @property
    def ended(self) -> bool:
        """Whether a finding ended the answer."""
        return self.answered.ended is not None

    async def pass_on(self, payloads: Sequence[bytes]) -> list[bytes]:
        """Takes events from the model and gives those that go out now.

        Events that nothing changed go out as the bytes they came in. Raises `UpstreamBroken` for what is no chunk.
        """
        out: list[bytes] = []
        position = 0
        while position < len(payloads):
            texts = self._alike(payloads, position)
            if texts:
                out += await self._pass_texts(payloads[position : position + len(texts)], texts)
            else:
                out += await self._pass_event(payloads[position])
            position += len(texts) or 1
        return out

    def _alike(self, payloads: Sequence[bytes], position: int) -> list[str]:
        """The texts of the events from `position` on that differ from one checked before in their text alone."""
        texts: list[str] = []
        if self._pattern is not None:
            for payload in payloads[position:]:
                text = self._pattern.text(payload)
                if text is None:
                    break
                texts.append(text)
        return texts

    async def _pass_texts(self, payloads: Sequence[bytes], texts: Sequence[str]) -> list[bytes]:
        pattern = cast("Pattern", self._pattern)
        outlet = pattern.outlet
        ends = [outlet.take(text) for text in texts]
        unchanged = await outlet.advance()
        self._note(outlet)
        if unchanged:
            outlet.until()
            return list(payloads)
        out: list[bytes] = []
        for payload, text, end in zip(payloads, texts, ends, strict=True):
            passed = outlet.until(end)
            if passed:
                out.append(payload if passed == text else pattern.event(passed))
        return out

    async def _pass_event(self, payload: bytes) -> list[bytes]:
        event = self._read(payload)
        if event is None:
            return []
        pattern = Pattern.of(event.raw, event.chunk, event.parts[0]) if event.clean and len(event.parts) == 1 else None
        unchanged = event.clean
        for part in event.parts:
            unchanged = await part.outlet.advance() and unchanged
            self._note(part.outlet)
        self._pattern = pattern
        if unchanged:
            for part in event.parts:
                part.outlet.until()
            return [event.raw]
        rewritten = self._rewritten(event)
        return [] if rewritten is None else [rewritten]

    async def finish(self) -> list[bytes]:
        """The rest of every text, then the tool calls; nothing after the finding that ends the answer."""
        out: list[bytes] = []
        for (index, name), outlet in self._outlets.items():
            if not self.ended:
                await outlet.finish()
                self._note(outlet)
            text = outlet.until()
            if text and not self._withheld:
                out.append(orjson.dumps(chunk(self.head, index, {name: text})))
        for index, calls in self._calls.items():
            if not self.ended:
                message = _assembled(calls)
                passed = await tool_calls(
                    message, ("choices", index, "message"), self._model, self._examiner, self.answered
                )
                if not self.ended:
                    out.append(orjson.dumps(chunk(self.head, index, passed)))
                    self.answered.texts.append({"index": index, **passed})
        self.answered.texts.extend(
            {"index": index, name: "".join(outlet.delivered)} for (index, name), outlet in self._outlets.items()
        )
        return out

    def closing(self, finish: str | None, more: Json) -> list[bytes]:
        """The last events: one finish reason for each choice (`finish` for all, where given), then the usage."""
        indexes = sorted({*self.finishes, *(index for index, _ in self._outlets), *self._calls}) or [0]
        out = [chunk(self.head, index, {}, finish or self.finishes.get(index, "stop")) for index in indexes]
        out[-1].update(more)
        if self.usage is not None:
            out.append({**self.head, "choices": [], "usage": self.usage})
        return [orjson.dumps(one) for one in out]

    @property
    def _withheld(self) -> bool:
        """Whether nothing at all may go out: the answer was held to its end, and is to be replaced or decided on."""
        ended = self.answered.ended
        return ended is not None and ended.verdict in (Verdict.REPLACE, Verdict.HOLD)

    @property
    def length(self) -> int:
        """Code points of text that the model sent."""
        return sum(outlet.channel.length for outlet in self._outlets.values())

    def said(self) -> bool:
        """Whether any content went out."""
        return bool(self.worded)

    @property
    def worded(self) -> list[int]:
        """The choices of which content went out."""
        return sorted(
            index for (index, name), outlet in self._outlets.items() if name == "content" and outlet.delivered
        )

    def _note(self, outlet: Outlet) -> None:
        if outlet.channel.judged:
            self.answered.judged.extend(outlet.channel.judged)
            outlet.channel.judged.clear()
        self.answered.ended = self.answered.ended or outlet.channel.ended

    def _read(self, payload: bytes) -> _Event | None:
        try:
            decoded: Any = orjson.loads(payload)
        except orjson.JSONDecodeError as fault:
            raise UpstreamBroken(model=self._model, why="an event is not JSON") from fault
        if not isinstance(decoded, dict) or "error" in decoded:
            raise UpstreamBroken(model=self._model, why="an error within the stream")
        whole = cast("Json", decoded)
        clean = whole.keys() <= TOP
        usage = whole.get("usage")
        if isinstance(usage, dict):
            self.usage = cast("Json", usage)
            self.answered.tokens = tokens_of(cast("object", usage))
        choices = whole.get("choices")
        if not isinstance(choices, list) or not choices:
            return None
        event = _Event(payload, whole, [], clean)
        for choice in cast("list[Any]", choices):
            self._choice(choice, event)
        self.head = {name: whole[name] for name in whole if name in TOP and name not in ("choices", "usage")}
        return event if event.parts or _says_something(cast("list[Json]", choices)) else None

    def _choice(self, choice: Any, event: _Event) -> None:
        if not isinstance(choice, dict):
            raise UpstreamBroken(model=self._model, why="a choice is not an object")
        given = cast("Json", choice)
        delta = given.get("delta")
        index = given.get("index", 0)
        if not isinstance(delta, dict) or type(index) is not int:
            raise UpstreamBroken(model=self._model, why="a choice without index and delta")
        if not given.keys() <= _PASSING or given.get("logprobs") is not None:
            event.clean = False
        if given.get("finish_reason") is not None:
            self.finishes[index] = finish_of(given["finish_reason"])
            given["finish_reason"] = None
            event.clean = False
        if not cast("Json", delta).keys() <= MESSAGE:
            self._collect(cast("Json", delta), index)
            event.clean = False
        self._texts(cast("Json", delta), index, event)

    def _texts(self, delta: Json, index: int, event: _Event) -> None:
        for name in TEXTS:
            text = delta.get(name)
            if text is None:
                continue
            if not isinstance(text, str):
                raise UpstreamBroken(model=self._model, why=f"{name} is not text")
            if text:
                outlet = self._outlets.get((index, name))
                if outlet is None:
                    outlet = self._outlets[index, name] = Outlet(name, index, self._examiner)
                event.parts.append(Part(delta, outlet, outlet.take(text)))

    def _collect(self, delta: Json, index: int) -> None:
        """Keeps pieces of tool calls until they are whole."""
        kept = self._calls.setdefault(index, {})
        calls = delta.get("tool_calls")
        for call in cast("list[Any]", calls) if isinstance(calls, list) else []:
            if (
                not isinstance(call, dict)
                or type(cast("Json", call).get("index", 0)) is not int
                or len(kept) > MAX_CALLS
            ):
                raise UpstreamBroken(model=self._model, why="a tool call makes no sense")
            _merge(kept.setdefault(f"{cast('Json', call).get('index', 0):06}", {}), cast("Json", call), self._model)
        function = delta.get("function_call")
        if isinstance(function, dict):
            _merge(kept.setdefault("function_call", {}), {"function": cast("Json", function)}, self._model)

    def _rewritten(self, event: _Event) -> bytes | None:
        """The event with what may go out of it now; None when nothing is left of it."""
        changed = not event.clean
        for part in event.parts:
            text = part.outlet.until(part.end)
            changed = changed or text != part.delta[part.outlet.name]
            part.delta[part.outlet.name] = text
        if not changed:
            return event.raw
        choices = [
            {**allowed(choice, CHUNK_CHOICE), "delta": _left(choice["delta"])} for choice in event.chunk["choices"]
        ]
        choices = [choice for choice in choices if choice["delta"]]
        return orjson.dumps({**allowed(event.chunk, TOP), "choices": choices}) if choices else None


def _left(delta: Json) -> Json:
    """What remains of a delta: no empty texts unless they came with the role."""
    return {name: value for name, value in delta.items() if name in MESSAGE and (value or "role" in delta)}


def _says_something(choices: list[Json]) -> bool:
    return any(choice["delta"].get("role") for choice in choices)


def _merge(kept: Json, piece: Json, model: str) -> None:
    for name in ("id", "type"):
        if isinstance(piece.get(name), str) and piece[name]:
            kept[name] = piece[name]
    function = piece.get("function")
    if function is None:
        return
    if not isinstance(function, dict):
        raise UpstreamBroken(model=model, why="the function of a tool call is not an object")
    whole = kept.setdefault("function", {})
    for name in ("name", "arguments"):
        text = cast("Json", function).get(name)
        if text is None:
            continue
        if not isinstance(text, str):
            raise UpstreamBroken(model=model, why=f"{name} of a function is not text")
        whole[name] = whole.get(name, "") + text


def _assembled(calls: dict[str, Json]) -> Json:
    message: Json = {}
    listed = [{"index": number, **calls[key]} for number, key in enumerate(sorted(calls)) if key != "function_call"]
    if listed:
        message["tool_calls"] = listed
    if "function_call" in calls:
        message["function_call"] = calls["function_call"]["function"]
    return message
