"""Fits how much each sign of somebody's condition in English weighs: src/sekisho/guards/names_conditions_weights.py.

    python training/conditions_weights.py

A logistic regression over the signs of all terms in training/data/conditions-en.jsonl and training/names/en*.jsonl,
written by hand for this. Prints precision and recall as ten-fold cross-validation finds them, with the folds cut
between texts.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from weights_of_signs import written

from sekisho.core.text import Text
from sekisho.evaluation.guards import OVERLAP, THRESHOLD
from sekisho.evaluation.items import Item, read
from sekisho.guards import names_conditions_weights
from sekisho.guards.names import names
from sekisho.guards.names_conditions import CATEGORY
from sekisho.guards.names_lexicon import modern
from sekisho.guards.names_tables import cells

HERE = Path(__file__).parent
TEXTS = [HERE / "data" / "conditions-en.jsonl", *sorted((HERE / "names").glob("en*.jsonl"))]
SAYS = "How much each sign of somebody's condition weighs; written by training/conditions_weights.py."
CAUTION = 0.4  # taken from the bias: what is nobody's is far more frequent in texts than here
ONCE = 3  # a sign that is seen less often has no weight


def candidates(item: Item) -> list[tuple[list[str], bool, str]]:
    """The signs of each term, and whether it is somebody's; those that are parts of one are left out."""
    view = Text(item.text).normalised
    value = modern(view.value)
    spots, famous = names.latin.look(value, cells(value))
    named = [(one.start, one.end) for one in spots if one.score >= THRESHOLD]
    found: list[tuple[list[str], bool, str]] = []
    for term in names.english.terms(value):
        start, end = view.received(term.start, term.end)
        shared = [
            max(0, min(end, span.end) - max(start, span.start)) / max(end - start, span.end - span.start)
            for span in item.spans
            if span.category == CATEGORY
        ]
        most = max(shared, default=0.0)
        if most >= OVERLAP or not most:
            signs = names.english.signs(value, term, named, famous=famous)
            found.append((signs, most >= OVERLAP, f"{value[term.start : term.end]!r} in {value[:110]!r}"))
    return found


def main() -> int:
    """Writes the file; the same texts give the same bytes."""
    items = [item for path in TEXTS for item in read(path).items]
    told = [(number, *one) for number, item in enumerate(items) for one in candidates(item)]
    groups = np.array([number for number, _, _, _ in told])
    right = np.array([good for _, _, good, _ in told])
    counted = Counter(sign for _, signs, _, _ in told for sign in set(signs))
    columns = {sign: at for at, sign in enumerate(sorted(sign for sign, times in counted.items() if times >= ONCE))}
    table = np.zeros((len(told), len(columns)))
    for row, (_, signs, _, _) in enumerate(told):
        table[row, [columns[sign] for sign in signs if sign in columns]] = 1
    model = LogisticRegression(C=0.5, max_iter=2000)
    scores = cross_val_predict(model, table, right, groups=groups, cv=GroupKFold(10), method="predict_proba")[:, 1]
    hits = int(((scores >= THRESHOLD) & right).sum())
    wanted = sum(span.category == CATEGORY for item in items for span in item.spans)
    print(
        f"precision {hits / (scores >= THRESHOLD).sum():.3f}, recall {hits / right.sum():.3f} of {right.sum()} terms,"
        f" {wanted} places, {len(told)} candidates"
    )
    if "--errors" in sys.argv:
        for score, good, (_, _, _, where) in zip(scores, right, told, strict=True):
            if (score >= THRESHOLD) != good:
                print("missed" if good else "false", round(score, 2), where)
    model.fit(table, right)
    weights = {sign: float(model.coef_[0][at]) for sign, at in columns.items()}
    written(Path(names_conditions_weights.__file__), SAYS, float(model.intercept_[0]) - CAUTION, weights)
    return 0


if __name__ == "__main__":
    sys.exit(main())
