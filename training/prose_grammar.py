"""Training lines by grammar: prose that asks for nothing, in the words of encyclopedias and newspapers.

What it is made of stands in training/grammar/prose/*.yaml. Alarming words stand in it as they do in such texts.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import yaml

HERE = Path(__file__).parent / "grammar" / "prose"
SEED = 17
TIMES = 8  # lines of each frame
SLOTS = {
    "place": "places", "place2": "places", "year": "years", "person": "people", "person2": "people", "body": "bodies",
    "work": "works", "field": "fields", "event": "events", "thing": "things", "crime": "crimes",
}  # fmt: skip


def lines() -> Iterator[tuple[str, str]]:
    """Text and language, always the same ones in the same order. One in three is two sentences."""
    for path in sorted(HERE.glob("*.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))
        chance = random.Random(SEED)  # noqa: S311 - no secret
        between = "" if path.stem == "ja" else " "

        def one(frame: str, given: dict[str, list[str]] = given, chance: random.Random = chance) -> str:
            text = frame.format(**{slot: str(chance.choice(given[name])) for slot, name in SLOTS.items()})
            return text[0].upper() + text[1:]

        found = dict[str, None]()
        for frame in given["frames"]:
            for number in range(TIMES):
                text = one(frame)
                found[text if number % 3 else text + between + one(chance.choice(given["frames"]))] = None
        yield from ((text, path.stem) for text in found)
