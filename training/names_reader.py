"""Teaches the second opinion on names to read: part of `make train-guards`, after names_japanese.py.

    python training/names_reader.py [--epochs NUMBER]

1. Texts become passages as guards/names_reader.py reads them, with letters in front of words that may belong to names.
   Where nobody has marked the names of a text, words that the first opinion takes for a name or doubts are left out.
2. The upper six layers of the encoder learn, as in encoder.py, with a head whose units stand for those letters: of each
   it learns whether the word behind it belongs to a name, begins one, ends one. Letters are drawn by chance, so that
   all are learnt.
3. guards/names_reader.npz says how the file of the package differs then, and guards/names_units.bin is the head.
4. By two writers whom neither opinion has learnt: how much both count together.

An epoch takes about ten minutes on two cores, and a C compiler is needed.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import e5
import encoder
import names_japanese
import numpy as np
import saved
import torch
import train
import yaml
from names_fills import Fills, Marked
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional as nf

from sekisho.core.text import Text
from sekisho.guards import names_reader as product
from sekisho.guards.names_japanese import JapaneseNames, Seen
from sekisho.guards.names_lexicon import Lexicon, Words, modern

DATA = Path(__file__).parent / "data"
MORE = tuple(f"names-ja-train-{number}.jsonl" for number in (10, 12, 13, 14, 17))
HELD = ("names-ja-train-11.jsonl", "names-ja-train-19.jsonl")
ORDINARY = ("neutral-ordinary-ja.jsonl", "neutral-3-ja.jsonl", "neutral-4-ja.jsonl")
EPOCHS = 4.4
SEED = 3
AGAIN, LESS = 5, 0.5  # times that a written line is learnt with other names, and what one of those counts
DOUBTED = 0.05  # from this score of the first opinion on, nobody knows what an unmarked word is
UNSEEN = 0.06  # of the tokens, that others do not see
OTHERS = 0.1  # what it weighs that no other unit speaks
TOLD = 3  # units of a letter
COUNT = len(product.MARKS)
SAE = b"SAE1"
KEPT = 24  # units that the engine keeps of a token


class Passage(NamedTuple):
    """A passage with its letters.

    Attributes:
        truth: of the word behind each letter, whether it belongs to a name, begins one, ends one; `(letters, 3)`.
        weights: how much each counts, `(letters,)`.
    """

    text: str
    truth: NDArray[np.float32]
    weights: NDArray[np.float32]


class Texts:
    """Passages of texts."""

    def __init__(self, lexicon: Lexicon, names: JapaneseNames) -> None:
        self._lexicon, self._names = lexicon, names

    def passages(self, one: Marked) -> Iterator[Passage]:
        """All passages of a text that hold a letter."""
        view = Text(one.text).normalised
        value = modern(view.value)
        doubted = [] if one.whole else [it for it in self._names.first(value).scored if it.score >= DOUBTED]
        for begin, end in product.passages(value):
            text, places = product.marked(value, begin, end, self._lexicon)
            if places:
                received = [view.received(*place) for place in places]
                weights = [
                    0.0 if any(it.candidate.start < last and it.candidate.end > first for it in doubted) else one.weight
                    for first, last in places
                ]
                yield Passage(text, told(received, one.names), np.asarray(weights, np.float32))


def told(places: Sequence[tuple[int, int]], names: frozenset[tuple[int, int]]) -> NDArray[np.float32]:
    """What the words at these places are: within a name, its first, its last; `(places, 3)`."""
    truth = np.zeros((len(places), TOLD), np.float32)
    for name in names:
        inside = [at for at, place in enumerate(places) if 2 * _common(place, name) >= max(1, place[1] - place[0])]
        if inside:
            truth[inside, 0] = 1.0
            truth[inside[0], 1] = truth[inside[-1], 2] = 1.0
    return truth


def _common(one: tuple[int, int], other: tuple[int, int]) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])


def texts(fills: Fills, told_of: dict[str, Any]) -> Iterator[Marked]:
    """What is learnt: what names_japanese.py learns, and more."""
    yield from names_japanese.generated(told_of, fills)
    for one in names_japanese.written(fills):
        yield one if one.weight == 1.0 else replace(one, weight=LESS)
    chance = Random(SEED)  # noqa: S311 - no secret
    for name in MORE:
        for one in written(name):
            yield one
            for _ in range(AGAIN if one.names else 0):
                yield replace(fills.again(one, chance), weight=LESS)
    for name in ORDINARY:
        for line in (DATA / name).read_text("utf-8").splitlines():
            yield Marked(json.loads(line)["text"], frozenset(), whole=False)


def written(name: str) -> Iterator[Marked]:
    """The lines of a file with marks."""
    for line in (DATA / name).read_text("utf-8").splitlines():
        yield names_japanese.marked(json.loads(line)["text"])


@dataclass(slots=True)
class Passages:
    """Passages as numbers, drawn as encoder.learn wants them.

    Attributes:
        rows: what the lower half makes of all tokens; those of passage `i` end at `ends[i]`.
        places: of each passage, the tokens that are letters, and `units` which letters they are.
    """

    rows: torch.Tensor
    ends: NDArray[np.int64]
    chance: NDArray[np.float64]
    places: list[NDArray[np.int64]]
    units: list[NDArray[np.int64]]
    given: list[Passage]

    @classmethod
    def of(cls, given: list[Passage], stored: e5.Stored) -> "Passages":
        """The numbers of these; the letters become others."""
        tokens = e5.Tokens(train.CACHE)
        letters = _letters(tokens)
        chance = Random(SEED)  # noqa: S311 - no secret
        numbers, places, units = [], [], []
        for one in given:
            count = len(one.truth)
            first = chance.randrange(COUNT - count + 1)
            others = str.maketrans(product.MARKS[:count], product.MARKS[first : first + count])
            made = tokens.of(one.text.translate(others), "")
            here = [at for at, token in enumerate(made.tolist()) if token in letters]
            if len(here) != count:
                raise ValueError(f"letters that are no tokens: {one.text}")
            numbers.append(made)
            places.append(np.asarray(here))
            units.append(np.arange(first, first + count))
        ends = np.cumsum([len(one) for one in numbers])
        return cls(encoder.lower(numbers, stored), ends, np.ones(len(given)), places, units, given)

    batches = encoder.Numbers.batches

    def batch(self, chosen: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The rows of some passages, `(passages, tokens, size)`, and how many of each."""
        parts = [self.rows[self.ends[at] - len_ : self.ends[at]] for at, len_ in self._lengths(chosen)]
        return nn.utils.rnn.pad_sequence(parts, batch_first=True), torch.tensor([len(one) for one in parts])

    def _lengths(self, chosen: list[int]) -> Iterator[tuple[int, int]]:
        for at in chosen:
            yield at, int(self.ends[at] - (self.ends[at - 1] if at else 0))


