"""The answer as its reader puts it together, whole or streamed, in one form, so that both have the same digests."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

Json = dict[str, Any]

_OURS = ("label", "notice")  # what Sekisho adds to a streamed text is kept apart, and read as its end
_NONE_OF_IT = ("index", "role")
_EMPTY: tuple[object, ...] = (None, "", [])
_MOST = 64  # choices


def choices(pieces: Iterable[Mapping[str, Any]]) -> list[Json]:
    """The choices of an answer in order, each with its `index`.

    `pieces` are messages or deltas with an `index`. Texts of one choice and name are joined, tool calls put one behind
    the other without their `index`, a function call taken as it is. What is empty, and the role, is left out.
    """
    made: dict[int, Json] = {}
    for piece in pieces:
        index = piece.get("index", 0)
        choice = made.get(index)
        if choice is None:
            choice = made[index] = {"index": index}
        for name, value in piece.items():
            if name not in _NONE_OF_IT and value not in _EMPTY:
                if name == "content" and name not in choice:
                    choice[name] = value
                else:
                    _add(choice, "content" if name in _OURS else name, value)
    return [made[index] for index in sorted(made)] if len(made) > 1 else list(made.values())


def _add(choice: Json, name: str, value: Any) -> None:
    if isinstance(value, str):
        choice[name] = choice.get(name, "") + value
    elif name == "tool_calls" and isinstance(value, list):
        calls = [_call(one) for one in cast("list[Any]", value)]
        choice[name] = [*choice.get(name, ()), *calls]
    else:
        choice[name] = value


def _call(call: Any) -> Any:
    """A tool call without its `index`, which streams alone have."""
    if not isinstance(call, dict):
        return call
    return {name: value for name, value in cast("Json", call).items() if name != "index"}


def received(completion: Mapping[str, Any]) -> list[Json]:
    """The choices of a chat completion, or of one chunk of a stream, as pieces for `choices`.

    Raises `ValueError` for what is none.
    """
    given: Any = completion.get("choices")
    if not isinstance(given, list) or len(cast("list[Any]", given)) > _MOST:
        raise ValueError("not a chat completion")
    return [_piece(one) for one in cast("list[Any]", given)]


def _piece(choice: Any) -> Json:
    if isinstance(choice, dict):
        given = cast("Json", choice)
        said: Any = given.get("message") or given.get("delta") or {}
        index: Any = given.get("index", 0)
        if isinstance(said, dict) and type(index) is int:
            return {**cast("Json", said), "index": index}
    raise ValueError("not a chat completion")
