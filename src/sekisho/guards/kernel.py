"""A kernel machine over sentence embeddings: how near a text stands to what was harmful, and to what only sounded so.

Source: Cortes and Vapnik, Support-vector networks, Machine Learning 20, 1995, with the Gaussian kernel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sekisho.guards.weights import Floats, arrays_of, probability

FORMAT = 3
BLOCK = 256  # examples that are unpacked at a time, so that they stay in the processor's nearest memory


@dataclass(frozen=True)
class Examples:
    """Embeddings less their mean, on which a decision rests.

    Attributes:
        steps: in 8 bits, `(examples, dimensions)`.
        scale: what one step is worth.
    """

    steps: NDArray[np.int8]
    scale: float

    def __len__(self) -> int:
        return len(self.steps)

    def squares(self, rows: Floats) -> Floats:
        """The squared distance of each row `(rows, dimensions)` from each example, `(rows, examples)`."""
        told = np.empty((len(rows), len(self)), np.float32)
        doubled = rows * np.float32(-2 * self.scale)
        for block, known in self._blocks():
            for row, out in zip(doubled, told, strict=True):  # a product with few rows takes longer than with each
                np.matmul(known, row, out=out[block])
        told += self._sizes
        told += (rows**2).sum(axis=1)[:, None]
        return told

    @cached_property
    def _sizes(self) -> Floats:
        """The squared length of each example."""
        sizes = [(known**2).sum(axis=1) for _, known in self._blocks()]
        return np.concatenate(sizes) * np.float32(self.scale**2)

    def _blocks(self) -> Iterator[tuple[slice, Floats]]:
        """The steps as floating-point numbers, some at a time and each time in the same place."""
        room = np.empty((BLOCK, self.steps.shape[1]), np.float32)
        for start in range(0, len(self), BLOCK):
            steps = self.steps[start : start + BLOCK]
            np.copyto(room[: len(steps)], steps)
            yield slice(start, start + len(steps)), room[: len(steps)]


@dataclass(frozen=True, slots=True)
class KernelModel:
    """The examples that a decision rests on, and what they weigh.

    Attributes:
        areas: what is decided, such as `attack` and `harm`.
        mean: of all embeddings; it is taken from each, since those of one model all point much the same way.
        examples: what it rests on.
        weights: of each example for each area, `(examples, areas)`; 0: it plays no part there.
        gamma: of the kernel, `(areas,)`.
        bias: `(areas,)`.
        curve: makes a machine's score and a linear model's logit a probability: both slopes and an offset, for texts
            without and with Japanese characters, `(stages, 2, areas, 3)` (Platt, 1999). The second stage, where there
            are two, is of documents: to lie near what was harmful tells less there.
        kinds: the categories of all areas.
        kind_weights, kind_bias: say which kind fits a text best that belongs to an area, `(dimensions, kinds)` and
            `(kinds,)`: one multinomial logistic regression for each area.
    """

    areas: tuple[str, ...]
    mean: Floats
    examples: Examples
    weights: Floats
    gamma: Floats
    bias: Floats
    curve: Floats
    kinds: tuple[str, ...]
    kind_weights: Floats
    kind_bias: Floats

    @classmethod
    def load(cls, path: Path) -> "KernelModel":
        """Reads a file of weights. Raises `ValueError` for any other."""
        arrays = arrays_of(path, FORMAT, lambda found: found["examples"].shape[1] == found["mean"].shape[0])
        areas, kinds = (tuple(str(name) for name in arrays[one]) for one in ("areas", "kinds"))
        numbers: dict[str, Any] = {name: arrays[name] for name in _ARRAYS}
        examples = Examples(arrays["examples"], float(arrays["scale"]))
        return cls(areas, examples=examples, kinds=kinds, **numbers)

    def raw(self, embeddings: Floats) -> Floats:
        """Scores before calibration of embeddings `(texts, dimensions)`: `(texts, areas)`."""
        apart = self.examples.squares(embeddings - self.mean)
        near = [
            np.exp(-gamma * apart) @ weights + bias
            for gamma, weights, bias in zip(self.gamma, self.weights.T, self.bias, strict=True)
        ]
        return np.stack(near, axis=1).astype(np.float32)

    def fits(self, embedding: Floats) -> dict[str, float]:
        """How well each kind fits one text, `(dimensions,)`, as a logarithm: comparable within an area only."""
        told = (embedding - self.mean) @ self.kind_weights + self.kind_bias
        return dict(zip(self.kinds, told.tolist(), strict=True))

    def scores(self, raw: Floats, logits: Floats, *, japanese: bool, source: bool = False) -> Floats:
        """Probabilities of the areas, from `raw` scores and the logits of the linear model, each `(…, areas)`.

        `source`: the text is a document.
        """
        curve = self.curve[-int(source)][int(japanese)]
        return probability(curve[:, 0] * raw + curve[:, 1] * logits + curve[:, 2])


_ARRAYS = ("mean", "weights", "gamma", "bias", "curve", "kind_weights", "kind_bias")


def packed(model: KernelModel) -> dict[str, NDArray[Any]]:
    """The arrays of a model, as `load` reads them."""
    arrays: dict[str, NDArray[Any]] = {name: getattr(model, name) for name in _ARRAYS}
    return {
        "format": np.asarray(FORMAT),
        "areas": np.asarray(model.areas),
        "kinds": np.asarray(model.kinds),
        "examples": model.examples.steps,
        "scale": np.asarray(model.examples.scale),
        **arrays,
    }
