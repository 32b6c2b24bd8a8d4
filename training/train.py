"""Trains the linear model of the guard for intent: `make train-guards`.

    python training/train.py [--out FILE] [--report]

1. Every text becomes rows of n-gram counts: the whole, and each stretch of a long one, as `LinearModel` reads it.
2. Each head learns from whole texts first. Then the stretch of a long positive text that scores highest counts as
   positive, and those of negative texts that score highest as negative: nobody has marked where an order stands.
3. Scores become probabilities by Platt's method, apart for texts with and without Japanese characters, on folds that
   were held out: runs of 40 lines of one source, since lines that stand together are often twins. How well it does on
   other sources is what `sekisho eval guards` tells.

`--report` trains only on the folds and prints what the model makes of the lines held out.
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parent))
import ngrams
import saved
from sources import Item, items

from sekisho.core.normalise import normalise
from sekisho.guards import linear

OUT = Path(__file__).parent.parent / "src" / "sekisho" / "guards" / "linear.npz"
AREAS = ("attack", "harm")
LEAST = 25  # positive texts that a head needs
ROUNDS = 1
FOLDS = 4
HEAVIEST = (800.0, 250.0)  # what the negative, and the positive, texts of one source may weigh together
# What is taken from the logit of a text of n stretches for each log(n): so much that long harmless texts
# seldom reach one half, and long attacks still do.
LONG = {"attack": 0.6, "harm": 0.8, "agency": 0.6, "code": 0.6, "person": 0.6}
HARDEST = 2  # stretches of a negative text that are learnt from
# Of texts that belong to an area, for which scores are probabilities.
SHARE = {"attack": 0.2, "harm": 0.35, "agency": 0.1, "code": 0.1, "person": 0.05}
CACHE = Path(__file__).parent.parent / ".cache"

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Rows:
    """The texts as numbers. Row `first[i]` is the whole of text `i`; its stretches follow."""

    counts: Any
    first: NDArray[np.int64]
    owner: NDArray[np.int64]

    @classmethod
    def of(cls, texts: list[str], bits: int = linear.BITS) -> "Rows":
        """The rows of these texts, with so many bits for the number of a bucket."""
        columns, values, ends, first, owner = [], [], [0], [], []
        for number, text in enumerate(texts):
            points = linear.code_points(normalise(text))
            found = [(row >> (linear.BITS - bits)).astype(np.int64) for row in linear.buckets(points)]
            first.append(len(ends) - 1)
            for start, stop in _stretches(len(points)):
                inside = np.concatenate([row[start:stop] for row in found])
                buckets, times = np.unique(inside, return_counts=True)
                columns.append(buckets)
                values.append(times / linear.weight(np.asarray(len(inside))))
                ends.append(ends[-1] + len(buckets))
                owner.append(number)
        data = np.concatenate(values).astype(np.float32), np.concatenate(columns), np.asarray(ends)
        return cls(sparse.csr_matrix(data, shape=(len(owner), 1 << bits)), np.asarray(first), np.asarray(owner))


def _stretches(length: int) -> list[tuple[int, int]]:
    blocks = -(-length // linear.BLOCK) or 1
    width = linear.STRETCH * linear.BLOCK
    windows = [(at * linear.BLOCK, at * linear.BLOCK + width) for at in range(blocks - linear.STRETCH + 1)]
    return [(0, length), *(windows if blocks > linear.STRETCH else [])]


@dataclass(slots=True)
class Head:
    """What one category has learnt."""

    weights: Floats
    bias: float

    def rows(self, counts: Any) -> Floats:
        """The score of each row."""
        return np.asarray(counts @ self.weights).ravel() + self.bias


def head_names(found: list[Item], areas: tuple[str, ...] = AREAS) -> list[str]:
    """The areas, then every category with enough texts."""
    counts: dict[str, int] = {}
    for item in found:
        for label in item.labels:
            counts[label] = counts.get(label, 0) + 1
    return [*areas, *sorted(name for name, count in counts.items() if count >= LEAST and name.split(".")[0] in areas)]


def truth(found: list[Item], name: str) -> NDArray[np.int8]:
    """1 where the category or one below it is given, 0 where not, −1 where nobody has looked for its area."""
    area = name.split(".", maxsplit=1)[0]
    return np.asarray(
        [
            1 if any(label == name or label.startswith(f"{name}.") for label in item.labels)
            else 0 if area in item.areas else -1
            for item in found
        ],
        np.int8,
    )  # fmt: skip


def weights_of(found: list[Item], wanted: NDArray[np.int8]) -> Floats:
    """How much each text counts, so that no source drowns the others by its size."""
    keys = [(item.group, int(one)) for item, one in zip(found, wanted, strict=True)]
    sizes = Counter(keys)
    shares = [min(1.0, HEAVIEST[key[1] == 1] / sizes[key]) for key in keys]
    return np.asarray([1.0 if key[0].startswith("own/") else share for key, share in zip(keys, shares, strict=True)])


def fit(rows: Rows, wanted: NDArray[np.int8], chosen: NDArray[np.bool_], rarities: Floats, importance: Floats) -> Head:
    """One head, from the texts that are `chosen`."""
    use = chosen & (wanted >= 0)
    picked = rows.first[use]
    for _ in range(ROUNDS + 1):
        owners = rows.owner[picked]
        head = Head(*ngrams.fitted(rows.counts[picked], wanted[owners], importance[owners], rarities))
        picked = np.concatenate([rows.first[use], _telling(rows, head, wanted, use)])
    return head


def _telling(rows: Rows, head: Head, wanted: NDArray[np.int8], use: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The stretches to learn from besides the whole texts."""
    scores = head.rows(rows.counts)
    ends = [*rows.first[1:], len(rows.owner)]
    found: list[int] = []
    for number in np.flatnonzero(use):
        stretches = np.arange(rows.first[number] + 1, ends[number])
        if len(stretches):
            order = stretches[np.argsort(scores[stretches])[::-1]]
            found += list(order[: 1 if wanted[number] else HARDEST])
    return np.asarray(found, np.int64)


