"""Trains the linear model of the guard for conduct as train.py that for intent; part of `make train-guards`.

    python training/conduct.py [--out DIRECTORY]
    sekisho eval guards --data training/held_conduct --guards conduct --categories

It learns from training/data/conduct-*.jsonl and from harmless lines of the other data: what people ask, what agents
read, what answers look like. The linear model has fewer buckets than that for intent, since there are fewer lines.

What stands in training/held_conduct/ is by another writer, and nothing is trained on it.
"""

import argparse
import random
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
import train
from sources import HERE, Item, items, lines_of

AREAS = ("agency", "code", "person")
BITS = 16  # of the number of a bucket
CALM = 6_000  # harmless lines of the other data
# The fold of each writer's lines: each area has writers in all folds.
WRITERS = {f"own/conduct-{number}": fold for number, fold in enumerate((0, 1, 1, 2, 2, 0), 1)}
FOLDS = 3
LONGEST = 1_500  # code points of such a line
OTHERS = ("own/neutral", "self-instruct", "agentdojo", "readme", "python")  # groups of them


def conduct() -> list[Item]:
    """The lines of its own. A harmless one is harmless in every area; the others only speak of theirs."""
    found: list[Item] = []
    for path in sorted((HERE / "data").glob("conduct-*.jsonl")):
        for line in lines_of(path):
            labels = tuple(line["labels"])
            areas = tuple({label.split(".")[0] for label in labels}) or AREAS
            found.append(Item(line["text"], labels, f"own/{path.stem}", areas, line["stage"]))
    return found


def calm() -> list[Item]:
    """Harmless lines of the other data, of all stages."""
    found = [
        Item(item.text, (), item.group, AREAS, item.stage)
        for item in items()
        if not item.labels and item.group.startswith(OTHERS) and len(item.text) < LONGEST
    ]
    random.Random(1).shuffle(found)  # noqa: S311 - no secret
    return found[:CALM]


def lines() -> list[Item]:
    """All that is learnt from."""
    return [*conduct(), *calm()]


def folds(found: list[Item]) -> NDArray[np.int64]:
    """A fold for each text. All lines of a writer stand in the same one, so that scores are calibrated by strangers."""
    return np.asarray([WRITERS.get(item.group, at // 40) % FOLDS for at, item in enumerate(found)])


def main() -> int:
    """Trains and writes the file."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=train.OUT.parent)
    given = options.parse_args()
    found = lines()
    names = train.head_names(found, AREAS)
    learnt = train.learn_all(found, names, folds(found), whole=True, bits=BITS)
    train.save(given.out / "conduct.npz", names, learnt)
    return 0


if __name__ == "__main__":
    sys.exit(main())
