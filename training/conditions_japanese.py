"""Learns the weights of conditions of persons: src/sekisho/guards/names_conditions.txt.

    python training/conditions_japanese.py

From sentences in which illnesses, beliefs and the like of persons are marked, and from others that speak of such
things in general. Every place that the guard looks at is an example: right where it agrees with a mark. Prints
precision and recall of places of held-out sentences, of those that the guard looks at.
"""

import json
import sys
from pathlib import Path

from weights_of_signs import learnt

from sekisho.core.text import Text
from sekisho.evaluation.guards import agree
from sekisho.evaluation.items import Span, unmarked
from sekisho.guards.names_conditions import CATEGORY, WEIGHTS, Conditions
from sekisho.guards.names_lexicon import Words

DATA = Path(__file__).parent / "data"
MARKED = (
    "places/privacy-ja-dev.jsonl",
    "sensitive-ja-dev.jsonl",
    "sensitive-ja-train.jsonl",
    "names-ja-train-3.jsonl",
    *(f"names-ja-train-{number}.jsonl" for number in (10, 12, 13, 14, 17)),
)
UNMARKED = ("neutral.jsonl", "neutral-2.jsonl")
NAME = "privacy.person_name"
STRENGTH = 0.3  # of the data against the prior
LEAST = 2  # examples that a feature must be seen in
SMALL = 0.02  # a weight below it says nothing
FOLDS = 5


def texts() -> list[tuple[str, tuple[Span, ...]]]:
    """All texts without marks, and their places."""
    lines = [line for name in (*MARKED, *UNMARKED) for line in (DATA / name).read_text("utf-8").splitlines()]
    return [unmarked(json.loads(line)["text"]) for line in lines]


def examples() -> tuple[list[list[str]], list[int], list[int]]:
    """The features of each place, whether it is a person's condition, and the number of its text."""
    conditions = Conditions(Words.load(), {})
    rows: list[list[str]] = []
    truth: list[int] = []
    number: list[int] = []
    for at, (text, spans) in enumerate(texts()):
        view = Text(text).normalised
        names = sorted((one.start, one.end) for one in spans if one.category == NAME) if view.value == text else []
        wanted = [one for one in spans if one.category == CATEGORY]
        for start, end in conditions.places(view.value):
            place = (*view.received(start, end), CATEGORY)
            rows.append(conditions.features(view.value, start, end, names))
            truth.append(int(any(agree(one, place) for one in wanted)))
            number.append(at)
    return rows, truth, number


def held(rows: list[list[str]], truth: list[int], number: list[int]) -> tuple[float, float]:
    """Precision and recall of places in texts that were not learnt from."""
    found = right = 0
    for fold in range(FOLDS):
        known = [at for at in range(len(rows)) if number[at] % FOLDS != fold]
        weights = learnt([rows[at] for at in known], [truth[at] for at in known], strength=STRENGTH, least=LEAST)
        for at in range(len(rows)):
            if number[at] % FOLDS == fold and sum(weights.get(name, 0.0) for name in set(rows[at])) > 0:
                found += 1
                right += truth[at]
    return right / max(1, found), right / max(1, sum(truth))


def main() -> int:
    """Writes the weights."""
    rows, truth, number = examples()
    weights = learnt(rows, truth, strength=STRENGTH, least=LEAST)
    kept = {name: weight for name, weight in sorted(weights.items()) if abs(weight) >= SMALL}
    lines = ["# Written by training/conditions_japanese.py: what features of a condition's surroundings count for."]
    lines += [f"{weight:.2f} {name}".replace("\n", "⏎") for name, weight in kept.items()]
    WEIGHTS.write_text("\n".join(lines) + "\n", "utf-8")
    precision, recall = held(rows, truth, number)
    print(len(rows), "places", sum(truth), "of persons;", len(kept), "weights;", WEIGHTS.stat().st_size, "bytes")
    print("held out: precision", round(precision, 3), "recall", round(recall, 3))
    return 0


if __name__ == "__main__":
    sys.exit(main())
