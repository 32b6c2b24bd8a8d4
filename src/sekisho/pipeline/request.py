"""The request: is it one, and which texts does it hold?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import orjson

from sekisho.core.errors import InvalidField, UnreadableBody
from sekisho.core.exchange import Message, Stage

MAX_CHOICES = 16
OPAQUE = "opaque"
MAX_DEPTH = 64
TRUSTED = frozenset({"system", "developer", "caller"})  # written by whoever built the application
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_SILENT = frozenset({"model", "stream", "stream_options", "messages", "n"})  # hold no text of anybody


@dataclass(frozen=True, slots=True)
class Request:
    """A chat completion request that makes sense.

    Attributes:
        raw: the body as received.
        body: the same, decoded.
        messages: every text in it, with its place.
        opaque: places of parts that are not text (images, audio, files) and cannot be inspected yet.
    """

    raw: bytes
    body: dict[str, Any]
    messages: tuple[Message, ...]
    opaque: tuple[Message, ...]


def read(raw: bytes) -> Request:
    """Decodes and checks a body. Raises `UnreadableBody` or `InvalidField`."""
    try:
        body: object = orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        raise UnreadableBody(why=f"line {fault.lineno}, column {fault.colno}") from fault
    if not isinstance(body, dict):
        raise UnreadableBody(why="not an object")
    return of(raw, cast("dict[str, Any]", body))


def of(raw: bytes, body: dict[str, Any]) -> Request:
    """As `read`, for a body that is decoded already."""
    _check(body)
    texts: list[Message] = []
    opaque: list[Message] = []
    for message in _all(body):
        (opaque if message.author == OPAQUE else texts).append(message)
    return Request(raw, body, tuple(texts), tuple(opaque))


def _check(body: dict[str, Any]) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InvalidField(field="messages", expected="a list of at least one message")
    for index, message in enumerate(cast("list[Any]", messages)):
        if not isinstance(message, dict):
            raise InvalidField(field=f"messages[{index}]", expected="an object")
        _check_message(cast("dict[str, Any]", message), f"messages[{index}]")
    for field, shape, expected in (("model", str, "a string"), ("stream", bool, "true or false")):
        if body.get(field) is not None and not isinstance(body[field], shape):
            raise InvalidField(field=field, expected=expected)
    choices = body.get("n")
    if choices is not None and (type(choices) is not int or not 1 <= choices <= MAX_CHOICES):
        raise InvalidField(field="n", expected=f"a whole number between 1 and {MAX_CHOICES}")


def _check_message(message: dict[str, Any], place: str) -> None:
    if message.get("role") not in _ROLES:
        raise InvalidField(field=f"{place}.role", expected="one of " + ", ".join(sorted(_ROLES)))
    content = message.get("content")
    if content is not None and not isinstance(content, str | list):
        raise InvalidField(field=f"{place}.content", expected="a string, a list of parts or null")
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise InvalidField(field=f"{place}.tool_calls", expected="a list")


def _all(body: dict[str, Any]) -> Iterator[Message]:
    for index, message in enumerate(body["messages"]):
        author: str = message["role"]
        stage = Stage.SOURCE if author in ("tool", "function") else Stage.ENTRY
        content = message.get("content")
        path = ("messages", index, "content")
        if isinstance(content, str):
            yield Message(stage, author, content, path)
        elif content is not None:
            yield from _parts(content, stage, author, path)
        for key, value in message.items():
            if key not in ("role", "content"):
                yield from _strings(value, stage, author, ("messages", index, key), 0)
    for key, value in body.items():
        if key not in _SILENT:
            yield from _strings(value, Stage.ENTRY, "caller", (key,), 0)


def _parts(parts: list[Any], stage: Stage, author: str, path: tuple[str | int, ...]) -> Iterator[Message]:
    for index, part in enumerate(parts):
        place = (*path, index)
        if isinstance(part, str):
            yield Message(stage, author, part, place)
        elif not isinstance(part, dict):
            raise InvalidField(field=f"messages[{path[1]}].content[{index}]", expected="an object")
        elif cast("dict[str, Any]", part).get("type") in ("text", "refusal", "input_text"):
            yield from _strings(cast("dict[str, Any]", part), stage, author, place, 0)
        else:
            yield Message(stage, OPAQUE, "", place)


def _strings(value: object, stage: Stage, author: str, path: tuple[str | int, ...], depth: int) -> Iterator[Message]:
    """Every string below `value`, keys of objects left aside."""
    if depth > MAX_DEPTH:
        raise InvalidField(field=str(path[0]), expected=f"at most {MAX_DEPTH} levels")
    if isinstance(value, str):
        yield Message(stage, author, value, path)
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _strings(inner, stage, author, (*path, key), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from _strings(inner, stage, author, (*path, index), depth + 1)


def replaced(body: dict[str, Any], texts: dict[tuple[str | int, ...], str]) -> dict[str, Any]:
    """A copy of `body` with other texts at the given places. The body itself stays as it is."""
    if not texts:
        return body
    copy: dict[str, Any] = orjson.loads(orjson.dumps(body))
    for path, text in texts.items():
        place: Any = copy
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = text
    return copy
