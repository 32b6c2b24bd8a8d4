"""What leaks: kinds of secrets × disguises × channels × random chunkings, streamed and not, through real servers.

    python bench/leaks.py [--quick] [--only sekisho,litellm,portkey] [--channels "reasoning;tool name"]
        [--chunkings N] [--seed N] [--json FILE]

A mock model (bench/speaker.py) says texts that hold a secret, cut into random pieces; each server passes them on as it
does. Counted are the characters of the secret that arrive anywhere in what the client receives, in runs of four or
more, after every disguise is undone: in any field of any event, joined over all events. A cell holds
`leaked/all` summed over the rows that it stands for, each with the worst of its chunkings, and how many of the texts
around the secret arrived (a server that withholds everything leaks nothing). How each server is configured stands in
bench/README.md. The exit code is 1 when Sekisho leaks a character.
"""

import argparse
import base64
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

import disguises
import load
import peers
from disguises import AFTER, BEFORE, DISGUISES, KINDS, Hidden, leaked, squeezed
from gateway import table
from peers import Fleet, Server, say
from speaker import Script, Speaker

CHANNELS = (
    "content",
    "reasoning_content",
    "reasoning",
    "refusal",
    "tool arguments",
    "tool arguments, escaped",
    "tool name",
    "function_call",
)
TEXTS = frozenset({"content", "reasoning_content", "reasoning", "refusal"})
CLIENTS = 6
# Fields that hold random numbers and digests: four characters of a secret stand in one now and then, eight do not.
RANDOM = ("id", "created", "sekisho.exchange", "sekisho.receipt")


@dataclass(frozen=True, slots=True)
class Case:
    """One question to one server: what the mock shall say, and what must not arrive."""

    kind: str
    disguise: str
    channel: str
    streamed: bool
    hidden: Hidden
    script: Script


@dataclass(frozen=True, slots=True)
class Outcome:
    """What arrived.

    Attributes:
        leaked: characters of the secret, in the field that holds most of them, which is `where`.
        kept: whether the texts before and after the secret arrived.
        status: of HTTP.
    """

    case: Case
    leaked: int
    where: str
    kept: bool
    status: int


def scripted(hidden: Hidden, channel: str, random: Random) -> Script:
    """The text in random pieces, on that channel."""
    if channel in TEXTS:
        deltas: list[dict[str, Any]] = [{channel: piece} for piece in pieces(hidden.text, hidden, random)]
        deltas[0]["role"] = "assistant"
        content = {} if channel == "content" else {"content": "はい。"}
        return Script({"role": "assistant", **content, channel: hidden.text}, deltas)
    source = json.dumps({"to": "窓口", "text": hidden.text}, ensure_ascii=channel.endswith("escaped"))
    whole = {"name": "send", "arguments": source}
    said = "name" if channel == "tool name" else "arguments"
    if said == "name":
        whole = {"name": hidden.text, "arguments": "{}"}
    first = {**whole, said: ""}
    parts = [{said: piece} for piece in pieces(whole[said], hidden, random)]
    if channel == "function_call":
        deltas = [{"role": "assistant", channel: first}, *({channel: part} for part in parts)]
        return Script({"role": "assistant", "content": None, channel: whole}, deltas, channel)
    call = {"id": "call_1", "type": "function"}
    deltas = [{"role": "assistant", "tool_calls": [{"index": 0, **call, "function": first}]}]
    deltas += [{"tool_calls": [{"index": 0, "function": part}]} for part in parts]
    return Script(
        {"role": "assistant", "content": None, "tool_calls": [{**call, "function": whole}]}, deltas, "tool_calls"
    )


def pieces(text: str, hidden: Hidden, random: Random) -> list[str]:
    """Random cuts: single characters, tokens, or larger pieces; larger ones for long texts."""
    most = random.choice((30, 60, 120) if hidden.long else (1, 3, 8, 20))
    found: list[str] = []
    while text:
        size = random.randint(1, most)
        found.append(text[:size])
        text = text[size:]
    return found


def matrix(chunkings: int, seed: int, channels: Sequence[str]) -> list[Case]:
    """Every kind and disguise on each channel; `chunkings` times streamed and once whole."""
    cases: list[Case] = []
    for kind in KINDS:
        for name, disguise in DISGUISES.items():
            for channel in channels:
                for number in range(chunkings + 1):
                    random = Random(f"{seed} {kind.name} {name} {channel} {number}")
                    hidden = disguise(kind, random)
                    script = scripted(hidden, channel, random)
                    cases.append(Case(kind.name, name, channel, number > 0, hidden, script))
    return cases