def _letters(tokens: e5.Tokens) -> frozenset[int]:
    """The numbers of the letters, behind a space as well."""
    known = {int(tokens.of(f"は{mark}", "")[-2]) for mark in product.MARKS}
    alone = (tokens.of(mark, "") for mark in product.MARKS)
    return frozenset(known | {int(one[1]) for one in alone if len(one) == TOLD})


class Units(nn.Module):
    """A head of whole steps of 4 bits, as the engine has it, which learns as if they had not been rounded."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(TOLD * COUNT, size) * 0.02)
        self.bias = nn.Parameter(torch.full((TOLD * COUNT,), -3.0))

    def steps(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The steps, `(blocks, 32)`, and their scales, `(blocks, 1)`: the largest weight of a block is −8 steps."""
        blocks = self.weight.view(-1, e5.BLOCK)
        scales = blocks.gather(1, blocks.abs().argmax(1, keepdim=True)) / -8
        scales = torch.where(scales == 0, torch.full_like(scales, 1e-6), scales).half().float()
        return (blocks / scales).round().clamp(-8, 7), scales

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """The logits of all units."""
        steps, scales = self.steps()
        rounded = (steps * scales).view_as(self.weight)
        return nf.linear(rows, self.weight + (rounded - self.weight).detach(), self.bias)

    def stored(self) -> bytes:
        """What `e5_load_sae` reads: sizes, biases, weights."""
        steps, scales = self.steps()
        sizes = np.asarray([TOLD * COUNT, self.weight.shape[1], e5.BLOCK, KEPT], np.int32)
        biases = (self.bias.detach().numpy() + np.float32(product.SHIFT)).astype(np.float32)
        packed = e5.packed(steps.detach().numpy().astype(np.int8), scales.detach().numpy()[:, 0].astype(np.float16))
        return SAE + sizes.tobytes() + biases.tobytes() + packed


