"""Mending an answer that is not what was agreed on, and judging it where that fails.

1. Data that stands in a fence or amid words is taken out, where it then fits. This costs nothing.
2. The model is asked again, as often as the profile says: the same request, its own answer, and what is wrong with it.
   Nothing of ours goes to it that it has not seen: masked values stay masked.
3. What still does not fit is judged by the rules of the profile.

What was mended stays in the record, as findings from which nothing follows.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

import orjson

from sekisho.core.errors import UpstreamBroken, UpstreamError
from sekisho.core.exchange import Judged, Stage
from sekisho.core.language import Language
from sekisho.core.verdict import Verdict
from sekisho.models.upstream import Reply
from sekisho.pipeline.answer import Answered, examined
from sekisho.pipeline.completion import Json, allowed, summed, tokens_of
from sekisho.pipeline.contract import Agreement, Breach
from sekisho.pipeline.passage import Passage
from sekisho.pipeline.request import MAX_CHOICES
from sekisho.policy import notices
from sekisho.policy.judge import ASKED_AGAIN, TAKEN_OUT, mended
from sekisho.policy.profile import Profile
from sekisho.policy.taxonomy import title

_FUNCTION = frozenset({"name", "arguments"})

Ask = Callable[[Json], Awaitable[Reply]]

LONGEST = 200_000  # characters of an answer that a model is shown again


async def fulfilled(passage: Passage, agreement: Agreement, reply: Reply, answered: Answered, ask: Ask) -> Answered:
    """The answer as it may go out, with what was judged of its form.

    Args:
        passage: the exchange; what asking again costs is added to its tokens.
        agreement: what was agreed on.
        reply: the answer as the model gave it.
        answered: the same, inspected.
        ask: asks the model for a whole answer.
    """
    profile, language = passage.caller.profile, passage.caller.language
    left = agreement.contract.again
    while answered.ended is None:
        # 1. Take out
        breaches = await _broken(agreement, answered, profile)
        if not breaches:
            break
        # 2. Ask again
        try:
            after = await _again(passage, reply, breaches, ask) if left > 0 else None
            fresh = await examined(after.payload, after.model, passage.examiner) if after is not None else None
        except UpstreamError:  # the answer that there is counts
            after = fresh = None
        if after is None or fresh is None:
            _judge(answered, breaches, profile, language)
            break
        left -= 1
        fresh.judged[:0] = _earlier(answered, breaches, profile, agreement.contract.again - left)
        reply, answered = after, fresh
    passage.exchange.model = reply.model
    return answered


def _earlier(answered: Answered, breaches: Sequence[Breach], profile: Profile, time: int) -> list[Judged]:
    """What was found in choices that are given anew; their paths begin with `earlier` and which time it was."""
    gone = {one.index for one in breaches}
    found = [one for one in answered.judged if one.path[:1] == ("choices",) and one.path[1] in gone]
    found += [one.judged(profile) for one in breaches]
    kept = [one for one in answered.judged if one.path[:1] == ("earlier",)]
    return kept + [replace(one, path=("earlier", time, *one.path)) for one in mended(profile, found, ASKED_AGAIN)]


async def _broken(agreement: Agreement, answered: Answered, profile: Profile) -> list[Breach]:
    """What an answer breaks, once data was taken out of words."""
    choices = answered.completion["choices"]
    found = await agreement.look({index: one["message"] for index, one in enumerate(choices)}, mend=True)
    for index, text in found.taken.items():
        before = Breach(index, ("choices", index, "message", "content"), choices[index]["message"]["content"], "json")
        answered.judged += mended(profile, [before.judged(profile)], TAKEN_OUT)
        choices[index]["message"]["content"] = answered.texts[index]["content"] = text
    return found.breaches


async def _again(passage: Passage, reply: Reply, breaches: Sequence[Breach], ask: Ask) -> Reply | None:
    """The answer with its broken choices given anew, one after another.

    None where one is too long to be shown, or there are more than anybody can have asked for. Raises `UpstreamError`.
    """
    completion: Json = orjson.loads(reply.payload)
    model = reply.model
    broken = sorted({one.index for one in breaches})
    if len(broken) > MAX_CHOICES:
        return None
    for index in broken:
        message: Json = completion["choices"][index]["message"]
        said = _said(message)
        if len(orjson.dumps(said)) > LONGEST:
            return None
        own = [one for one in breaches if one.index == index]
        turns = [said, *_told(message, own, passage.caller.language)]
        body = {**passage.composed, "messages": [*passage.composed["messages"], *turns]}
        body.pop("n", None)
        after = await ask(body)
        model, given = after.model, _decoded(after)
        spent = tokens_of(given.get("usage")) if given is not None else None
        passage.tokens += passage.spent(spent, len(after.payload))
        fresh = _first(given, model)
        completion["choices"][index] = {**fresh["choices"][0], "index": index}
        completion["usage"] = summed(completion.get("usage"), fresh.get("usage"))
    try:
        return Reply(model, orjson.dumps(completion))
    except orjson.JSONEncodeError as fault:  # it reads more levels than it writes
        raise UpstreamBroken(model=model, why="nested too deeply") from fault


def _decoded(reply: Reply) -> Json | None:
    """An answer as JSON; None where it is no object."""
    try:
        given: Any = orjson.loads(reply.payload)
    except orjson.JSONDecodeError:
        return None
    return cast("Json", given) if isinstance(given, dict) else None


def _first(completion: Json | None, model: str) -> Json:
    """A completion with at least one choice. Raises `UpstreamBroken`."""
    choices: Any = completion.get("choices") if completion is not None else None
    if completion is None or not isinstance(choices, list) or not choices:
        raise UpstreamBroken(model=model, why="no choices")
    if not isinstance(choices[0], dict):
        raise UpstreamBroken(model=model, why="a choice without a message")
    return completion


def _said(message: Json) -> Json:
    """The model's own turn, as it may be shown again."""
    turn: Json = {"role": "assistant", "content": message.get("content")}
    calls: Sequence[Json] = message.get("tool_calls") or ()
    if calls:
        turn["tool_calls"] = [
            {"id": _id(call, number), "type": "function", "function": allowed(call["function"], _FUNCTION)}
            for number, call in enumerate(calls)
        ]
    return turn