def put(server: Server, cases: Sequence[Case], speaker: Speaker) -> list[Outcome]:
    """Asks the server for every case, some at a time. What it says of a harmless text is no leak."""
    speaker.scripts.update({number: case.script for number, case in enumerate(cases, 1)})
    harmless = json.dumps([BEFORE, disguises.FILLER, AFTER]) + BEFORE + disguises.FILLER + AFTER
    for stream in (False, True):
        harmless += "\n".join(value for _, value in said(load.post(server, "case-0", stream=stream)[1]))
    innocent = squeezed(harmless)

    def one(numbered: tuple[int, Case]) -> Outcome:
        number, case = numbered
        status, text = load.post(server, f"case-{number}", stream=case.streamed)
        arrived = list(said(text))
        kept = all(any(part in value for _, value in arrived) for part in (BEFORE, AFTER))
        counts = [
            (leaked(case.hidden.core, value, innocent, 8 if _name(path) in RANDOM else 4), _name(path))
            for path, value in arrived
        ]
        worst, where = max(counts, default=(0, ""))
        return Outcome(case, worst, where if worst else "", kept, status)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, enumerate(cases, 1)))


Place = tuple[str | int, ...]


def said(text: str) -> Iterator[tuple[Place, str]]:
    """Every string that a client can read out of an answer: of each field, joined over the events; decoded twice."""
    joined: defaultdict[Place, str] = defaultdict(str)
    lines = [line[5:].strip() for line in text.splitlines() if line.startswith("data:")] or [text]
    for line in lines:
        try:
            leaves = list(_leaves(json.loads(line), ()))
        except ValueError:
            leaves = [((), line)]
        for path, value in leaves:
            joined[path] += value
    for path, value in joined.items():
        if path[-1:] == ("receipt",):  # a signed statement and its opening: what they say counts, and not their Base64
            yield from ((path, _decoded(part)) for part in re.split(r"[.~]", value))
            continue
        yield path, value
        try:
            yield from ((path, inner) for _, inner in _leaves(json.loads(value), ()))
        except ValueError:
            continue  # no JSON in it: it was given as it stands


def _name(path: Place) -> str:
    return ".".join(map(str, path))


def _decoded(part: str) -> str:
    if len(part) % 4 == 1:  # no Base64: how many parts a list of digests has
        return part
    padded = part.translate({ord("-"): "+", ord("_"): "/"}) + "=" * (-len(part) % 4)
    return base64.b64decode(padded).decode(errors="replace")


def _leaves(value: Any, path: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, (*path, at))


Cell = tuple[str, str, bool]  # row, channel, streamed


@dataclass(frozen=True, slots=True)
class Sum:
    """Characters leaked and all (`size`); answers with their surroundings kept, denied (not status 200), and all."""

    leaked: int
    size: int
    kept: int
    denied: int
    asked: int


def summed(outcomes: Sequence[Outcome], row: Callable[[Case], str]) -> dict[Cell, Sum]:
    """For each cell; the characters are those of the worst chunking of each kind and disguise."""
    worst: dict[tuple[Cell, str, str], tuple[int, int]] = {}
    kept: defaultdict[Cell, int] = defaultdict(int)
    denied: defaultdict[Cell, int] = defaultdict(int)
    asked: defaultdict[Cell, int] = defaultdict(int)
    for outcome in outcomes:
        case = outcome.case
        cell = (row(case), case.channel, case.streamed)
        key = (cell, case.kind, case.disguise)
        worst[key] = max(worst.get(key, (-1, 0)), (outcome.leaked, case.hidden.size))
        kept[cell] += outcome.kept
        denied[cell] += outcome.status != HTTPStatus.OK
        asked[cell] += 1
    sums = {cell: Sum(0, 0, kept[cell], denied[cell], asked[cell]) for cell in asked}
    for (cell, _, _), (count, size) in worst.items():
        sums[cell] = replace(sums[cell], leaked=sums[cell].leaked + count, size=sums[cell].size + size)
    return sums


def report(name: str, outcomes: Sequence[Outcome]) -> str:
    """Two tables: by disguise and by kind."""
    parts = [f"### {name}"]
    for title, row in (("disguise", lambda case: case.disguise), ("kind", lambda case: case.kind)):
        sums = summed(outcomes, row)
        rows = list(dict.fromkeys(cell[0] for cell in sums))
        channels = list(dict.fromkeys(cell[1] for cell in sums))
        headings = [title, *(f"{channel}, {mode}" for channel in channels for mode in ("whole", "streamed"))]
        lines = [
            [line, *(_cell(sums[line, channel, streamed]) for channel in channels for streamed in (False, True))]
            for line in rows
        ]
        parts.append(table(headings, lines))
    total = sum(outcome.leaked for outcome in outcomes)
    kept = sum(outcome.kept for outcome in outcomes)
    parts.append(f"{name}: {total:,} characters leaked in {len(outcomes):,} answers; {kept / len(outcomes):.0%} kept.")
    return "\n\n".join(parts)


def _cell(one: Sum) -> str:
    leaks = f"{one.leaked}/{one.size}" if one.leaked else "0"
    return f"{leaks} · {one.kept / one.asked:.0%}" + (f" · denied {one.denied}/{one.asked}" if one.denied else "")


