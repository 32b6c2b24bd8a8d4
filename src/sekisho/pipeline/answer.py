"""The answer that comes whole: every text in it is examined before any of it goes out."""

from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from sekisho.core.errors import UpstreamBroken
from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.verdict import Verdict
from sekisho.pipeline.completion import TEXTS, Json, finish_of, passing, tokens_of
from sekisho.pipeline.examiner import Examiner

Path = tuple[str | int, ...]
_THOUGHT_FIRST = ("reasoning_content", "reasoning", "content", "refusal")  # the order in which a model writes them


@dataclass(slots=True)
class Answered:
    """What became of an answer.

    Attributes:
        completion: what may go out, if nothing ended it.
        texts: per choice, what the person gets to read; sealed and digested.
        judged: all findings.
        ended: the worst judgement of those that ended the answer; the texts then hold what came before it.
        withheld: whether nothing of the answer may go out, because it is to be replaced, or a person has to decide.
        tokens: as reported by the model, None where it reported none.
    """

    completion: Json
    texts: list[Json] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    ended: Judged | None = None
    withheld: bool = False
    tokens: int | None = None

    def note(self, judged: list[Judged], ended: Judged | None) -> None:
        """Adds what was judged of one text. An action that must wait withholds itself, not the words before it."""
        if not judged and ended is None:
            return  # most texts
        self.judged.extend(judged)
        self.withheld = self.withheld or any(
            one.stage is Stage.EXIT and one.verdict in (Verdict.REPLACE, Verdict.HOLD) for one in judged
        )
        if ended is not None and (self.ended is None or ended.verdict > self.ended.verdict):
            self.ended = ended


async def examined(payload: bytes, model: str, examiner: Examiner) -> Answered:
    """Examines a completion. What nobody examines does not pass, be it a second field of the same name.

    Raises `UpstreamBroken` when the payload is not a chat completion.
    """
    try:
        decoded: Any = orjson.loads(payload)
    except orjson.JSONDecodeError as fault:
        raise UpstreamBroken(model=model, why="not JSON") from fault
    choices: Any = cast("Json", decoded).get("choices") if isinstance(decoded, dict) else None
    if not isinstance(choices, list) or not choices:
        raise UpstreamBroken(model=model, why="no choices")
    completion = passing(cast("Json", decoded))
    answered = Answered(completion, tokens=tokens_of(completion.get("usage")))
    completion["choices"] = [
        await _choice(choice, index, model, examiner, answered)
        for index, choice in enumerate(cast("list[Any]", choices))
    ]
    return answered


async def _choice(choice: Any, index: int, model: str, examiner: Examiner, answered: Answered) -> Json:
    message: Any = cast("Json", choice).get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise UpstreamBroken(model=model, why="a choice without a message")
    given = cast("Json", message)
    said: Json = {}
    for name in _THOUGHT_FIRST:
        text = given.get(name)
        if text is None:
            continue
        if not isinstance(text, str):
            raise UpstreamBroken(model=model, why=f"{name} is not text")
        over = answered.ended is not None
        shown = await _text(text, Stage.EXIT, ("choices", index, "message", name), examiner, answered)
        said[name] = "" if over else shown
    passed: Json = {name: said.get(name) for name in TEXTS if name in given}
    if "tool_calls" in given or "function_call" in given:
        passed |= await tool_calls(given, ("choices", index, "message"), model, examiner, answered)
    answered.texts.append({"index": index, **passed})
    finish = finish_of(cast("Json", choice).get("finish_reason"))
    return {"index": index, "message": {"role": "assistant", **passed}, "logprobs": None, "finish_reason": finish}


async def tool_calls(message: Json, path: Path, model: str, examiner: Examiner, answered: Answered) -> Json:
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


async def _call(call: Any, path: Path, model: str, examiner: Examiner, answered: Answered) -> Json:
    if not isinstance(call, dict):
        raise UpstreamBroken(model=model, why="a tool call is not an object")
    given = cast("Json", call)
    passed: Json = {}
    if isinstance(given.get("index"), int):
        passed["index"] = given["index"]
    if isinstance(given.get("id"), str):
        passed["id"] = await _text(given["id"], Stage.ACTION, (*path, "id"), examiner, answered)
    passed["type"] = "function"
    passed["function"] = await _function(given.get("function"), (*path, "function"), model, examiner, answered)
    return passed


async def _function(function: Any, path: Path, model: str, examiner: Examiner, answered: Answered) -> Json:
    if not isinstance(function, dict):
        raise UpstreamBroken(model=model, why="a tool call without a function")
    given = cast("Json", function)
    passed: Json = {}
    for name in ("name", "arguments"):
        text = given.get(name)
        if text is None:
            continue
        if not isinstance(text, str):
            raise UpstreamBroken(model=model, why=f"{name} of a function is not text")
        passed[name] = await _text(text, Stage.ACTION, (*path, name), examiner, answered)
    return passed


async def _text(text: str, stage: Stage, path: Path, examiner: Examiner, answered: Answered) -> str:
    message = Message(stage, "assistant", text, path)
    source = path[-1] == "arguments" or (path[-1] == "content" and examiner.data)
    examine = examiner.examine_escaped if source else examiner.examine
    result = await examine(message)
    answered.note(result.judged, result.ended)
    if source and result.ended is not None:
        return ""  # of data there is no part before a finding
    return result.text
