"""What the linear models of train.py and task.py have in common, from counts of n-grams to weights in a file."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

STRENGTH = 3.0  # of the data against the prior (sklearn's C)
PASSES = 10  # over the rows; with 8, 15 or 30 what is held out is told apart as well

Floats = NDArray[np.float64]


def rarity(counts: Any) -> Floats:
    """How much an n-gram counts: the less, the more rows have it, and nothing where only one has."""
    having = np.asarray((counts > 0).sum(axis=0)).ravel()
    return np.where(having >= 2, np.log((1 + counts.shape[0]) / (1 + having)) + 1, 0.0)


def fitted(counts: Any, wanted: NDArray[np.int8], importance: Floats, rarities: Floats) -> tuple[Floats, float]:
    """Weights, one for each n-gram, and bias of a logistic regression over these rows."""
    model = LogisticRegression(
        C=STRENGTH,
        class_weight="balanced",
        solver="liblinear",
        dual=True,
        tol=1e-2,
        max_iter=PASSES,
        random_state=0,
    )
    rows = counts.astype(np.float64)
    rows.data *= rarities[rows.indices]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so few passes are meant
        model.fit(rows, wanted, importance)
    return model.coef_.ravel() * rarities, float(model.intercept_[0])


def rounded(weights: Floats) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights `(n-grams, heads)` in 8 bits with a row of zeros behind them, and what one step is worth, by head."""
    scale = np.abs(weights).max(axis=0) / 127
    steps = np.round(weights / scale).astype(np.int8)
    return np.concatenate([steps, np.zeros((1, weights.shape[1]), np.int8)]), scale.astype(np.float32)
