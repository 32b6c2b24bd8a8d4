"""The answer that comes in pieces: each goes out as soon as no rule can change its mind about it.

Texts are let out through their hold-back buffers. Tool calls are kept until they are whole, then judged: an action
is judged before any of it goes out. The finish reason waits until the record is durable.
"""

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


@dataclass(slots=True)
class _Part:
    """A text of an event: `delta[outlet.name]`, which ends at `end` of its channel."""

    delta: Json
    outlet: Outlet
    end: int


@dataclass(slots=True)
class _Event:
    raw: bytes
    chunk: Json
    parts: list[_Part]
    clean: bool  # holds nothing that must be taken out


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

    @property
    def ended(self) -> bool:
        """Whether a finding ended the answer."""
        return self.answered.ended is not None

    async def pass_on(self, payloads: Sequence[bytes]) -> list[bytes]:
        """Takes events from the model and gives those that go out now.

        Events that nothing changed go out as the bytes they came in. Raises `UpstreamBroken` for what is no chunk.
        """
        events = [event for payload in payloads if (event := self._read(payload)) is not None]
        touched = {id(part.outlet): part.outlet for event in events for part in event.parts}
        unchanged = True
        for outlet in touched.values():
            unchanged = await outlet.advance() and unchanged
            self._note(outlet)
        if unchanged and all(event.clean for event in events):
            for outlet in touched.values():
                outlet.until()
            return [event.raw for event in events]
        return [payload for event in events if (payload := self._rewritten(event)) is not None]

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
                event.parts.append(_Part(delta, outlet, outlet.take(text)))

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
