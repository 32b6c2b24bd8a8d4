"""What is agreed on for an answer, and what of it an answer breaks.

Looked at is what the caller would get: the content of each choice, and the arguments of calls of strict tools. Beside
tool calls, words are no answer yet; a refusal has no form. What cannot be checked within `STEPS`, lies too deep, or is
too long counts as broken: whoever relies on a schema must not get what nobody has checked.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.language import Language
from sekisho.core.schema import STEPS, Schema
from sekisho.core.schema_keywords import Exhausted, Run
from sekisho.guards.tongue import Tongue, tongue
from sekisho.pipeline.completion import Json
from sekisho.pipeline.strict_json import NO_JSON, pieces, read, words
from sekisho.policy import notices
from sekisho.policy.judge import judge
from sekisho.policy.profile import Contract, Profile

Path = tuple[str | int, ...]

GUARD = "contract"
HERE = 5_000  # steps, and characters, for which the event loop stands still; what takes more has a thread
LONGEST = 500_000  # characters of JSON that are read

_SCORES = {"language": 0.9}
_CATEGORIES = {"json": "format", "text": "format", "unchecked": "schema", "short": "length", "long": "length"}
# Parts of a schema's path that tell nothing of anybody. What a request calls so goes to the model unmasked.
_PLAIN = re.compile(r"[A-Za-z_$]{1,32}|[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that an answer breaks. `kind` and `details` are as in `notices.fault`; `call` is that of a tool."""

    index: int
    path: Path
    text: str
    kind: str
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    call: int | None = None

    def fault(self, language: Language) -> str:
        """What is wrong, in words."""
        return notices.fault(self.kind, language, self.details)

    def judged(self, profile: Profile) -> Judged:
        """What follows from it."""
        category = f"contract.{_CATEGORIES.get(self.kind, self.kind)}"
        score = _SCORES.get(self.kind, 1.0)
        finding = Finding(0, len(self.text), category, score, GUARD, self.fault("en"))
        stage = Stage.EXIT if self.call is None else Stage.ACTION
        return judge(profile, Message(stage, "assistant", self.text, self.path), [finding])[0]


@dataclass(slots=True)
class Found:
    """What a look at an answer found. `taken` is the data amid words that fits, by the place of its choice."""

    breaches: list[Breach] = field(default_factory=list[Breach])
    taken: dict[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True)
class Agreement:
    """What an answer must be.

    Attributes:
        contract: the profile's part.
        language: none: any.
        json: whether the content must be JSON.
        schemas: all of which it must fit.
        tools: what the arguments of calls must fit, by the name of the tool.
        withholds: whether a breach may keep the answer from the caller.
    """

    contract: Contract
    language: Tongue = ""
    json: bool = False
    schemas: tuple[Schema, ...] = ()
    tools: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    withholds: bool = False

    @property
    def whole(self) -> bool:
        """Whether an answer has to be complete before any of it goes out."""
        return self.contract.again > 0 or self.withholds

    def composed(self, body: Json) -> Json:
        """The request, which names the profile's schema where it names no form of its own."""
        if self.contract.schema is None or body.get("response_format") is not None:
            return body
        schema = {"name": "answer", "schema": self.contract.schema.document}
        return {**body, "response_format": {"type": "json_schema", "json_schema": schema}}

    async def look(self, choices: Mapping[int, Json], *, mend: bool = False) -> Found:
        """What the messages of some choices break, by their places. `mend`: data amid words may be taken out."""
        if sum(_size(message) for message in choices.values()) <= HERE:
            try:
                return self._look(choices, Run(HERE), mend, final=False)
            except Exhausted:
                pass
        return await asyncio.to_thread(self._look, choices, Run(STEPS), mend, final=True)

    def _look(self, choices: Mapping[int, Json], run: Run, mend: bool, *, final: bool) -> Found:
        found = Found()
        for index, message in choices.items():
            calls: Sequence[Json] = message.get("tool_calls") or ()
            for number, call in enumerate(calls):
                found.breaches += self._called(index, number, _function(call), run, final=final)
            content = str(message.get("content") or "")
            if calls or message.get("function_call") or (message.get("refusal") and not content):
                continue
            taken = self._taken_out(content, run, final=final) if mend and self.json else None
            if taken is not None:
                found.taken[index] = content = taken
            found.breaches += self._content(index, content, run, final=final)
        return found

    def _called(self, index: int, number: int, function: Json, run: Run, *, final: bool) -> Iterator[Breach]:
        schema = self.tools.get(str(function.get("name")))
        if schema is None:
            return
        text = str(function.get("arguments") or "")
        path = ("choices", index, "message", "tool_calls", number, "function", "arguments")
        for kind, details in _misfits(text, (schema,), run, final=final):
            yield Breach(index, path, text, kind, details, number)

    def _content(self, index: int, text: str, run: Run, *, final: bool) -> Iterator[Breach]:
        path = ("choices", index, "message", "content")
        for kind, details in self._faults(text, run, final=final):
            yield Breach(index, path, text, kind, details)

    def _faults(self, text: str, run: Run, *, final: bool) -> Iterator[tuple[str, Mapping[str, str]]]:
        if self.json:
            yield from _misfits(text, self.schemas, run, final=final)
        elif self.contract.format == "text" and len(text) <= LONGEST and isinstance(read(text), dict | list):
            yield "text", {}
        least, most = self.contract.least, self.contract.most
        if least is not None and len(text) < least:
            yield "short", {"count": str(len(text)), "limit": str(least)}
        if most is not None and len(text) > most:
            yield "long", {"count": str(len(text)), "limit": str(most)}
        if self.language and tongue(words(text) if self.json and len(text) <= LONGEST else text) not in (
            "",
            self.language,
        ):
            yield "language", {"language": self.language}

    def _taken_out(self, text: str, run: Run, *, final: bool) -> str | None:
        """The one piece of data amid words that fits; None where the whole does, or there are none or several."""
        if len(text) > LONGEST or read(text) is not NO_JSON:
            return None
        fitting = [one for one in pieces(text) if not any(_misfits(one, self.schemas, run, final=final))]
        return fitting[0] if len(fitting) == 1 else None


def _misfits(text: str, schemas: Sequence[Schema], run: Run, *, final: bool) -> Iterator[tuple[str, Mapping[str, str]]]:
    """How a text is no JSON that fits all schemas. Raises `Exhausted` unless `final`, where that is a misfit too."""
    if len(text) > LONGEST:
        yield "unchecked", {}
        return
    value = read(text)
    if value is NO_JSON:
        yield "json", {}
        return
    for schema in schemas:
        try:
            path = schema.breach(value, run)
        except Exhausted:
            if not final:
                raise
            yield "unchecked", {}
            continue
        if path is not None:
            yield "schema", {"place": "/".join(plain(path))[:200] or "/"}


def plain(path: Sequence[str]) -> list[str]:
    """A path within a schema, without the names that may tell of somebody."""
    return [step if _PLAIN.fullmatch(step) else "…" for step in path]


def _size(message: Json) -> int:
    calls: Sequence[Json] = message.get("tool_calls") or ()
    arguments = (str(_function(call).get("arguments") or "") for call in calls)
    return len(str(message.get("content") or "")) + sum(map(len, arguments))


def _function(call: Json) -> Json:
    function: Json | None = call.get("function")
    return function or {}
