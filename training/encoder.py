"""Teaches the upper half of the second opinion's encoder; part of `make train-guards`, after the linear models.

    python training/encoder.py [--epochs NUMBER]

1. Texts become excerpts (excerpts.py), and documents sentences as for task.py, which are learnt beside them. Nobody has
   marked which excerpt of a long positive text is the harmful one: the one where the linear model sees most is, and the
   others are left out.
2. The lower half stays as it is, so what it makes of each excerpt is worked out once, and kept in .cache/.
3. The upper half learns with one head for each area and for each kind. Its weights stay what the engine can read,
   whole steps of 4 bits (e5.py). Writers in `sources.HELD` are left out: curves.py makes scores probabilities by them.
4. guards/encoder.npz says how the file differs then; the heads go to .cache/heads.npz, for curves.py.

An epoch takes up to half an hour on two cores, and a C compiler is needed. Sums in another order, as on another
machine, give other weights.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from math import cos, pi
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as nf

sys.path.insert(0, str(Path(__file__).parent))
import conduct
import e5
import saved
import task
import train
from excerpts import excerpts
from sources import HELD, Item, items

from sekisho.guards import encoder as product
from sekisho.guards import linear, meaning
from sekisho.guards.task import LONG

HEADS = train.CACHE / "heads.npz"
AREAS = (*train.AREAS, *conduct.AREAS, task.AREA)
FIRST = 6  # of the layers, which learns
EPOCHS = 2.75
SEED = 0
TOKENS = 4_000  # of a step
DROPPED = 0.12  # of the tokens of an excerpt, in the mean
SMOOTH = 0.05  # so sure nobody can be that a label is right
KINDS = 0.2  # what the kinds weigh beside the areas
SPREAD = 20.0  # embeddings of one model all point much the same way; what they differ by becomes as large as 1
RATE, EXACT, GENTLE, SLOWEST = 0.008, 0.05, 0.3, 0.05  # of learning: scales and heads; steps; biases and norms; the end
WARM = 60  # steps until that is reached
KEPT = 0.995  # of the mean of all steps' weights, from one to the next
POSITIVE = {"attack": 3.0, "harm": 2.0, "agency": 3.0, "code": 3.0, "person": 3.0, "task": 1.0}
BESIDE = 0.7  # what the other areas weigh beside attack and harm
CONDUCT = 2.0  # times in an epoch that what is wrong for conduct, of which there is little, is learnt
PLANTED = 2.0  # what an order in a document weighs
GRAMMAR, SENTENCES = 0.35, 0.6  # of lines by grammar, and of sentences for tasks, are drawn in an epoch
LEAST = 25  # positive texts that a kind needs


@dataclass(slots=True)
class Example:
    """One excerpt: what it is (1) and is not (0), how much that counts, and how often an epoch draws it in the mean."""

    text: str
    wanted: dict[str, int]
    weights: dict[str, float]
    chance: float
    kinds: dict[str, str] = field(default_factory=dict)


def of_items(found: list[Item], model: linear.LinearModel, areas: tuple[str, ...]) -> Iterator[tuple[Item, Example]]:
    """The excerpts of items, without the harmless-looking ones of positive texts."""
    given = excerpts(found, model, areas)
    truths = {area: train.truth(found, area) for area in areas}
    counts = {area: train.weights_of(found, truths[area]) for area in areas}
    telling = set(given.telling.tolist())
    for at, (text, owner) in enumerate(zip(given.texts, given.owner, strict=True)):
        item = found[owner]
        wanted = {a: int(truths[a][owner]) for a in areas if truths[a][owner] >= 0}
        wanted = {area: value for area, value in wanted.items() if at in telling or not value}
        weights = {area: float(counts[area][owner]) for area in wanted}
        kinds = {}
        if at in telling:
            by_area = {area: [one for one in item.labels if one.startswith(f"{area}.")] for area in areas}
            kinds = {area: labels[0] for area, labels in by_area.items() if len(labels) == 1}
        if wanted:
            most = max(weights.values())
            weights = {area: weight / most for area, weight in weights.items()}
            yield item, Example(text, wanted, weights, most, kinds)


def learnt(found: list[Item]) -> list[Item]:
    """These without what the writers in `HELD` wrote, whoever wrote it too."""
    held = {item.text for item in found if item.group in HELD}
    return [item for item in found if item.group not in HELD and item.text not in held]


def hostile() -> Iterator[Example]:
    """Excerpts for intent. What is known to be calm is so for conduct too."""
    calm = {item.text for item in conduct.calm()}
    for item, one in of_items(learnt(items()), linear.LinearModel.load(train.OUT), train.AREAS):
        if item.text in calm or item.group.startswith("own/conduct"):
            one.wanted |= dict.fromkeys(conduct.AREAS, 0)
            one.weights = {area: weight * one.chance for area, weight in one.weights.items()}
            one.weights |= dict.fromkeys(conduct.AREAS, 1.0)
            one.chance = 1.0
        if one.wanted.get("attack") and item.stage == "source":
            one.weights["attack"] *= PLANTED
        if item.group.startswith("own/grammar"):
            one.chance *= GRAMMAR
        yield one


def of_conduct() -> Iterator[Example]:
    """Excerpts of what is wrong for conduct."""
    found = [item for item in learnt(conduct.conduct()) if item.labels]
    model = linear.LinearModel.load(train.OUT.with_name("conduct.npz"))
    return (replace(one, chance=one.chance * CONDUCT) for _, one in of_items(found, model, conduct.AREAS))


def sentences() -> Iterator[Example]:
    """Sentences for tasks: those that are hard, and some others."""
    given = task.Lines.of(task.gathered(learnt(items())))
    for at in task.telling(given, task.held_out(given)[0]):
        line, chance = given.lines[at], min(1.0, float(given.weights[at])) * SENTENCES
        yield Example(line.text[:LONG], {task.AREA: int(line.asks)}, {task.AREA: 1.0}, chance)


@dataclass(slots=True)
class Numbers:
    """The examples as numbers.

    Attributes:
        rows: what the lower half makes of all tokens; those of example `i` end at `ends[i]`.
        wanted: by example and area, smoothed; `weights` is 0 where nothing is known.
        kinds: the number of its kind by example and area, −1: none.
        chance: how often an epoch draws an example in the mean.
    """

    rows: torch.Tensor
    ends: NDArray[np.int64]
    wanted: torch.Tensor
    weights: torch.Tensor
    kinds: torch.Tensor
    chance: NDArray[np.float64]

    @classmethod
    def of(cls, examples: list[Example], names: list[str], stored: e5.Stored) -> "Numbers":
        """The numbers of these."""
        tokens = e5.Tokens(train.CACHE)
        given = [tokens.of(meaning.encoded(one.text).decode()) for one in examples]
        wanted = np.zeros((len(examples), len(AREAS)), np.float32)
        weights, kinds = np.zeros_like(wanted), np.full(wanted.shape, -1)
        for at, one in enumerate(examples):
            for area, value in one.wanted.items():
                column = AREAS.index(area)
                wanted[at, column] = value * (1 - 2 * SMOOTH) + SMOOTH
                weights[at, column] = one.weights[area] * (POSITIVE[area] if value else 1.0)
                weights[at, column] *= 1.0 if area in train.AREAS else BESIDE
            for area, name in one.kinds.items():
                kinds[at, AREAS.index(area)] = names.index(name) if name in names else -1
        chance = np.asarray([one.chance for one in examples])
        ends = np.cumsum([len(one) for one in given])
        return cls(lower(given, stored), ends, *map(torch.tensor, (wanted, weights, kinds)), chance)

    def batch(self, chosen: list[int], chance: np.random.Generator | None) -> tuple[torch.Tensor, torch.Tensor]:
        """The rows of some examples, `(examples, tokens, size)`, and how many of each; by chance a part is left out."""
        kept = []
        for at in chosen:
            start = self.ends[at - 1] if at else 0
            inside = np.arange(start, self.ends[at])
            if chance is not None:
                some = inside[chance.random(len(inside)) >= chance.random() * 2 * DROPPED]
                inside = some if len(some) > 2 else inside
            kept.append(inside)
        lengths = [len(one) for one in kept]
        given = torch.zeros(len(kept), max(lengths), self.rows.shape[1], dtype=self.rows.dtype)
        for row, one in zip(given, self.rows[np.concatenate(kept)].split(lengths), strict=True):
            row[: len(one)] = one
        return given, torch.tensor(lengths)

    def batches(self, chosen: NDArray[np.int64], chance: np.random.Generator) -> list[list[int]]:
        """These examples in steps of much the same length, in any order."""
        lengths = np.diff(self.ends, prepend=0)
        made: list[list[int]] = [[]]
        for at in chosen[np.argsort(lengths[chosen] + chance.random(len(chosen)) * 6)].tolist():
            if (len(made[-1]) + 1) * lengths[at] > TOKENS:
                made.append([])
            made[-1].append(at)
        return [made[at] for at in chance.permutation(len(made))]


@torch.no_grad()
def lower(given: list[NDArray[np.int32]], stored: e5.Stored) -> torch.Tensor:
    """What the lower half makes of the tokens of all texts, `(tokens, size)`; kept for the next time."""
    known = [stored.data, *(one.tobytes() for one in given)]
    digest = blake2b(b"".join(known), digest_size=8).hexdigest()
    kept = train.CACHE / f"lower-{digest}.pt"
    if kept.exists():
        return torch.load(kept, mmap=True, weights_only=True)
    before, layers = e5.Lowest(stored), [e5.Layer(stored, number) for number in range(FIRST)]
    order = sorted(range(len(given)), key=lambda at: -len(given[at]))
    made: dict[int, torch.Tensor] = {}
    while order:
        some = order[: max(1, TOKENS // len(given[order[0]]))]
        order = order[len(some) :]
        lengths = torch.tensor([len(given[at]) for at in some])
        rows = nn.utils.rnn.pad_sequence([before.rows(given[at]) for at in some], batch_first=True)
        for layer in layers:
            rows = layer(rows, e5.inside(rows, lengths))
        made |= {at: row[: len(given[at])].clone() for at, row in zip(some, rows, strict=True)}
    rows = torch.cat([made[at] for at in range(len(given))])
    torch.save(rows, begun := kept.with_suffix(".part"))
    begun.rename(kept)
    return rows


class Learner(nn.Module):
    """The upper half and its heads: first the areas, then the kinds."""

    def __init__(self, stored: e5.Stored, kinds: list[str]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(e5.Layer(stored, number) for number in range(FIRST, stored.layers))
        self.head = nn.Linear(stored.size, len(AREAS) + len(kinds))
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        self.of_area = torch.tensor([[one.startswith(f"{area}.") for one in kinds] for area in AREAS])
        self.mean = torch.zeros(stored.size)

    def embedded(self, rows: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """The embeddings, as the engine makes them: the mean of all tokens, of length 1."""
        inside = e5.inside(rows, lengths)
        for layer in self.layers:
            rows = layer(rows, inside)
        return nf.normalize((rows * inside[:, 0, 0, :, None]).sum(1).float() / lengths[:, None], dim=-1)

    def loss(self, given: Numbers, chosen: list[int], chance: np.random.Generator) -> torch.Tensor:
        """Of some examples: binary cross entropy by area, and cross entropy of the kinds within each."""
        told = self.head((self.embedded(*given.batch(chosen, chance)) - self.mean) * SPREAD).float()
        areas, kinds = told[:, : len(AREAS)], told[:, len(AREAS) :]
        weights = given.weights[chosen]
        each = nf.binary_cross_entropy_with_logits(areas, given.wanted[chosen], reduction="none")
        whole = (each * weights).sum() / (weights.sum() + 1e-6)
        for column, name in enumerate(given.kinds[chosen].T):
            known = name >= 0
            if known.any():
                inside = self.of_area[column]
                places = inside.cumsum(0)[name[known]] - 1
                of_kinds = nf.cross_entropy(kinds[known][:, inside], places, label_smoothing=SMOOTH)
                whole = whole + KINDS * of_kinds * known.sum() / len(chosen)
        return whole

    def groups(self) -> list[dict[str, object]]:
        """What is learnt, with the rate of each."""
        named = dict(self.named_parameters())
        of = {end: [one for name, one in named.items() if name.endswith(end)] for end in (".exact", ".growth")}
        fast = [*of[".growth"], *self.head.parameters()]
        known = {id(one) for one in [*fast, *of[".exact"]]}
        gentle = [one for one in named.values() if id(one) not in known]
        rates = (fast, RATE), (gentle, RATE * GENTLE), (of[".exact"], EXACT)
        return [{"params": some, "lr": rate, "whole": rate} for some, rate in rates]


def learn(learner: Any, given: Any, epochs: float) -> None:
    """Teaches it. In the end it has the mean of the weights of the last few hundred steps."""
    chance = np.random.default_rng(SEED)
    groups = learner.groups()
    descent = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0)
    weights = [one for group in groups for one in group["params"]]
    clipped = [one for group in groups[:2] for one in group["params"]]
    means = [one.detach().clone() for one in weights]
    lengths = np.diff(given.ends, prepend=0)
    steps = int(epochs * (lengths * given.chance).sum() / TOKENS) + 1
    begun, step, lost = perf_counter(), 0, 0.0
    while step < steps:
        drawn = np.repeat(np.arange(len(given.chance)), (given.chance + chance.random(len(given.chance))).astype(int))
        for chosen in given.batches(drawn, chance)[: steps - step]:
            step += 1
            slow = min(1.0, step / WARM) * ((1 + cos(pi * step / steps)) / 2 * (1 - SLOWEST) + SLOWEST)
            for group in descent.param_groups:
                group["lr"] = group["whole"] * slow
            loss = learner.loss(given, chosen, chance)
            descent.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(clipped, 1.0)
            descent.step()
            with torch.no_grad():
                torch._foreach_lerp_(means, weights, 1 - min(KEPT, (step + 1) / (step + 10)))
            lost += (loss.item() - lost) * max(0.02, 1 / step)
            if step % 100 == 0:
                print(f"  step {step} of {steps}: loss {lost:.3f}, {perf_counter() - begun:.0f} s", flush=True)
    with torch.no_grad():
        for one, mean in zip(weights, means, strict=True):
            one.copy_(mean)


def changes(layers: Iterable[nn.Module], stored: e5.Stored) -> dict[str, NDArray[Any]]:
    """What is different in the file of the package where these are its upper layers, as guards/encoder.py reads it."""
    data = bytearray(stored.data)
    for number, layer in enumerate(layers, FIRST):
        for name, tensor in layer.stored().items():
            first, size = stored.places[f"l{number}.{name}"]
            data[first : first + size] = tensor
    start = stored.places[f"l{FIRST}.q.w"][0]
    ends = (np.frombuffer(one, np.uint8)[start:] for one in (bytes(data), stored.data))
    taught, base = (one.copy() for one in ends)
    digest = np.frombuffer(blake2b(base, digest_size=16).digest(), np.uint8)
    size = np.asarray(len(stored.data))
    return {"format": np.asarray(product.FORMAT), "size": size, "base": digest, "changes": taught ^ base}


def write(learner: Learner, kinds: list[str], stored: e5.Stored) -> None:
    """What is different in the file of the package, and the heads."""
    saved.write(product.WEIGHTS, changes(learner.layers, stored))
    weights, bias = learner.head.weight.detach().numpy().T * SPREAD, learner.head.bias.detach().numpy()
    heads = {"weights": weights, "bias": bias, "mean": learner.mean.numpy(), "encoder": version()}
    np.savez(HEADS, areas=np.asarray(AREAS), kinds=np.asarray(kinds), **heads)
    print(f"{product.WEIGHTS.name}: {product.WEIGHTS.stat().st_size} bytes", flush=True)


def version() -> str:
    """Tells one state of the encoder from another."""
    return blake2b(product.WEIGHTS.read_bytes(), digest_size=8).hexdigest()


def main() -> int:
    """Teaches and writes."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--epochs", type=float, default=EPOCHS)
    asked = options.parse_args()
    torch.manual_seed(SEED)
    train.CACHE.mkdir(exist_ok=True)
    examples = [*hostile(), *of_conduct(), *sentences()]
    counts = Counter(name for one in examples for name in one.kinds.values())
    kinds = sorted(name for name, count in counts.items() if count >= LEAST)
    stored = e5.Stored.read()
    given = Numbers.of(examples, kinds, stored)
    print(f"encoder: {len(examples)} excerpts, {given.ends[-1]} tokens, {len(kinds)} kinds", flush=True)
    learner = Learner(stored, kinds)
    some = np.random.default_rng(SEED).choice(len(examples), 1_500, replace=False).tolist()
    with torch.no_grad():
        parts = [learner.embedded(*given.batch(some[at : at + 50], None)) for at in range(0, len(some), 50)]
    learner.mean = torch.cat(parts).mean(0)
    learn(learner, given, asked.epochs)
    write(learner, kinds, stored)
    return 0


if __name__ == "__main__":
    sys.exit(main())
