"""Which training lines resemble a text of the benchmark: `python training/near.py training/data/harm-en-7.jsonl`.

Two texts are near where they share more than a part of all their runs of four characters (Jaccard's index). Only
numbers of training lines are printed and never a text of the benchmark, so that nobody has to look at it.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from sekisho.core.normalise import normalise
from sekisho.evaluation.items import sets

RUN = 4
NEAR = 0.35
SHORTEST = 12  # code points of a text that is compared


def runs(text: str) -> frozenset[str]:
    """The runs of four characters of a text, small letters for large ones, without spaces."""
    plain = "".join(normalise(text).lower().split())
    return frozenset(plain[at : at + RUN] for at in range(max(1, len(plain) - RUN + 1)))


def nearest(text: str, known: list[frozenset[str]], having: dict[str, list[int]]) -> float:
    """The index of the text among `known` that is most like this one. `having`: which of them have a run."""
    own = runs(text)
    shared = Counter(number for run in own for number in having.get(run, ()))
    return max((count / (len(own) + len(known[number]) - count) for number, count in shared.items()), default=0.0)


def main() -> int:
    """Prints the lines that are near, and how many there are; 1 if any are."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("files", nargs="+", type=Path)
    options.add_argument("--near", type=float, default=NEAR)
    given = options.parse_args()
    texts = dict.fromkeys(item.text for one in sets() for item in one.items if len(item.text) >= SHORTEST)
    known = [runs(text) for text in texts]
    having: dict[str, list[int]] = {}
    for number, one in enumerate(known):
        for run in one:
            having.setdefault(run, []).append(number)
    total = 0
    for path in given.files:
        lines = [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
        likeness = [nearest(text, known, having) for text in lines]
        near = [number for number, one in enumerate(likeness, 1) if one >= given.near]
        total += len(near)
        print(f"{path.name}: {len(near)} of {len(lines)} lines are near; most: {max(likeness):.2f}; lines {near}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
