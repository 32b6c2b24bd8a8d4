"""Trains the scorer of names: src/sekisho/guards/names_weights.txt.gz.

    python training/names_japanese.py

It learns from sentences with marked names (training/data), from the same with other names in them, from sentences that
training/names/ja.yaml makes with names of japanese-personal-name-dataset, and from texts that name nobody private or
hardly anybody.
Every candidate that the guard sees in them is an example: right where its place is that of a name.

1. A first model learns from a candidate and what stands around it.
2. A second learns what to make of that and of the candidate's neighbours. What the first says of a candidate is said
   for this by a model that has not learnt from its frame: how many of these are right is printed at the end.
"""

import gzip
import json
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from names_fills import SLOT, Fills, Marked
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from weights_of_signs import learnt

from sekisho.core.text import Text
from sekisho.evaluation.items import unmarked
from sekisho.guards.names_candidates import GROUPS, Candidate, Candidates, Cuts
from sekisho.guards.names_features import Features
from sekisho.guards.names_lexicon import GIVEN, PERSON, SURNAME, Words, modern
from sekisho.guards.names_scorer import WEIGHTS, Scored, beside, probability

HERE = Path(__file__).parent
GRAMMAR = HERE / "names" / "ja.yaml"
MARKED = (
    "names-ja-dev.jsonl",
    "names-ja-dev-2.jsonl",
    "names-ja-dev-3.jsonl",
    "names-ja-train.jsonl",
    "names-ja-train-2.jsonl",
    "names-ja-train-3.jsonl",
    "names-ja-train-4.jsonl",
    "names-ja-train-5.jsonl",
    "names-ja-train-6.jsonl",
    "names-ja-train-7.jsonl",
    "names-ja-train-8.jsonl",
    "names-ja-train-9.jsonl",
    "places/privacy-ja-dev.jsonl",
)
UNMARKED = ("neutral.jsonl", "neutral-2.jsonl")
UNREAD = (
    *(f"harm-ja-{number}.jsonl" for number in range(1, 7)),
    *(f"attack-ja{number}.jsonl" for number in ("", "-2", "-3", "-4")),
)  # they name somebody now and then: only what the dictionary takes for another word counts as none
TIMES = 9  # sentences of a frame
AGAIN = 5  # sentences of one that was written, with other names
SEED = 11
LEAST = 3  # examples that a feature must be seen in
STRENGTH = 0.3  # of the data against the prior
SMALL = 0.04  # a weight below it says nothing
FOLDS = 4
CAUTION = 0.3  # taken off every logit: of two errors, a harmless word that is touched is the worse
HEAVY = 3.0
_TOLD = re.compile("title|label|said|called")  # of a text that nobody has marked such candidates are left out

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Read:
    """The text as the model sees it, its candidates, their features, and which are names (1, 0; −1: unknown)."""

    value: str
    candidates: list[Candidate]
    features: list[list[str]]
    truth: list[int]


@dataclass(slots=True)
class Examples:
    """Candidates of all texts, one after the other."""

    rows: list[list[str]]
    truth: list[int]
    counts: list[float]
    groups: list[str]
    folds: list[int]

    @classmethod
    def of(cls, texts: list[tuple[Marked, Read]]) -> "Examples":
        """The candidates of these texts; one in a text that surely names nobody private counts more."""
        made = cls([], [], [], [], [])
        for one, read in texts:
            for it, names, is_name in zip(read.candidates, read.features, read.truth, strict=True):
                made.rows.append(crossed(GROUPS[it.shape], names))
                made.truth.append(is_name)
                made.counts.append(one.weight * (1.0 if one.whole or not one.read else HEAVY))
                made.groups.append(GROUPS[it.shape])
                made.folds.append(one.fold)
        return made

    def learn(self, picked: list[int]) -> dict[str, float]:
        """The weights of a logistic model over the features of some of them."""
        rows = [self.rows[at] for at in picked]
        truth, counts = [self.truth[at] for at in picked], [self.counts[at] for at in picked]
        return learnt(rows, truth, strength=STRENGTH, least=LEAST, counts=counts)


def generated(told: dict[str, Any], fills: Fills) -> Iterator[Marked]:
    """Sentences of the grammar, always the same."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    for kind in ("named", "plain"):
        for number, frame in enumerate(told[kind]):
            slots = set(SLOT.findall(frame))
            if "L" in slots:  # names in Latin letters are not this model's
                continue
            times = TIMES if slots else 1
            for _ in range(times):
                made = fills.fill(frame, chance, named=kind == "named")
                yield Marked(made.text, made.names, 0.5, fold=number % FOLDS)


def written(fills: Fills) -> Iterator[Marked]:
    """Sentences that were written and marked, also with other names, and texts that name nobody private."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    for name in MARKED:
        for number, line in enumerate((HERE / "data" / name).read_text("utf-8").splitlines()):
            one = replace(marked(json.loads(line)["text"]), fold=number % FOLDS)
            yield one
            for _ in range(AGAIN if one.names else 0):
                yield replace(fills.again(one, chance), weight=0.3)
    for name in (*UNMARKED, *UNREAD):
        for number, line in enumerate((HERE / "data" / name).read_text("utf-8").splitlines()):
            text = json.loads(line)["text"]
            if re.search("[ぁ-ん]", text):
                yield Marked(text, frozenset(), whole=False, fold=number % FOLDS, read=name in UNMARKED)


def marked(text: str) -> Marked:
    """A text with marks as the benchmark has them."""
    plain, spans = unmarked(text)
    return Marked(plain, frozenset((one.start, one.end) for one in spans if one.category == "privacy.person_name"))


