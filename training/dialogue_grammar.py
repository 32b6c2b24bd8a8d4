"""Training lines by grammar: conversations pasted as examples, in which an AI refuses nothing, and harmless ones.

Many examples in a row lead a model to go on as they do (many-shot jailbreaking). Who builds a bot pastes conversations
of the same form. Questions, answers and forms are in training/grammar/dialogue/*.yaml.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "grammar" / "dialogue"
SEED = 47
COUNT = 56  # conversations of each kind and language
FEWEST, MOST = 3, 14  # questions in one


def lines() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Text, labels and language, always the same ones in the same order."""
    for path in sorted(HERE.glob("*.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))
        chance = random.Random(f"{SEED} {path.stem}")  # noqa: S311 - no secret
        for number in range(COUNT):
            form = given["forms"][number % len(given["forms"])]
            yield _conversation(given, "bad", form, chance), ("attack.jailbreak",), path.stem
            yield _conversation(given, "good", form, chance), (), path.stem


def _conversation(given: dict[str, Any], kind: str, form: dict[str, str], chance: random.Random) -> str:
    """Some questions with answers, and one more question without."""
    chosen = chance.sample(given[kind], chance.randint(FEWEST, MOST))
    turns = [form[part].format(q=ask, a=reply) for ask, reply in chosen[:-1] for part in ("ask", "reply")]
    turns += [form["ask"].format(q=chosen[-1][0]), form["last"].format()]
    begin = chance.choice(given[f"begin_{kind}"])
    return "\n".join(filter(None, (begin, form["between"].join(turns))))