def _told(message: Json, breaches: Sequence[Breach], language: Language) -> list[Json]:
    """What is wrong: an answer to each call, or a word of the user."""
    calls: Sequence[Json] = message.get("tool_calls") or ()
    if not calls:
        return [{"role": "user", "content": notices.again([one.fault(language) for one in breaches], language)}]
    told: list[Json] = []
    for number, call in enumerate(calls):
        faults = [one.fault(language) for one in breaches if one.call == number]
        words = notices.again(faults, language) if faults else notices.not_run(language)
        told.append({"role": "tool", "tool_call_id": _id(call, number), "content": words})
    return told


def _id(call: Json, number: int) -> str:
    given = call.get("id")
    return given if isinstance(given, str) and given else f"sekisho_{number}"


def _judge(answered: Answered, breaches: Iterable[Breach], profile: Profile, language: Language) -> None:
    # 3. Judge
    for breach in breaches:
        judged = breach.judged(profile)
        answered.note([judged], judged if judged.verdict > Verdict.MASK else None)
        if judged.stage is Stage.EXIT and judged.verdict > Verdict.MASK:
            answered.withheld = True  # of what does not have the form, no part does
        if judged.verdict is Verdict.MASK:
            _hide(answered, breach, f"[{title(judged.finding.category, language)}]")


def _hide(answered: Answered, breach: Breach, words: str) -> None:
    message: Json = answered.completion["choices"][breach.index]["message"]
    if breach.call is None:
        message["content"] = answered.texts[breach.index]["content"] = words
    else:
        message["tool_calls"][breach.call]["function"]["arguments"] = orjson.dumps(words).decode()
