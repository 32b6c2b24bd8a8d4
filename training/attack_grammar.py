"""Training lines by grammar: attacks on the AI, and sentences with the same words that are none.

What they are made of stands in training/grammar/attack/*.yaml: orders to drop what the AI was told, what it is to do
instead, documents with an order inside, and for each of them something harmless in the same form.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "grammar" / "attack"
SEED = 11
OVERRIDES = 8  # lines of each order to drop what was told
ORDERS = 6  # documents with each kind of order
PERSONAS = 7  # lines of each game with a role
CALM = 9  # lines of each harmless frame
TALK = 20  # of each frame that speaks about attacks


def lines() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Text, labels and language, always the same ones in the same order."""
    for path in sorted(HERE.glob("*.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))
        chance = random.Random(SEED)  # noqa: S311 - no secret
        for text, label in [*_attacks(given, chance), *_indirect(given, chance), *_calm(given, chance)]:
            yield text, (label,) if label else (), path.stem


def _attacks(given: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, str]]:
    def one_of(name: str) -> str:
        return chance.choice(given[name])

    for override in given["overrides"]:
        for number in range(OVERRIDES):
            order = override + one_of("links") + one_of("goals")
            yield f"{one_of('openings')} {order}" if number % 2 else order, "attack.injection.direct"
    for leak in given["leaks"]:
        yield leak, "attack.prompt_leak"
        yield one_of("openings") + " " + leak, "attack.prompt_leak"
        yield one_of("overrides") + one_of("links") + leak, "attack.prompt_leak"
    for frame in given["jailbreaks"]:
        for _ in range(PERSONAS):
            yield frame.format(name=one_of("names"), bad=one_of("bad")), "attack.jailbreak"


def _indirect(given: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, str]]:
    for order in given["orders"]:
        for document in chance.sample(given["documents"], ORDERS):
            said = order.format(goal=chance.choice(given["goals"]), override=chance.choice(given["overrides"]))
            yield _placed(document, said, chance), "attack.injection.indirect"


def _calm(given: dict[str, Any], chance: random.Random) -> Iterator[tuple[str, str]]:
    for frame in given["calm_frames"]:
        for thing in chance.sample(given["things"], CALM):
            yield frame.format(thing=thing), ""
    for frame in given["calm_talk"]:
        for override in chance.sample(given["overrides"], min(TALK, len(given["overrides"]))):
            yield frame.format(override=override), ""
    for frame in given["calm_roles"]:
        for _ in range(PERSONAS):
            yield frame.format(name=chance.choice(given["names"])), ""
    placed = ((order, document) for order in given["people"] for document in chance.sample(given["documents"], ORDERS))
    yield from ((_placed(document, order, chance), "") for order, document in placed)
    yield from ((document.replace("{order}", ""), "") for document in given["documents"])
    yield from ((opening, "") for opening in given["openings"])


def _placed(document: str, order: str, chance: random.Random) -> str:
    """The document with the order in the middle, at the end or at the beginning."""
    match chance.choice(("middle", "end", "beginning")):
        case "end":
            return document.replace("{order}", "") + "\n" + order
        case "beginning":
            return order + "\n" + document.replace("{order}", "")
        case _:
            return document.replace("{order}", order)
