"""The examples of a kernel machine over sentence embeddings, and how far a text stands from each.

Source: Cortes and Vapnik, Support-vector networks, Machine Learning 20, 1995, with the Gaussian kernel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sekisho.guards.weights import Floats

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
