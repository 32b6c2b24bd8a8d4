"""How well attacks of a source are found by models that never saw it: `python training/held.py jailbreaks bipia`.

For each source named, the linear model and the machine learn from all other sources, less one of four folds. What they
make of the source's attacks is compared with what they make of harmless lines of that fold, none of which they saw: a
threshold is set where 1 % or 2 % of these are touched. `--linear`: the linear model alone, in a few minutes.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
import kernel
import ngrams
import train
from sources import Item, items

from sekisho.core.normalise import normalise
from sekisho.evaluation.metrics import proportion
from sekisho.guards import linear

AREA = "attack"
FALSE_POSITIVES = (0.01, 0.02)


def by_stage(name: str, scores: NDArray[np.float64], bad: list[Item], good: list[Item]) -> None:
    """Prints what is found in documents and in all else, each beside harmless lines from the same place."""
    for place, wanted in (("documents", True), ("requests", False)):
        here = np.asarray([(item.stage == "source") == wanted for item in [*bad, *good]])
        is_bad = np.arange(len(here)) < len(bad)
        if (here & is_bad).any():
            print(f"{name}, {place}: {told(scores[here & is_bad], scores[here & ~is_bad])}", flush=True)


def told(bad: NDArray[np.float64], good: NDArray[np.float64]) -> str:
    """Recall at each share of false positives, with Wilson's interval."""
    parts: list[str] = []
    for share in FALSE_POSITIVES:
        threshold = np.sort(good)[::-1][int(share * len(good))]
        parts.append(f"{proportion(int((bad > threshold).sum()), len(bad))} at {share:.0%}")
    return f"{'; '.join(parts)} of {len(good)} harmless lines"


def of_source(found: list[Item], source: str, *, alone: bool) -> None:
    """Prints what is found of one source."""
    fold = train.folds(found)
    known = [item for item, at in zip(found, fold, strict=True) if at and item.group != source]
    bad = [item for item in found if item.group == source and any(label.startswith(AREA) for label in item.labels)]
    own = [item for item, at in zip(found, fold, strict=True) if not at and item.group != source]
    good = [item for item in own if not item.labels and AREA in item.areas]
    asked = [*bad, *good]
    rows = train.Rows.of([item.text for item in [*known, *asked]])
    chosen = np.arange(len(known) + len(asked)) < len(known)
    everything = [*known, *asked]
    wanted = train.truth(everything, AREA)
    importance = train.weights_of(everything, np.where(chosen, wanted, -1).astype(np.int8))
    rarities = ngrams.rarity(rows.counts[rows.first[chosen]])
    head = train.fit(rows, wanted, chosen, rarities, importance)
    scores = train.best(rows, head)[~chosen]
    by_stage(f"{source}, linear model", scores, bad, good)
    if alone:
        return
    ones = np.ones((1, 2), np.float32)
    steps, scale = ngrams.rounded(head.weights[:, None])
    model = linear.LinearModel(
        (AREA,), steps, scale, np.float32([head.bias]), ones.T, 0 * ones.T, np.zeros(1, np.float32)
    )
    given = kernel.excerpts(everything, model, (AREA,))
    machine = kernel.machine(given, wanted, chosen, importance)
    raw = np.maximum.reduceat(machine.decision_function(given.rows), given.first)
    # The weight of the linear model beside the machine is what training/kernel.py finds for the shipped weights.
    curve = kernel.KernelModel.load(train.OUT.with_name("kernel.npz")).curve[:, 0]
    script = np.asarray([int(linear.japanese(normalise(item.text))) for item in asked])
    both = curve[script, 0] * raw[~chosen] + curve[script, 1] * scores + curve[script, 2]
    by_stage(f"{source}, with the second opinion", both, bad, good)


def main() -> int:
    """Prints a line for each source and model."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sources", nargs="+")
    options.add_argument("--linear", action="store_true")
    given = options.parse_args()
    found = items()
    for source in given.sources:
        of_source(found, source, alone=given.linear)
    return 0


if __name__ == "__main__":
    sys.exit(main())
