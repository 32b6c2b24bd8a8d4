"""The tool calls of a streamed choice, put together from their pieces."""

from typing import Any, cast

from sekisho.core.errors import UpstreamBroken
from sekisho.pipeline.completion import Json

MAX_CALLS = 256


class _Call:
    """One call that grows."""

    def __init__(self) -> None:
        self.id = ""
        self.length = 0  # code points of name and arguments
        self._texts: dict[str, list[str]] = {}

    def add(self, piece: Json, model: str) -> None:
        """Takes a piece. Raises `UpstreamBroken` for what is none."""
        if isinstance(piece.get("id"), str):
            self.id = self.id or piece["id"]
        function = piece.get("function")
        if function is None:
            return
        if not isinstance(function, dict):
            raise UpstreamBroken(model=model, why="the function of a tool call is not an object")
        for name in ("name", "arguments"):
            text = cast("Json", function).get(name)
            if text is None:
                continue
            if not isinstance(text, str):
                raise UpstreamBroken(model=model, why=f"{name} of a function is not text")
            parts = self._texts.setdefault(name, [])
            if text:
                parts.append(text)
                self.length += len(text)

    def whole(self, number: int) -> Json:
        """The call, as the `number`th of its message."""
        named = {"id": self.id} if self.id else {}
        return {"index": number, **named, "type": "function", "function": self.function()}

    def function(self) -> Json:
        """Name and arguments."""
        return {name: "".join(parts) for name, parts in self._texts.items()}


class Calls:
    """The calls of one choice, in the order of their indexes.

    Servers that give every call the same index, or none, begin each with an id of its own.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._calls: dict[tuple[int, int], _Call] = {}
        self._latest: dict[int, tuple[int, int]] = {}
        self._single: _Call | None = None

    def collect(self, delta: Json) -> None:
        """Takes the pieces in a delta. Raises `UpstreamBroken` for what makes no sense."""
        calls = delta.get("tool_calls")
        if calls is not None and not isinstance(calls, list):
            raise UpstreamBroken(model=self._model, why="tool_calls is not a list")
        for piece in cast("list[Any]", calls or []):
            if not isinstance(piece, dict):
                raise UpstreamBroken(model=self._model, why="a tool call is not an object")
            self._call(cast("Json", piece)).add(cast("Json", piece), self._model)
        function = delta.get("function_call")
        if function is not None:
            self._single = self._single or _Call()
            self._single.add({"function": function}, self._model)

    @property
    def length(self) -> int:
        """Code points of the names and arguments of all calls."""
        single = self._single.length if self._single is not None else 0
        return single + sum(call.length for call in self._calls.values())

    def message(self) -> Json:
        """The calls as the fields of a message that comes whole."""
        message: Json = {}
        if self._calls:
            message["tool_calls"] = [self._calls[key].whole(number) for number, key in enumerate(sorted(self._calls))]
        if self._single is not None:
            message["function_call"] = self._single.function()
        return message

    def _call(self, piece: Json) -> _Call:
        index = piece.get("index", 0)
        if type(index) is not int or not 0 <= index < MAX_CALLS:
            raise UpstreamBroken(model=self._model, why="a tool call with an impossible index")
        latest = self._latest.get(index)
        own = piece.get("id")
        other = latest is not None and bool(own) and self._calls[latest].id not in ("", own)
        if latest is None or other:
            latest = self._latest[index] = (index, len(self._calls))
            if len(self._calls) >= MAX_CALLS:
                raise UpstreamBroken(model=self._model, why="too many tool calls")
            self._calls[latest] = _Call()
        return self._calls[latest]
