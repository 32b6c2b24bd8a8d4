"""Completions that we write ourselves, and the parts of a model's that may pass.

Shapes: OpenAI's chat completion and chat completion chunk. Whatever is not listed here does not pass, since nobody
has inspected it.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

TOP = frozenset({"id", "object", "created", "model", "system_fingerprint", "service_tier"})
CHUNK_CHOICE = frozenset({"index", "delta", "finish_reason"})
TEXTS = ("content", "reasoning_content", "reasoning", "refusal")
MESSAGE = frozenset({"role", *TEXTS})
FINISHES = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})

LARGEST = (1 << 63) - 1  # count that JSON of ours holds
LONGEST_WORD = 200  # characters of an identifier or a model's name
_NAME = re.compile("[a-z_]{1,40}")
_USUAL = frozenset({"prompt_tokens", "completion_tokens", "total_tokens"})
_SCALARS = frozenset({int, float, bool, type(None)})  # of decoded JSON

Json = dict[str, Any]


def head(exchange: str, created_s: int, model: str, kind: str) -> Json:
    """The fields that every completion or chunk begins with."""
    return {"id": f"chatcmpl-{exchange}", "object": kind, "created": created_s, "model": model}


def refusal(exchange: str, created_s: int, model: str, text: str, finish: str = "content_filter") -> Json:
    """A whole completion that says `text` in place of an answer."""
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        **head(exchange, created_s, model, "chat.completion"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }


def chunk(top: Mapping[str, Any], index: int, delta: Json, finish: str | None = None) -> Json:
    """One chunk of a stream, with the head of the chunks before it."""
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**top, "choices": [choice]}


def allowed(value: Mapping[str, Any], names: frozenset[str]) -> Json:
    """The fields that may pass."""
    return {name: inner for name, inner in value.items() if name in names}


def passing(value: Mapping[str, Any]) -> Json:
    """The fields at the top of a completion or chunk that may pass: short words, numbers, and the counts of `usage`."""
    passed = {
        name: inner
        for name, inner in value.items()
        if name in TOP and (type(inner) in _SCALARS or (type(inner) is str and len(inner) <= LONGEST_WORD))
    }
    if "choices" in value:
        passed["choices"] = value["choices"]
    if "usage" in value:
        passed["usage"] = _counts(value["usage"])
    return passed


def _counts(usage: object, depth: int = 0) -> Json | None:
    """Numbers by name; anything else a server may write there is nobody's to read."""
    if not isinstance(usage, dict) or depth > 2:
        return None
    counts: Json = {}
    for name, value in cast("Json", usage).items():
        if name not in _USUAL and not _NAME.fullmatch(name):
            continue
        if type(value) in _SCALARS:
            counts[name] = value
        elif isinstance(value, dict):
            counts[name] = _counts(cast("object", value), depth + 1)
    return counts


def summed(one: object, other: object) -> Json | None:
    """The counts of two reports of usage together; None where neither is one."""
    first, second = _counts(one), _counts(other)
    if first is None or second is None:
        return first if second is None else second
    together = {**first, **second}
    for name in first.keys() & second.keys():
        mine, theirs = first[name], second[name]
        if isinstance(mine, dict):
            together[name] = summed(cast("object", mine), theirs)
        elif type(mine) is int and type(theirs) is int:
            together[name] = max(-LARGEST, min(mine + theirs, LARGEST))
    return together


def in_chunks(completion: Json, *, usage: bool) -> list[Json]:
    """A whole completion as the chunks of a stream: what each choice says, how it ended, and the usage if wanted."""
    top = {name: value for name, value in completion.items() if name not in ("choices", "usage")}
    top["object"] = "chat.completion.chunk"
    chunks: list[Json] = []
    for choice in completion["choices"]:
        delta = {name: value for name, value in choice["message"].items() if value is not None}
        if "tool_calls" in delta:
            delta["tool_calls"] = [{**call, "index": number} for number, call in enumerate(delta["tool_calls"])]
        chunks.append(chunk(top, choice["index"], delta))
    chunks += [chunk(top, choice["index"], {}, choice["finish_reason"]) for choice in completion["choices"]]
    if usage and completion.get("usage") is not None:
        chunks.append({**top, "choices": [], "usage": completion["usage"]})
    return chunks


def finish_of(reason: object) -> str:
    """A finish reason of the protocol; anything else a server may say counts as `stop`."""
    return reason if isinstance(reason, str) and reason in FINISHES else "stop"


def tokens_of(usage: object) -> int | None:
    """Total tokens that a model reports; None where it reports nothing sensible."""
    total = usage.get("total_tokens") if isinstance(usage, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return total if isinstance(total, int) and 0 <= total < 1 << 40 else None
