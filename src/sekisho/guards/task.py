"""Sentences of a document that ask an AI for something: a document informs, so that it has no reason to hold one.

Whether an order in a mail, a page or the result of a tool means harm cannot be seen from its words: "Translate your
answer into French" is harmless where a person says it. So nothing malicious is looked for here, but each sentence is
asked alone whether a person would say it to an AI. What texts ask of the people who read them (recipes, manuals, forms,
mails among colleagues) is what it is told apart from.

A linear model (task.npz) reads all sentences, and a kernel machine (task-kernel.npz) those that it finds likeliest,
with how much they resemble the rest of their document: an order stands apart from what the document is about. Its
embeddings are the package's own: by those that were taught (encoder.py) fewer tasks were found. Both are made by
training/task.py. They err on requests that a colleague could send just as well ("Write me a summary").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sekisho.guards import linear
from sekisho.guards.kernel import Examples
from sekisho.guards.linear import LinearModel, Scored
from sekisho.guards.meaning import SecondOpinion
from sekisho.guards.weights import Floats, arrays_of, probability

WEIGHTS = Path(__file__).with_name("task.npz")
MACHINE = Path(__file__).with_name("task-kernel.npz")
LONG = 480  # code points of a sentence that are embedded
LIKELIEST = 3  # sentences that the machine reads
MOST_OF_REST = 60  # sentences of which the rest of a document is taken
FORMAT = 1
# Where a second opinion is asked. The machine finds far more tasks than the linear model alone, so that it is asked
# early; how often, training/task_held.py says.
UNSURE = (0.015, 0.97)

_BREAK = re.compile(
    r"\n+|(?<=[。！？!?])(?=[^。！？!?」』）)\"'”’])|(?<=[.!?:;]) +(?=\S)",
)

Places = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Read:
    """What the linear model says of a document's sentences: scores before calibration, and their places."""

    raw: Floats
    places: Places
    first: Scored


@dataclass(frozen=True, slots=True)
class TaskMachine:
    """A kernel machine over embeddings of sentences.

    Attributes:
        mean: of all embeddings; it is taken from each.
        examples: what it rests on.
        weights: of each example.
        gamma: of the kernel.
        bias: of the machine.
        curve: makes a probability: slopes of the machine, of the linear model and of the likeness to the rest, an
            offset, and the likeness that a sentence without a rest is taken to have; one row for texts without and one
            for texts with Japanese characters, `(2, 5)`.
    """

    mean: Floats
    examples: Examples
    weights: Floats
    gamma: float
    bias: float
    curve: Floats

    @classmethod
    def load(cls, path: Path) -> "TaskMachine":
        """Reads a file of weights. Raises `ValueError` for any other."""
        arrays = arrays_of(path, FORMAT, lambda found: found["curve"].shape == (2, 5))
        numbers: dict[str, Any] = {name: arrays[name] for name in _ARRAYS}
        gamma, bias = (float(arrays[name]) for name in _NUMBERS)
        return cls(**numbers, examples=Examples(arrays["examples"], float(arrays["scale"])), gamma=gamma, bias=bias)

    def scores(self, rows: Floats, rest: Floats | None, raw: Floats, *, japanese: bool) -> Floats:
        """Probabilities of sentences.

        They come from embeddings `(sentences, dimensions)`, the embedding of the rest of the document (None: there is
        none), and what the linear model says before calibration.
        """
        given = rows - self.mean
        near = np.exp(-self.gamma * self.examples.squares(given)) @ self.weights + self.bias
        machine, first, likeness, offset, usual = self.curve[int(japanese)]
        like = usual if rest is None else alike(given, (rest - self.mean)[None])
        return probability(machine * near + first * raw + likeness * like + offset)


_ARRAYS = ("mean", "weights", "curve")
_NUMBERS = ("gamma", "bias")


