"""What the trainings of names and conditions share: fitting weights of features that are named, and writing them."""

import textwrap
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

SMALLEST = 0.05  # a weight below it says nothing
WIDTH = 110  # of a line of a file


def learnt(
    rows: list[list[str]], truth: list[int], *, strength: float, least: int, counts: list[float] | None = None
) -> dict[str, float]:
    """The weights of a logistic model over features that `least` examples have; `counts`: what each row counts."""
    seen = Counter(name for row in rows for name in set(row))
    column = {name: number for number, name in enumerate(sorted(name for name, n in seen.items() if n >= least))}
    pointers, columns = [0], []
    for row in rows:
        columns += sorted({column[name] for name in row if name in column})
        pointers.append(len(columns))
    matrix = sparse.csr_matrix((np.ones(len(columns)), columns, pointers), shape=(len(rows), len(column)))
    model: Any = LogisticRegression(C=strength, max_iter=400, fit_intercept=False)
    model.fit(matrix, truth, sample_weight=counts)
    return {name: float(model.coef_[0][number]) for name, number in column.items()}


def written(path: Path, says: str, bias: float, weights: Mapping[str, float]) -> None:
    """Writes a module with `BIAS` and `WEIGHTS`, many of them in a line."""
    rounded = {sign: round(weight, 2) for sign, weight in weights.items()}
    entries = [f'"{sign}": {weight},' for sign, weight in rounded.items() if abs(weight) >= SMALLEST]
    told = " ".join(entry.replace(" ", "\0") for entry in entries)
    lines = [f"    {line}\n".replace("\0", " ") for line in textwrap.wrap(told, WIDTH, break_on_hyphens=False)]
    path.write_text(f'"""{says}"""\n\nBIAS = {bias:.2f}\nWEIGHTS = {{\n{"".join(lines)}}}  # fmt: skip\n')
