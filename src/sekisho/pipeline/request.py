"""The request: is it one, and which texts does it hold?"""

import re
from collections.abc import Iterator
from typing import Any, cast

import orjson

from sekisho.core.errors import InvalidField, UnreadableBody
from sekisho.core.exchange import Message, Stage
from sekisho.core.fixed import fixed
from sekisho.provenance.marks import selectors

MAX_CHOICES = 16
OPAQUE = "opaque"
MAX_DEPTH = 64
MAX_TEXTS = 20_000  # each is looked at by all guards, which takes a millisecond however short it is
TRUSTED = frozenset({"system", "developer", "caller"})  # written by whoever built the application
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_SILENT = frozenset({"model", "stream", "stream_options", "messages", "n"})  # hold no text of anybody
_PLAIN_KEY = re.compile(r"[A-Za-z_$]{1,32}")  # too short and too plain to tell anything
_TEMPLATE = "chat_template_kwargs"
_DOCUMENTS = frozenset(((), (_TEMPLATE,)))  # above which fields of that name hold what a model shall read
_BARE = frozenset((int, float, bool, type(None)))  # hold no text
_TELLING = 10**9  # of a document, numbers from here on may be somebody's, such as that of a card
_TEXT_PARTS = ("text", "refusal", "input_text", "output_text")