def best(rows: Rows, head: Head) -> Floats:
    """The highest score of each text."""
    return np.maximum.reduceat(head.rows(rows.counts), rows.first)


def folds(found: list[Item]) -> NDArray[np.int64]:
    """A fold for each text; lines that stand together are never parted."""
    groups: dict[str, int] = {}
    told = []
    for number, item in enumerate(found):
        told.append(groups.setdefault(f"{item.group}/{number // 40}", len(groups)) % FOLDS)
    return np.asarray(told)


def balance(wanted: NDArray[np.int8], importance: Floats, share: float) -> Floats:
    """What each text counts besides its importance, so that this `share` of all are positive."""
    positive = float(importance[wanted == 1].sum())
    negative = float(importance[wanted == 0].sum())
    return np.where(
        wanted == 1, share * (positive + negative) / positive, (1 - share) * (positive + negative) / negative
    )


def calibrated(scores: Floats, wanted: NDArray[np.int8], importance: Floats, share: float) -> tuple[float, float]:
    """Slope and offset of Platt's curve, as if this share of all texts were positive: that depends on the place."""
    model = LogisticRegression(C=1e3)
    model.fit(scores[:, None], wanted, importance * balance(wanted, importance, share))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def auc(scores: Floats, wanted: NDArray[np.int8]) -> float:
    """Area under the curve; nan where one side is missing."""
    good, bad = scores[wanted == 0], scores[wanted == 1]
    if not len(good) or not len(bad):
        return float("nan")
    return float((bad[:, None] > good[None, :]).mean() + 0.5 * (bad[:, None] == good[None, :]).mean())


