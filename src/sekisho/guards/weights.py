"""Files of weights: `.npz` of plain arrays, in which nothing can be code; and what scores become."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEEPEST = 30.0  # of a logit

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]


def arrays_of(path: Path, version: int, fits: Callable[[Arrays], bool]) -> Arrays:
    """The arrays of a file of this version, if they fit each other. Raises `ValueError` for any other file."""
    with np.load(path, allow_pickle=False) as file:
        arrays: Arrays = dict(file)
    if int(arrays["format"]) != version or not fits(arrays):
        raise ValueError(f"{path.name} is no model of this version")
    return arrays


def probability(logits: NDArray[Any]) -> NDArray[Any]:
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-logits.clip(-STEEPEST, STEEPEST)))
