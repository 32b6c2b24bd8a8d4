"""What is read off a sentence embedding: how likely it is to belong to each area, and which kind fits it there.

The encoder was taught together with these planes through the space of embeddings (encoder.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sekisho.guards.weights import Arrays, Floats, arrays_of, probability

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Classifier:
    """Linear heads over embeddings.

    Attributes:
        areas: what is decided, such as `attack` and `harm`.
        mean: of embeddings before anything was learnt; it is taken from each, since those of one model all point much
            the same way.
        weights, bias: of each area, `(dimensions, areas)` and `(areas,)`.
        curve: makes a head's score and a linear model's logit a probability: both slopes and an offset, for texts
            without and with Japanese characters, `(2, 2, areas, 3)` (Platt, 1999). The second half is of documents,
            where to resemble what was harmful tells less.
        kinds: the categories of all areas.
        kind_weights, kind_bias: say which kind fits a text best that belongs to an area, `(dimensions, kinds)` and
            `(kinds,)`.
    """

    areas: tuple[str, ...]
    mean: Floats
    weights: Floats
    bias: Floats
    curve: Floats
    kinds: tuple[str, ...]
    kind_weights: Floats
    kind_bias: Floats

    @classmethod
    def load(cls, path: Path) -> "Classifier":
        """Reads a file of weights. Raises `ValueError` for any other."""
        arrays = arrays_of(path, FORMAT, _fits)
        areas, kinds = (tuple(str(name) for name in arrays[one]) for one in ("areas", "kinds"))
        numbers: dict[str, Any] = {name: arrays[name] for name in _ARRAYS}
        return cls(areas, kinds=kinds, **numbers)

    def of(self, areas: Sequence[str]) -> "Classifier":
        """What it knows of these areas, in this order."""
        at = [self.areas.index(area) for area in areas]
        here = [number for number, kind in enumerate(self.kinds) if kind.split(".", maxsplit=1)[0] in areas]
        return replace(
            self,
            areas=tuple(areas),
            weights=self.weights[:, at],
            bias=self.bias[at],
            curve=self.curve[:, :, at],
            kinds=tuple(self.kinds[number] for number in here),
            kind_weights=self.kind_weights[:, here],
            kind_bias=self.kind_bias[here],
        )

    def raw(self, embeddings: Floats) -> Floats:
        """Scores before calibration of embeddings `(texts, dimensions)`: `(texts, areas)`."""
        return ((embeddings - self.mean) @ self.weights + self.bias).astype(np.float32)

    def fits(self, embedding: Floats) -> dict[str, float]:
        """How well each kind fits one text, `(dimensions,)`, as a logarithm: comparable within an area only."""
        told = (embedding - self.mean) @ self.kind_weights + self.kind_bias
        return dict(zip(self.kinds, told.tolist(), strict=True))

    def scores(self, raw: Floats, logits: Floats, *, japanese: bool, source: bool = False) -> Floats:
        """Probabilities of the areas, from `raw` scores and the logits of the linear model, each `(…, areas)`.

        `source`: the text is a document.
        """
        curve = self.curve[int(source)][int(japanese)]
        return probability(curve[:, 0] * raw + curve[:, 1] * logits + curve[:, 2])


def _fits(found: Arrays) -> bool:
    """Whether the arrays of a file have the shapes that belong together."""
    size, areas, kinds = (len(found[name]) for name in ("mean", "areas", "kinds"))
    shapes = {"weights": (size, areas), "bias": (areas,), "curve": (2, 2, areas, 3)}
    shapes |= {"kind_weights": (size, kinds), "kind_bias": (kinds,)}
    return all(found[name].shape == shape for name, shape in shapes.items())


_ARRAYS = ("mean", "weights", "bias", "curve", "kind_weights", "kind_bias")


def packed(model: Classifier) -> dict[str, NDArray[Any]]:
    """The arrays of a model, as `load` reads them."""
    arrays: dict[str, NDArray[Any]] = {name: getattr(model, name) for name in _ARRAYS}
    return {
        "format": np.asarray(FORMAT),
        "areas": np.asarray(model.areas),
        "kinds": np.asarray(model.kinds),
        **arrays,
    }
