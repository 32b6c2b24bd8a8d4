"""Training lines by grammar: documents with an order to the program that reads them, and with a request to people.

Mails, minutes, pages, tables, READMEs, results of tools and code are put together from lines in
training/grammar/planted/*.yaml. Each comes twice, with the order and with the request at the same place.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent / "grammar" / "planted"
SEED = 41
COUNT = 128  # documents of each language, each of them twice
FEWEST, MOST = 2, 9  # lines of a document besides the order


def lines() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Text, labels and language, always the same ones in the same order."""
    for path in sorted(HERE.glob("*.yaml")):
        given = yaml.safe_load(path.read_text("utf-8"))
        chance = random.Random(f"{SEED} {path.stem}")  # noqa: S311 - no secret
        for number in range(COUNT):
            kind = given["kinds"][number % len(given["kinds"])]
            at = chance.randrange(len(given["orders"]))
            bad, good = _documents(kind, (given["orders"][at], given["people"][at]), given["names"], chance)
            yield bad, ("attack.injection.indirect",), path.stem
            yield good, (), path.stem


def _documents(kind: dict[str, Any], said: tuple[str, str], names: list[str], chance: random.Random) -> list[str]:
    """One document of this kind, with each of the two sentences at one place."""
    body = chance.sample(kind["body"], min(chance.randint(FEWEST, MOST), len(kind["body"])))
    place = chance.randrange(len(body) + 1)
    head = chance.choice(kind["heads"])
    who, other = chance.sample(names, 2)
    found: list[str] = []
    for one in said:
        line = _as_line(one, body[0])
        text = kind["between"].join([*body[:place], line, *body[place:]])
        found.append(kind["frame"].format(head=head, who=who, who2=other, body=text))
    return found


def _as_line(sentence: str, beside: str) -> str:
    """The sentence in the form that lines beside it have: a comment in code, a cell in a table."""
    if beside.startswith("    "):
        return f"    # {sentence}"
    if beside.count(",") == 2 and " " not in beside.rsplit(",", maxsplit=1)[-1]:
        return f'"{sentence.replace(chr(34), chr(39))}",,'
    return sentence.replace('"', "'")