class Reader:
    """Candidates of texts as the guard sees them."""

    def __init__(self, words: Words) -> None:
        self._lexicon = words.lexicon()
        self._candidates = Candidates(self._lexicon, words)
        self._features = Features(self._lexicon, words)

    def read(self, one: Marked) -> Read:
        """The candidates of a text."""
        view = Text(one.text).normalised
        value = modern(view.value)
        candidates, cuts = self._candidates.find(value)
        candidates.sort(key=lambda it: (it.start, it.end))
        features = [self._features.of(value, it, cuts) for it in candidates]
        truth = [int(tuple(view.received(it.start, it.end)) in one.names) for it in candidates]
        if not one.whole:
            truth = [-1 if any(_TOLD.match(name) for name in names) else 0 for names in features]
        if not one.read:
            truth = [
                -1 if self._perhaps(value, it, cuts) else known for known, it in zip(truth, candidates, strict=True)
            ]
        return Read(value, candidates, features, truth)

    def _perhaps(self, value: str, one: Candidate, cuts: Cuts) -> bool:
        """Whether the dictionary takes any of a candidate for a name, or does not know it."""
        kinds: list[str] = []
        at = one.start
        while at < one.end and at in cuts.kinds:
            kinds.append(cuts.kinds[at])
            at = cuts.ends[at]
        told = "".join(kinds) if at == one.end else self._lexicon.kinds(value[one.start : one.end])
        return not told or not {SURNAME, GIVEN, PERSON}.isdisjoint(told)


def crossed(group: str, row: list[str]) -> list[str]:
    """Features for all groups and for one."""
    return [f"*{name}" for name in row] + [f"{group}{name}" for name in row]


def by_group(weights: dict[str, float]) -> dict[str, dict[str, float]]:
    """For each group, what a feature counts for in it."""
    told: dict[str, dict[str, float]] = {}
    for group in sorted(set(GROUPS.values())):
        names = {name[1:] for name in weights if name[0] in ("*", group)}
        sums = {name: weights.get(f"*{name}", 0.0) + weights.get(group + name, 0.0) for name in sorted(names)}
        told[group] = {name: weight for name, weight in sums.items() if abs(weight) >= SMALL}
    return told


def among(rows: list[list[str]], logits: Floats, truth: list[int], counts: list[float]) -> dict[str, float]:
    """The weights of what stands beside, upon the logits of the first model; one of `near…` is in every row."""
    names = sorted({name for row in rows for name in row})
    column = {name: number for number, name in enumerate(names)}
    wide = np.zeros((len(rows), len(names) + 1))
    for at, row in enumerate(rows):
        wide[at, [column[name] for name in row]] = 1.0
    wide[:, -1] = logits
    model: Any = LogisticRegression(C=1.0, max_iter=400, fit_intercept=False)
    model.fit(wide, truth, sample_weight=counts)
    weights = dict(zip([*names, ""], model.coef_[0].tolist(), strict=True))
    return {name: weight - CAUTION * name.startswith("near") for name, weight in weights.items()}


def blind(examples: Examples, known: list[int]) -> Floats:
    """The logit of each candidate, by a model that has not learnt from its frame."""
    logits = np.zeros(len(examples.rows))
    for fold in range(FOLDS):
        told = examples.learn([at for at in known if examples.folds[at] != fold])
        for at, row in enumerate(examples.rows):
            if examples.folds[at] == fold:
                logits[at] = sum(told.get(name, 0.0) for name in row)
    return logits


def neighbours(texts: list[tuple[Marked, Read]], logits: Floats) -> list[list[str]]:
    """What stands beside each candidate."""
    near: list[list[str]] = []
    for _, read in texts:
        ours = logits[len(near) : len(near) + len(read.candidates)]
        scored = [
            Scored(it, probability(logit), "thing" in names)
            for it, logit, names in zip(read.candidates, ours, read.features, strict=True)
        ]
        near += beside(read.value, scored)
    return near


def write(first: dict[str, dict[str, float]], second: dict[str, dict[str, float]]) -> None:
    """Writes the weights of both models."""
    lines: list[str] = []
    for part, told in (("1", first), ("2", second)):
        for group, weights in told.items():
            lines.append(f"#{part}{group}")
            lines += [f"{weight:.2f} {name}".replace("\n", "⏎") for name, weight in weights.items()]
    with WEIGHTS.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as file:
        file.write("\n".join(lines).encode())
    print(len(lines), "weights", WEIGHTS.stat().st_size, "bytes")


def main() -> int:
    """Writes the weights."""
    words = Words.load()
    reader = Reader(words)
    told = yaml.safe_load(GRAMMAR.read_text("utf-8"))
    fills = Fills(told, words)
    texts = [(one, reader.read(one)) for one in (*generated(told, fills), *written(fills))]
    examples = Examples.of(texts)
    known = [at for at, right in enumerate(examples.truth) if right >= 0]
    first = by_group(examples.learn(known))
    logits = blind(examples, known)
    near = neighbours(texts, logits)
    second: dict[str, dict[str, float]] = {}
    for group in sorted(set(examples.groups)):
        picked = [at for at in known if examples.groups[at] == group]
        truth, counts = [examples.truth[at] for at in picked], [examples.counts[at] for at in picked]
        second[group] = among([near[at] for at in picked], logits[picked], truth, counts)
    write(first, second)
    right = sum((examples.truth[at] == 1) == (logits[at] > 0) for at in known)
    print(len(texts), "texts", len(known), "candidates; right of the held out", round(right / len(known), 3))
    return 0


if __name__ == "__main__":
    sys.exit(main())