class Key(str):
    """As the last step of a path: the name of a field itself, and not what stands under it. No `str` equals it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(("key", str(self)))


@fixed
class Request:
    """A chat completion request that makes sense.

    Attributes:
        raw: the body as received.
        body: the same, decoded.
        messages: every text in it, with its place.
        opaque: places of parts that are not text (images, audio, files) and cannot be inspected yet.
        marked: whether marks may be hidden in the texts, so that they have to be taken out.
    """

    raw: bytes
    body: dict[str, Any]
    messages: tuple[Message, ...]
    opaque: tuple[Message, ...]
    marked: bool = False

    @property
    def size(self) -> int:
        """Bytes of all texts, in UTF-8."""
        return sum(len(one.text.encode("utf-8", "surrogatepass")) for one in self.messages)


def read(raw: bytes) -> Request:
    """Decodes and checks a body. Raises `UnreadableBody` or `InvalidField`."""
    return of(raw, decoded(raw))


def decoded(raw: bytes) -> dict[str, Any]:
    """A body as JSON. Raises `UnreadableBody`."""
    try:
        body: object = orjson.loads(raw)
    except orjson.JSONDecodeError as fault:
        raise UnreadableBody(why=f"line {fault.lineno}, column {fault.colno}") from fault
    if not isinstance(body, dict):
        raise UnreadableBody(why="not an object")
    return cast("dict[str, Any]", body)


def of(raw: bytes, body: dict[str, Any]) -> Request:
    """As `read`, for a body that is decoded already."""
    _check(body)
    texts: list[Message] = []
    opaque: list[Message] = []
    for message in _all(body):
        (opaque if message.author == OPAQUE else texts).append(message)
        if len(texts) + len(opaque) > MAX_TEXTS:
            raise InvalidField(field=str(message.path[0])[:60], expected=f"at most {MAX_TEXTS} texts in a request")
    return Request(raw, body, tuple(texts), tuple(opaque), selectors.suspicious(raw))


def _check(body: dict[str, Any]) -> None:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InvalidField(field="messages", expected="a list of at least one message")
    for index, message in enumerate(cast("list[Any]", messages)):
        if not isinstance(message, dict):
            raise InvalidField(field=f"messages[{index}]", expected="an object")
        _check_message(cast("dict[str, Any]", message), f"messages[{index}]")
    _check_options(body)


def _check_options(body: dict[str, Any]) -> None:
    for field, shape, expected in (("model", str, "a string"), ("stream", bool, "true or false")):
        if body.get(field) is not None and not isinstance(body[field], shape):
            raise InvalidField(field=field, expected=expected)
    choices = body.get("n")
    if choices is not None and (type(choices) is not int or not 1 <= choices <= MAX_CHOICES):
        raise InvalidField(field="n", expected=f"a whole number between 1 and {MAX_CHOICES}")
    options = body.get("stream_options")
    if options is not None and not (
        isinstance(options, dict)
        and all(
            _PLAIN_KEY.fullmatch(name) and isinstance(value, bool)
            for name, value in cast("dict[str, object]", options).items()
        )
    ):
        raise InvalidField(field="stream_options", expected="an object of options that are true or false")


def _check_message(message: dict[str, Any], place: str) -> None:
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise InvalidField(field=f"{place}.role", expected=f"one of {', '.join(sorted(_ROLES))}")
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
                yield from _field(key, value, stage, author, ("messages", index))
    for key, value in body.items():
        if key not in _SILENT:
            yield from _field(key, value, Stage.ENTRY, "caller", ())


def _parts(parts: list[Any], stage: Stage, author: str, path: tuple[str | int, ...]) -> Iterator[Message]:
    for index, part in enumerate(parts):
        place = (*path, index)
        if isinstance(part, str):
            yield Message(stage, author, part, place)
        elif not isinstance(part, dict):
            raise InvalidField(field=f"messages[{path[1]}].content[{index}]", expected="an object")
        elif cast("dict[str, Any]", part).get("type") in _TEXT_PARTS:
            yield from _strings(cast("dict[str, Any]", part), stage, author, place, 0)
        else:
            for _ in _strings(cast("object", part), stage, author, place, 0):
                pass  # only its depth is looked at
            yield Message(stage, OPAQUE, "", place)


def _field(
    key: str, value: object, stage: Stage, author: str, above: tuple[str | int, ...], depth: int = 0
) -> Iterator[Message]:
    """The strings of a field: its name, unless that is plain, and every string below."""
    if key == "documents" and above in _DOCUMENTS:  # as vLLM and the templates of several models have it
        stage, author = Stage.SOURCE, "tool"
    if not _PLAIN_KEY.fullmatch(key):
        yield Message(stage, author, key, (*above, Key(key)))
    yield from _strings(value, stage, author, (*above, key), depth)


def _strings(value: object, stage: Stage, author: str, path: tuple[str | int, ...], depth: int) -> Iterator[Message]:
    """Every string below `value`, names of fields included; of a source also numbers that may be somebody's."""
    if depth > MAX_DEPTH:
        raise InvalidField(field=str(path[0])[:60], expected=f"at most {MAX_DEPTH} levels")
    text = _text(value, stage)
    if text is not None:
        yield Message(stage, author, text, path)
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from _field(key, inner, stage, author, path, depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            if type(inner) in _BARE and (stage is not Stage.SOURCE or _text(inner, stage) is None):
                continue  # quickly: a hostile body has millions of them
            yield from _strings(inner, stage, author, (*path, index), depth + 1)


def _text(value: object, stage: Stage) -> str | None:
    """What a value says, if it says anything."""
    if stage is Stage.SOURCE and type(value) is int and value >= _TELLING:
        return str(value)
    return value if isinstance(value, str) else None


def replaced(body: dict[str, Any], texts: dict[tuple[str | int, ...], str]) -> dict[str, Any]:
    """A copy of `body` with other texts at the given places. The body itself stays as it is."""
    if not texts:
        return body
    copy: dict[str, Any] = orjson.loads(orjson.dumps(body))
    # Names of fields last and the innermost first, so that every path still leads where it did.
    for path, text in sorted(texts.items(), key=lambda one: (isinstance(one[0][-1], Key), -len(one[0]))):
        place: Any = copy
        for step in path[:-1]:
            place = place[step]
        if isinstance(path[-1], Key):
            place[text] = place.pop(str(path[-1]))
        else:
            place[path[-1]] = text
    return copy
