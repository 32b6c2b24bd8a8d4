"""Training lines by grammar: tasks for an AI, and sentences of texts that ask something of people, or nothing.

What they are made of stands in training/grammar/task/*.yaml.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "grammar" / "task"
SEED = 13
TIMES = 6  # lines of a frame with slots


def lines() -> Iterator[tuple[str, bool, str]]:
    """Sentence, whether it is a task for an AI, and language; always the same ones in the same order."""
    for path in sorted(HERE.glob("*.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))
        chance = random.Random(SEED)  # noqa: S311 - no secret
        found = dict.fromkeys(_tasks(given, chance))
        yield from ((text, True, path.stem) for text in found)
        yield from ((text, False, path.stem) for text in given["people"])


def _tasks(given: dict[str, Any], chance: random.Random) -> Iterator[str]:
    slots = {"topic": "topics", "answer": "answers", "thing": "things", "who": "who", "subject": "subjects"}
    for kind in ("questions", "tasks", "styles", "inserts", "codes", "acts"):
        for frame in given[kind]:
            for _ in range(TIMES if "{" in frame else 1):
                text = frame.format(**{slot: chance.choice(given[name]) for slot, name in slots.items()})
                link = chance.choice(given["links"]) if kind != "questions" else ""
                yield link + (text[0].lower() + text[1:] if link and text[0].isascii() else text)