def main() -> int:
    """Trains, says how well it went, and writes the file."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, default=OUT)
    options.add_argument("--report", action="store_true")
    options.add_argument("--heads", default="", help="only these, separated by commas")
    given = options.parse_args()
    found = items()
    fold = folds(found)
    names = given.heads.split(",") if given.heads else head_names(found)
    learnt = learn_all(found, names, fold, whole=not given.report)
    if not given.report:
        save(given.out, names, learnt)
    return 0


def learn_all(
    found: list[Item], names: list[str], fold: NDArray[np.int64], *, whole: bool, bits: int = linear.BITS
) -> "list[Learnt]":
    """What is known of all heads; prints how well each does on lines that were held out."""
    rows = Rows.of([item.text for item in found], bits)
    rarities = ngrams.rarity(rows.counts[rows.first])
    japanese = np.asarray([linear.japanese(item.text) for item in found])
    print(f"{len(found)} texts, {rows.counts.shape[0]} rows, {len(names)} heads", flush=True)
    truths = [truth(found, name) for name in names]
    shares = [SHARE[name.split(".", maxsplit=1)[0]] for name in names]
    learnt: list[Learnt] = Parallel(n_jobs=-1, backend="multiprocessing")(
        delayed(learn)(rows, wanted, weights_of(found, wanted), (rarities, fold, japanese, share), whole)
        for wanted, share in zip(truths, shares, strict=True)
    )
    for name, one in zip(names, learnt, strict=True):
        _say(name, found, one.wanted, one.told)
    return learnt


@dataclass(slots=True)
class Learnt:
    """What is known of one head.

    `held` are scores for lines that it had not learnt from, `told` the probabilities they become, `curves` slope and
    offset for texts without and with Japanese characters.
    """

    wanted: NDArray[np.int8]
    importance: Floats
    held: Floats
    told: Floats
    curves: list[tuple[float, float]]
    head: Head | None = None


def learn(
    rows: Rows, wanted: NDArray[np.int8], importance: Floats, given: tuple[Any, Any, Any, float], whole: bool
) -> Learnt:
    """How well a head does on lines that are held out, and if `whole` the head that learns from all.

    `given`: rarities, fold and script of each text, the share.
    """
    rarities, fold, japanese, share = given
    out = np.zeros(len(wanted))
    for number in range(FOLDS):
        held = fold == number
        if (wanted[held] >= 0).any() and (wanted[~held] == 1).any():
            out[held] = best(rows, fit(rows, wanted, ~held, rarities, importance))[held]
    told = np.zeros(len(wanted))
    curves: list[tuple[float, float]] = []
    for script in (False, True):
        here = (wanted >= 0) & (japanese == script)
        slope, offset = calibrated(out[here], wanted[here], importance[here], share)
        told[here] = 1 / (1 + np.exp(-(slope * out[here] + offset)))
        curves.append((slope, offset))
    head = fit(rows, wanted, np.ones(len(wanted), bool), rarities, importance) if whole else None
    return Learnt(wanted, importance, out, told, curves, head)


def _say(name: str, found: list[Item], wanted: NDArray[np.int8], told: Floats) -> None:
    known = wanted >= 0
    print(f"{name}: AUC {auc(told[known], wanted[known]):.3f} on lines that were held out", flush=True)
    if "." in name:
        return
    groups = np.asarray([item.group for item in found])
    for group in dict.fromkeys(groups):
        here = known & (groups == group)
        yes, no = told[here & (wanted == 1)], told[here & (wanted == 0)]
        parts = [f"found {(yes >= 0.5).mean():.2f} of {len(yes)}"] if len(yes) else []
        parts += [f"touched {(no >= 0.5).mean():.3f} of {len(no)}"] if len(no) else []
        print(f"  {group}: {', '.join(parts)}", flush=True)


def lengths(names: list[str], slopes: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is taken from the scores of long texts, before calibration."""
    wanted = np.asarray([LONG[name.split(".", maxsplit=1)[0]] for name in names])
    return (wanted / slopes.mean(axis=0)).astype(np.float32)


def save(path: Path, names: list[str], learnt: list[Learnt]) -> None:
    """Writes the model with weights of 8 bits."""
    heads = [one.head for one in learnt if one.head is not None]
    weights, scale = ngrams.rounded(np.stack([head.weights for head in heads], axis=1))
    biases = np.asarray([head.bias for head in heads], np.float32)
    slopes, offsets = (
        np.asarray([[curve[at] for curve in one.curves] for one in learnt], np.float32).T for at in (0, 1)
    )
    length = lengths(names, slopes)
    model = linear.LinearModel(tuple(names), weights, scale, biases, slopes, offsets, length)
    saved.write(path, linear.packed(model))
    print(json.dumps({"file": path.name, "bytes": path.stat().st_size, "heads": names}))


if __name__ == "__main__":
    sys.exit(main())
