"""What the second opinion reads of each text, as it learns it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sources import Item

from sekisho.core.normalise import normalise
from sekisho.guards import linear, meaning

EXCERPTS = 2  # of a text that are learnt from


@dataclass(slots=True)
class Excerpts:
    """The excerpts of texts: those of text `i` begin at `first[i]`, and `telling[i]` of them tells most."""

    texts: list[str]
    first: NDArray[np.int64]
    owner: NDArray[np.int64]
    telling: NDArray[np.int64]


def excerpts(found: list[Item], model: linear.LinearModel, areas: tuple[str, ...]) -> Excerpts:
    """The whole of a text, or its beginning and the stretch where the linear model sees most."""
    columns = [model.heads.index(area) for area in areas]
    texts: list[str] = []
    first, owner, telling = [], [], []
    for number, item in enumerate(found):
        value = normalise(item.text)
        raw, places = model.raw(value)
        width = meaning.LONG[linear.japanese(value)]
        parts = meaning.excerpts(len(value), width, raw[:, columns], places)[:EXCERPTS]
        seen = places[int(raw[1:, columns].max(axis=1).argmax()) + 1] if len(places) > 1 else places[0]
        nearest = min(range(len(parts)), key=lambda at: abs(sum(parts[at]) - sum(seen)))
        first.append(len(texts))
        telling.append(len(texts) + nearest)
        owner += [number] * len(parts)
        texts += [value[start:end] for start, end in parts]
    return Excerpts(texts, np.asarray(first), np.asarray(owner), np.asarray(telling))
