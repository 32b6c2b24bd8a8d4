"""Training lines by grammar: long role plays, such as free an AI of its rules and such as do not.

What people send to talk an AI out of its rules is often a page long: who it is now, what it may do, in which form it
is to answer, what happens if it refuses. Others are papers: a permit, a test, a proof that it must answer. Pages like
them, without that, set up games, lessons and rehearsals, or are ordinary papers. All are put together from sentences in
training/grammar/persona/*.yaml.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "grammar" / "persona"
SEED = 31
COUNT = 240  # role plays of each kind and language, and half as many papers
FEWEST, MOST = 2, 16  # sentences between the first and the last
BETWEEN = (" ", " ", "\n", "\n\n", "\n- ")
LABELS = {"attack": ("attack.jailbreak",), "calm": (), "permit": ("attack.jailbreak",), "paper": ()}


def lines() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Text, labels and language, always the same ones in the same order."""
    for path in sorted(HERE.glob("*.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))
        chance = random.Random(SEED)  # noqa: S311 - no secret
        for number in range(COUNT):
            for kind, labels in LABELS.items():
                if number % 2 and kind in ("permit", "paper"):
                    continue
                yield _page(given, kind, chance, first=number), labels, path.stem


def _page(given: dict[str, Any], kind: str, chance: random.Random, *, first: int) -> str:
    """One page. `first`: which beginning it has, so that all come up equally often."""
    parts = given[kind]
    size = min(chance.randint(FEWEST, MOST), len(parts["body"]))
    begin = parts["begin"][first % len(parts["begin"])]
    body = chance.sample(parts["body"], size)
    between = chance.choice(BETWEEN)
    if between == " " and _unspaced(begin):
        between = ""
    text = between.join([begin, *body, chance.choice(parts["end"])])
    return text.format(name=chance.choice(given["names"]), bad=chance.choice(given["bad"]))


def _unspaced(sentence: str) -> bool:
    """Whether sentences like this one stand beside each other without a blank."""
    return sentence.endswith(("。", "？"))