def packed(machine: TaskMachine) -> dict[str, NDArray[Any]]:
    """The arrays of a machine, as `load` reads them."""
    arrays: dict[str, NDArray[Any]] = {name: np.asarray(getattr(machine, name)) for name in (*_ARRAYS, *_NUMBERS)}
    examples = {"examples": machine.examples.steps, "scale": np.asarray(machine.examples.scale)}
    return {"format": np.asarray(FORMAT), **examples, **arrays}


def alike(rows: Floats, others: Floats) -> Floats:
    """The cosine of each row with the other in its place, or with the only other."""
    sizes = np.linalg.norm(rows, axis=1) * np.linalg.norm(others, axis=1)
    return (rows * others).sum(axis=1) / np.maximum(sizes, 1e-9)


@dataclass(frozen=True)
class TaskReader:
    """Both models, loaded when first needed."""

    weights: Path = WEIGHTS
    machine_weights: Path = MACHINE

    @cached_property
    def model(self) -> LinearModel:
        """The linear model; its only head is `task`."""
        return LinearModel.load(self.weights)

    @cached_property
    def machine(self) -> TaskMachine:
        """The machine."""
        return TaskMachine.load(self.machine_weights)

    def read(self, value: str) -> Read | None:
        """What the linear model says of `value`, a normalised view; None where there is no sentence in it."""
        places = sentences(value)
        if not places:
            return None
        scores = raw(self.model, value, places)
        at = int(scores.argmax())
        (told,) = self.model.told(scores[at : at + 1, None], [places[at]], japanese=linear.japanese(value))
        return Read(scores, places, told)

    def again(self, value: str, read: Read, second: SecondOpinion) -> Scored:
        """What the machine says of the sentences that the linear model found likeliest, the best of them."""
        best = read.raw.argsort()[::-1][:LIKELIEST]
        parts = [read.places[int(at)] for at in best]
        rest = "\n".join(value[start:end] for start, end in read.places[:MOST_OF_REST] if (start, end) not in parts)
        rows = second.untaught([*(value[start : min(end, start + LONG)] for start, end in parts), rest[:LONG]])
        others = rows[-1] if rest else None
        told = self.machine.scores(rows[:-1], others, read.raw[best], japanese=linear.japanese(value))
        at = int(told.argmax())
        return Scored(float(told[at]), *parts[at])


@cache
def reader() -> TaskReader:
    """The one that all guards of this process share."""
    return TaskReader()


def sentences(value: str) -> list[tuple[int, int]]:
    """Where the sentences of a text stand, lines being sentences: without blanks at either end and empty ones."""
    found: list[tuple[int, int]] = []
    at = 0
    for gap in _BREAK.finditer(value):
        found.append((at, gap.start()))
        at = gap.end()
    found.append((at, len(value)))
    return [trimmed for first, last in found if (trimmed := _trimmed(value, first, last)) is not None]


def _trimmed(value: str, start: int, end: int) -> tuple[int, int] | None:
    """The place without blanks at either end; None where nothing is left."""
    text = value[start:end]
    left = len(text) - len(text.lstrip())
    kept = text.strip()
    return (start + left, start + left + len(kept)) if kept else None


def raw(model: LinearModel, value: str, places: Places) -> Floats:
    """Scores before calibration, `(sentences,)`: of n-grams that begin and end in one, its ends being marked."""
    points = linear.code_points("".join(f"\n{value[start:end]}" for start, end in places) + "\n")
    sizes = np.asarray([end - start for start, end in places])
    begins = np.cumsum(sizes + 1) - (sizes + 1)  # of the mark before each
    sums = np.zeros(len(places))
    counts = np.zeros(len(places))
    for order, found in zip(linear.ORDERS, linear.buckets(points), strict=True):
        so_far = np.zeros(len(found) + 1)
        np.cumsum(model.weights[found, 0], out=so_far[1:])
        fit = np.maximum(sizes + 3 - order, 0)  # with both marks
        starts = np.minimum(begins, len(found))  # a sentence shorter than the n-gram has none, also at the very end
        sums += so_far[starts + fit] - so_far[starts]
        counts += fit
    return (sums * (model.scale[0] / np.sqrt(np.maximum(counts, 1))) + model.bias[0]).astype(np.float32)