class Learner(nn.Module):
    """The upper half and its units."""

    def __init__(self, stored: e5.Stored) -> None:
        super().__init__()
        self.layers = nn.ModuleList(e5.Layer(stored, number) for number in range(encoder.FIRST, stored.layers))
        self.head = Units(stored.size)

    groups = encoder.Learner.groups

    def loss(self, given: Passages, chosen: list[int], _chance: np.random.Generator) -> torch.Tensor:
        """Of some passages: of the letters' own units, and of all others, which are to be silent."""
        rows, lengths = given.batch(chosen)
        inside = e5.inside(rows, lengths)
        seen = inside & (torch.rand(inside.shape) > UNSEEN)
        seen[..., 0] = True
        for layer in self.layers:
            rows = layer(rows, seen)
        logits = self.head(rows.float())
        text = torch.tensor([at for at, one in enumerate(chosen) for _ in given.places[one]])
        token = torch.tensor(np.concatenate([given.places[at] for at in chosen]))
        unit = torch.tensor(np.concatenate([given.units[at] for at in chosen]))
        truth = torch.tensor(np.concatenate([given.given[at].truth for at in chosen]))
        weights = torch.tensor(np.concatenate([given.given[at].weights for at in chosen]))
        others = inside[:, 0, 0, :, None].expand_as(logits).clone()
        own = torch.zeros_like(truth)
        for kind in range(TOLD):
            own[:, kind] = logits[text, token, unit + kind * COUNT]
            others[text, token, unit + kind * COUNT] = False
        each = nf.binary_cross_entropy_with_logits(own, truth, reduction="none").sum(1)
        silent = (nf.softplus(logits) * others).sum() / lengths.sum()
        return (each * weights).sum() / (weights.sum() + 1e-6) + OTHERS * silent


def together(names: JapaneseNames, reader: product.Reader) -> NDArray[np.float64]:
    """How much each counts where both opinions speak: a logistic model over `Seen.told`, by the writers in `HELD`."""
    rows: list[tuple[float, ...]] = []
    truth: list[bool] = []
    for one in (one for name in HELD for one in written(name)):
        view = Text(one.text).normalised
        value = modern(view.value)
        seen: Seen = names.first(value)
        for place, told_of in names.read(value, seen, reader):
            rows.append(told_of)
            truth.append(tuple(view.received(*place)) in one.names)
    model: Any = LogisticRegression(C=1.0, max_iter=1_000).fit(np.asarray(rows), truth)
    print(f"together: {len(rows)} places, {sum(truth)} names: {model.coef_[0].round(2)} {model.intercept_.round(2)}")
    return np.concatenate([model.coef_[0], model.intercept_])


def main() -> int:
    """Teaches and writes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--epochs", type=float, default=EPOCHS)
    options.add_argument("--together", action="store_true", help="only what both count together")
    asked = options.parse_args()
    torch.manual_seed(SEED)
    train.CACHE.mkdir(exist_ok=True)
    words = Words.load()
    lexicon = words.lexicon()
    names = JapaneseNames(lexicon, words)
    if not asked.together:
        told_of = yaml.safe_load(names_japanese.GRAMMAR.read_text("utf-8"))
        made = Texts(lexicon, names)
        given = [it for one in texts(Fills(told_of, words), told_of) for it in made.passages(one)]
        stored = e5.Stored.read()
        numbers = Passages.of(given, stored)
        print(f"names: {len(given)} passages, {numbers.ends[-1]} tokens", flush=True)
        learner = Learner(stored)
        encoder.learn(learner, numbers, asked.epochs)
        saved.write(product.WEIGHTS, encoder.changes(learner.layers, stored) | {"together": np.zeros(1)})
        product.UNITS.write_bytes(learner.head.stored())
    with np.load(product.WEIGHTS, allow_pickle=False) as file:
        arrays = dict(file)
    saved.write(product.WEIGHTS, arrays | {"together": together(names, product.Reader(lexicon))})
    print(f"{product.WEIGHTS.name}: {product.WEIGHTS.stat().st_size} bytes", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