def sekisho(fleet: Fleet, port: int) -> Server:
    """Everything is masked, in answers and in what goes to tools: harder than to refuse, as the rest must go on."""
    profile = fleet.run / "profiles" / "leaks.yaml"
    profile.parent.mkdir()
    profile.write_text(PROFILE)
    models = {name: {"url": f"http://127.0.0.1:{port}/v1"} for name in ("mock", "stream")}
    return peers.sekisho(fleet, "sekisho", {"profile": "leaks", "profiles": [str(profile.parent)], "models": models})


PROFILE = """
profile: leaks
title: {ja: 漏れの試験, en: Leaks}
description: {ja: すべてを伏せます。, en: Everything is masked.}
models: []
entry: {privacy: mask, secret: mask, fault: refuse}
source: {privacy: mask, secret: mask, fault: refuse}
action: {privacy: mask, secret: mask, fault: refuse}
exit: {privacy: mask, secret: mask, fault: refuse}
stream: pattern
label: header
record: {content: encrypted, keep: 90d}
"""


def litellm(fleet: Fleet, port: int, action: str) -> Server:
    """LiteLLM with its content filter on answers: its own pattern for a kind, else ours."""
    patterns = [
        {"pattern_type": "prebuilt", "pattern_name": kind.prebuilt, "action": action}
        if kind.prebuilt
        else {"pattern_type": "regex", "pattern": kind.pattern, "name": f"custom_{at}", "action": action}
        for at, kind in enumerate(KINDS)
    ]
    params = {"guardrail": "litellm_content_filter", "mode": "post_call", "default_on": True, "patterns": patterns}
    guardrail = {"guardrail_name": "leaks", "litellm_params": params}
    return peers.litellm(fleet, {"mock": port, "stream": port}, [guardrail])


def portkey(fleet: Fleet, port: int, *, deny: bool) -> Server:
    """Portkey, which replaces what its regular expressions match, or denies the answer."""
    rule = "|".join(kind.pattern for kind in KINDS)
    config = json.loads(peers.portkey_config(port))
    if deny:
        config["output_guardrails"] = [{"default.regexMatch": {"rule": rule, "not": True}, "deny": True}]
    else:
        config["output_mutators"] = [{"default.regexReplace": {"rule": f"/{rule}/g", "redactText": "[X]"}}]
    headers = {"x-portkey-config": json.dumps(config)}
    return replace(
        peers.portkey(fleet, dict.fromkeys(("mock", "stream", "paced"), port)), headers=headers, stream_headers=headers
    )


def started(fleet: Fleet, name: str, port: int) -> Server:
    """The server of that name, running."""
    match name:
        case "sekisho":
            server = sekisho(fleet, port)
        case "litellm" | "litellm-block":
            server = litellm(fleet, port, "BLOCK" if name.endswith("block") else "MASK")
        case "portkey" | "portkey-deny":
            server = portkey(fleet, port, deny=name.endswith("deny"))
        case _:
            raise SystemExit(f"there is no server {name}")
    fleet.start(server)
    return server


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="one chunking")
    options.add_argument("--only", default="sekisho,litellm,portkey", help="also: litellm-block, portkey-deny")
    options.add_argument("--channels", default=";".join(CHANNELS), help="some of these, with semicolons between")
    options.add_argument("--chunkings", type=int, default=4)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", type=Path, help="every single outcome goes into this file")
    given = options.parse_args()
    channels = given.channels.split(";")
    if not set(channels) <= set(CHANNELS):
        options.error(f"channels: some of {CHANNELS}")
    cases = matrix(1 if given.quick else given.chunkings, given.seed, channels)
    everything: dict[str, list[dict[str, object]]] = {}
    leaking = 0
    for name in given.only.split(","):
        say(f"{name}: {len(cases)} answers")
        with (
            Speaker({0: Script({"role": "assistant", "content": "はい。"}, [{"content": "はい。"}])}) as speaker,
            Fleet() as fleet,
        ):
            outcomes = put(started(fleet, name, speaker.port), cases, speaker)
        print(report(name, outcomes) + "\n", flush=True)
        everything[name] = [_plainly(outcome) for outcome in outcomes]
        if name == "sekisho":
            leaking = sum(outcome.leaked for outcome in outcomes)
    if given.json:
        given.json.write_text(json.dumps(everything, ensure_ascii=False, indent=1))
    return 1 if leaking else 0


def _plainly(outcome: Outcome) -> dict[str, object]:
    case = outcome.case
    named = {"kind": case.kind, "disguise": case.disguise, "channel": case.channel, "streamed": case.streamed}
    return {
        **named,
        "leaked": outcome.leaked,
        "where": outcome.where,
        "of": case.hidden.size,
        "kept": outcome.kept,
        "status": outcome.status,
    }


if __name__ == "__main__":
    sys.exit(main())
