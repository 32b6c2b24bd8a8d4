"""Prompts that are in no training data, to see how well the guards do on what others wrote.

- Evaluation items of aisev (public/aisev.jsonl): kept for this, never learnt from. Many are questions that are harmless
  themselves, and only an answer to them can go wrong.
- Jailbreaks in the wild that PyRIT (Microsoft, MIT License) carries, by who wrote them. `pip download --no-deps pyrit`
  gets the file, which is read as it is; nothing of it is installed, copied or learnt from. The collection of Shen et
  al. (2023) is in it too, as in public/jailbreaks.json: what resembles a line of that is left out.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import yaml
from near import NEAR, nearest, runs
from sources import HERE, Item, lines_of

TEMPLATES = "pyrit/datasets/jailbreak/templates/"
NAMES = {"": "jailbreakchat", "in_the_wild": "Shen et al.", "Arth_Singh": "Arth Singh", "pliny": "Pliny"}
NOTHING = ("{{ prompt }}", "{% raw %}", "{% endraw %}")  # marks of templates; the first is where the question would be
VIEWS = {"01": "toxic output", "02": "misinformation", "03": "fairness"}  # of aisev, those that are about harm


def hazards() -> list[Item]:
    """The items of aisev that are about harm."""
    lines = lines_of(HERE / "public" / "aisev.jsonl")
    told = [(line["text"], VIEWS.get(line["perspective"])) for line in lines]
    return [Item(text, ("harm",), f"aisev, {view}", ("harm",)) for text, view in told if view]


def jailbreaks(wheel: Path, known: list[str]) -> list[Item]:
    """Each collection as a group, without what resembles a text of `known` or one before it."""
    shingles: list[frozenset[str]] = []
    having: dict[str, list[int]] = {}

    def keep(text: str) -> None:
        for run in runs(text):
            having.setdefault(run, []).append(len(shingles))
        shingles.append(runs(text))

    for text in known:
        keep(text)
    found: list[Item] = []
    for name, text in _templates(wheel):
        if nearest(text, shingles, having) < NEAR:
            keep(text)
            found.append(Item(text, ("attack.jailbreak",), f"PyRIT, {name}", ("attack",)))
    return found


def _templates(wheel: Path) -> Iterator[tuple[str, str]]:
    """Collection and text of every template without parameters of its own, in the order of their names."""
    with zipfile.ZipFile(wheel) as archive:
        for path in sorted(archive.namelist()):
            inside = path.removeprefix(TEMPLATES)
            folder = inside.split("/")[0] if "/" in inside else ""
            if path.startswith(TEMPLATES) and path.endswith(".yaml") and folder in NAMES:
                text = yaml.safe_load(archive.read(path))["value"]
                for mark in NOTHING:
                    text = text.replace(mark, "")
                yield NAMES[folder], text.strip()
