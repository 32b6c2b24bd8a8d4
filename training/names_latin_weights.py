"""Fits how much each sign of a name in Latin letters weighs: src/sekisho/guards/names_latin_weights.py.

    python training/names_latin_weights.py

A logistic regression over the signs of all candidates in training/names/en*.jsonl, written by hand for this. Each
counts once more, by a part, as if no dictionary held its words: the names of most people are in none. Prints precision
and recall of names, and the share of texts without anybody that are touched, as ten-fold cross-validation finds them,
with the folds cut between texts; then the same for the hidden ones.
"""

import re
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from weights_of_signs import written

from sekisho.core.text import Text
from sekisho.evaluation.guards import OVERLAP
from sekisho.evaluation.items import Item, read
from sekisho.guards import names_latin_weights
from sekisho.guards.names import CATEGORY, names
from sekisho.guards.names_tables import cells

TEXTS = sorted((Path(__file__).parent / "names").glob("en*.jsonl"))
SAYS = "How much each sign of a name in Latin letters weighs; written by training/names_latin_weights.py."
CAUTION = 0.35  # taken from the bias: of the texts without anybody in en.jsonl one in twenty-five is touched
HIDDEN = 0.5  # how much a candidate counts whose words no dictionary is to hold
_KNOWN = re.compile("[GHSRJK]")
ONCE = 2  # a sign that is seen no more often has no weight


def candidates(item: Item, *, hidden: bool = False) -> list[tuple[list[str], bool]]:
    """The signs of each candidate, and whether it is a name; those that are parts of names are left out.

    `hidden`: as if no dictionary held their words.
    """
    view = Text(item.text).normalised
    runs = names.latin.runs.of(view.value)
    if hidden:
        runs = [replace(run, codes=_KNOWN.sub("U", run.codes)) for run in runs]
    found: list[tuple[list[str], bool]] = []
    signed = names.latin.signs(view.value, runs, cells(view.value))
    for run, signs in zip(runs, signed, strict=True):
        start, end = view.received(run.start, run.end)
        shared = [
            max(0, min(end, span.end) - max(start, span.start)) / max(end - start, span.end - span.start)
            for span in item.spans
            if span.category == CATEGORY
        ]
        most = max(shared, default=0.0)
        if most >= OVERLAP or not most:
            found.append((signs, most >= OVERLAP))
    return found


def main() -> int:
    """Writes the file; the same texts give the same bytes."""
    items = [item for path in TEXTS for item in read(path).items]
    told = [
        (number, hidden, *one)
        for hidden in (False, True)
        for number, item in enumerate(items)
        for one in candidates(item, hidden=hidden)
    ]
    groups = np.array([number for number, _, _, _ in told])
    concealed = np.array([hidden for _, hidden, _, _ in told])
    right = np.array([good for _, _, _, good in told])
    counted = Counter(sign for _, _, signs, _ in told for sign in set(signs))
    columns = {sign: at for at, sign in enumerate(sorted(sign for sign, times in counted.items() if times > ONCE))}
    table = np.zeros((len(told), len(columns)))
    for row, (_, _, signs, _) in enumerate(told):
        table[row, [columns[sign] for sign in signs if sign in columns]] = 1
    model = LogisticRegression(C=1.0, max_iter=2000)
    weight = np.where(concealed, HIDDEN, 1.0)
    scores = cross_val_predict(
        model,
        table,
        right,
        groups=groups,
        cv=GroupKFold(10),
        method="predict_proba",
        params={"sample_weight": weight},
    )[:, 1]
    wanted = sum(span.category == CATEGORY for item in items for span in item.spans)
    clean = [number for number, item in enumerate(items) if not item.spans]
    least = 1 / (1 + np.exp(-CAUTION))
    for name, part in (("all", ~concealed), ("hidden", concealed)):
        found = (scores >= least) & part
        hits = int((found & right).sum())
        touched = len(set(groups[found]) & set(clean)) / len(clean)
        print(f"{name}: precision {hits / found.sum():.3f}, recall {hits / wanted:.3f}, touched {touched:.3f}")
    model.fit(table, right, sample_weight=weight)
    weights = {sign: float(model.coef_[0][at]) for sign, at in columns.items()}
    written(Path(names_latin_weights.__file__), SAYS, float(model.intercept_[0]) - CAUTION, weights)
    return 0


if __name__ == "__main__":
    sys.exit(main())
