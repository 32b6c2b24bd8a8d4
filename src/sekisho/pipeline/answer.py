"""The answer that comes whole: every text in it is examined before any of it goes out."""

from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from sekisho.core.errors import UpstreamBroken
from sekisho.core.exchange import Judged, Message, Stage
from sekisho.pipeline.completion import (
    CHOICE,
    MESSAGE,
    TEXTS,
    TOP,
    Json,
    allowed,
    finish_of,
    tokens_of,
)
from sekisho.pipeline.examiner import Examiner


@dataclass(slots=True)
class Answered:
    """What became of an answer.

    Attributes:
        payload: the body to send, if nothing ended it.
        completion: the same, decoded.
        texts: per choice, what the person gets to read; sealed and digested.
        judged: all findings.
        ended: the finding that ended the answer; the choices then hold what came before it.
        tokens: as reported by the model, None where it reported none.
    """

    payload: bytes
    completion: Json
    texts: list[Json] = field(default_factory=list[Json])
    judged: list[Judged] = field(default_factory=list[Judged])
    ended: Judged | None = None
    tokens: int | None = None
    changed: bool = False


async def examined(payload: bytes, model: str, examiner: Examiner) -> Answered:
    """Examines a completion. The original bytes go on where nothing was changed.

    Raises `UpstreamBroken` when the payload is not a chat completion.
    """
    try:
        decoded: Any = orjson.loads(payload)
    except orjson.JSONDecodeError as fault:
        raise UpstreamBroken(model=model, why="not JSON") from fault
    choices: Any = cast("Json", decoded).get("choices") if isinstance(decoded, dict) else None
    if not isinstance(choices, list) or not choices:
        raise UpstreamBroken(model=model, why="no choices")
    completion = cast("Json", decoded)
    answered = Answered(payload, completion, tokens=tokens_of(completion.get("usage")))
    if not completion.keys() <= TOP:
        answered.completion, answered.changed = allowed(completion, TOP), True
    answered.completion["choices"] = [
        await _choice(choice, index, model, examiner, answered)
        for index, choice in enumerate(cast("list[Any]", choices))
    ]
    if answered.changed:
        answered.payload = orjson.dumps(answered.completion)
    return answered


async def _choice(choice: Any, index: int, model: str, examiner: Examiner, answered: Answered) -> Json:
    message: Any = cast("Json", choice).get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise UpstreamBroken(model=model, why="a choice without a message")
    given = cast("Json", message)
    passed = allowed(given, MESSAGE)
    for name in TEXTS:
        text = given.get(name)
        if text is None:
            continue
        if not isinstance(text, str):
            raise UpstreamBroken(model=model, why=f"{name} is not text")
        result = await examiner.examine(Message(Stage.EXIT, "assistant", text, ("choices", index, "message", name)))
        passed[name] = result.text
        _note(answered, result.judged, result.ended)
    calls = await tool_calls(given, ("choices", index, "message"), model, examiner, answered)
    passed.update(calls)
    finish = finish_of(cast("Json", choice).get("finish_reason"))
    answered.texts.append({"index": index, **{name: passed[name] for name in passed if name != "role"}})
    if passed != given or not cast("Json", choice).keys() <= CHOICE:
        answered.changed = answered.changed or passed != given or _says_more(cast("Json", choice))
    return {"index": index, "message": passed, "logprobs": None, "finish_reason": finish}


def _says_more(choice: Json) -> bool:
    return any(name not in CHOICE and value is not None for name, value in choice.items())


async def tool_calls(
    message: Json, path: tuple[str | int, ...], model: str, examiner: Examiner, answered: Answered
) -> Json:
    """The tool calls of a message, examined whole: an action is judged before any of it goes out."""
    passed: Json = {}
    calls = message.get("tool_calls")
    if calls is not None:
        if not isinstance(calls, list):
            raise UpstreamBroken(model=model, why="tool_calls is not a list")
        passed["tool_calls"] = [
            await _call(call, (*path, "tool_calls", number), model, examiner, answered)
            for number, call in enumerate(cast("list[Any]", calls))
        ]
    if message.get("function_call") is not None:
        passed["function_call"] = await _function(
            message["function_call"], (*path, "function_call"), model, examiner, answered
        )
    return passed


async def _call(call: Any, path: tuple[str | int, ...], model: str, examiner: Examiner, answered: Answered) -> Json:
    if not isinstance(call, dict):
        raise UpstreamBroken(model=model, why="a tool call is not an object")
    given = cast("Json", call)
    passed: Json = {}
    for name in given:
        if name == "function":
            passed[name] = await _function(given[name], (*path, name), model, examiner, answered)
        elif name in ("id", "type") and isinstance(given[name], str):
            passed[name] = given[name]
        elif name == "index" and isinstance(given[name], int):
            passed[name] = given[name]
    return passed


async def _function(
    function: Any, path: tuple[str | int, ...], model: str, examiner: Examiner, answered: Answered
) -> Json:
    given = cast("Json", function) if isinstance(function, dict) else {}
    passed: Json = {}
    for name in ("name", "arguments"):
        text = given.get(name)
        if text is None:
            continue
        if not isinstance(text, str):
            raise UpstreamBroken(model=model, why=f"{name} of a function is not text")
        result = await examiner.examine_escaped(Message(Stage.ACTION, "assistant", text, (*path, name)))
        passed[name] = result.text
        _note(answered, result.judged, result.ended)
    return passed


def _note(answered: Answered, judged: list[Judged], ended: Judged | None) -> None:
    answered.judged.extend(judged)
    answered.ended = answered.ended or ended
