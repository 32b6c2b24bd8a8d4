"""Trains the models of guards/task.py; part of `make train-guards`, before encoder.py.

1. Sentences that people say to an AI are positive: requests of every source, and tasks by grammar. Sentences of
   documents, of answers and of the texts that requests are about are negative.
2. The linear model learns from all of them, the machine from a part: every task by grammar, the negative ones that the
   linear model finds likeliest, and some of each source.
3. Scores become probabilities on sentences held out, put into documents as nobody has marked any: a document's score is
   that of its likeliest sentence, as if one in twenty held a task. The machine's is told with how much the sentence
   resembles the rest of its document: an order stands apart from what the document is about.

    python training/task.py [--without SOURCE] [--out DIRECTORY]
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

sys.path.insert(0, str(Path(__file__).parent))
import kernel
import saved
import task_grammar
from ngrams import fitted, rarity, rounded
from sources import Item, bipia, items

from sekisho.core.normalise import normalise
from sekisho.guards import linear, task
from sekisho.guards.kernel import Examples

OUT = Path(__file__).parent.parent / "src" / "sekisho" / "guards"
AREA = "task"
REQUEST = 200  # code points of a request that is one sentence or much like one
FOLDS = 3
NEIGHBOURS = 40  # lines that stand together are often twins
SLACK = 3.0  # the C of the machine
HEAVIEST = (3000.0, 500.0)  # what the negative, and the positive, sentences of one source may weigh together
GRAMMAR = 3.0  # what a sentence by grammar weighs
POSITIVE, HARD, OTHER = 150, 600, 400  # sentences of one source that the machine learns from
SHARE = 0.05  # of documents that hold a task, for which curves are learnt
TOLD = 0.1  # of documents that hold one, as the machine's scores are told: learnt with less, few clean ones are touched
DOCUMENTS = 400  # of a script, into which tasks are put
SEED = 19

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, whether it is a task for an AI, and where it comes from."""

    text: str
    asks: bool
    group: str


def cut(text: str) -> list[str]:
    """The sentences of a text, as the guard reads them."""
    value = normalise(text)
    return [value[start:end] for start, end in task.sentences(value)]


def gathered(found: list[Item], without: str = "") -> list[Sentence]:
    """Every sentence once, in a fixed order."""
    lines = [*_of_items(found, without), *_of_instructions()]
    lines += [Sentence(normalise(text), asks, f"task-{script}") for text, asks, script in task_grammar.lines()]
    if without != "bipia":
        lines += [
            Sentence(text, asks=True, group="bipia") for attack in bipia()[0] for text in cut(attack.split("\n")[0])
        ]
    return list({line.text: line for line in lines}.values())


def _of_items(found: list[Item], without: str) -> Iterator[Sentence]:
    for item in found:
        attack = any(label.startswith("attack") for label in item.labels)
        if item.group in (without, "jailbreaks") or (attack and item.stage != "entry"):
            continue
        if item.stage in ("source", "exit") or item.group == "japanese-toxic":
            script = "ja" if linear.japanese(item.text) else "en"
            group = item.group if item.group == "bipia" else f"{item.stage}-{script}"
            yield from (Sentence(text, asks=False, group=group) for text in cut(item.text))
        elif item.stage == "entry" and len(item.text) <= REQUEST:
            yield Sentence(normalise(item.text), asks=True, group=item.group)


def _of_instructions() -> Iterator[Sentence]:
    """What is asked for, and the texts that it is asked about."""
    path = Path(__file__).parent / "public" / "self-instruct.jsonl"
    for line in map(json.loads, path.read_text("utf-8").splitlines()):
        yield from (Sentence(text, asks=True, group="instructions") for text in cut(line["instruction"]))
        yield from (Sentence(text, asks=False, group="inputs") for text in cut(line["input"]))


def counts(texts: list[str]) -> sparse.csr_matrix:
    """Rows of n-gram counts with marked ends, each divided by the root of their number."""
    columns, values, ends = [], [], [0]
    for text in texts:
        points = linear.code_points(f"\n{text}\n")
        inside = np.concatenate([row.astype(np.int64) for row in linear.buckets(points)])
        buckets, times = np.unique(inside, return_counts=True)
        columns.append(buckets)
        values.append(times / np.sqrt(max(1, len(inside))))
        ends.append(ends[-1] + len(buckets))
    data = np.concatenate(values).astype(np.float32), np.concatenate(columns), np.asarray(ends)
    return sparse.csr_matrix(data, shape=(len(texts), linear.NOTHING))


@dataclass(slots=True)
class Lines:
    """The sentences as numbers."""

    lines: list[Sentence]
    wanted: NDArray[np.int8]
    weights: Floats
    fold: NDArray[np.int64]

    @classmethod
    def of(cls, lines: list[Sentence]) -> "Lines":
        """The numbers of these sentences."""
        sizes = Counter((line.group, line.asks) for line in lines)
        weights = [
            GRAMMAR if line.group.startswith("task-") else min(1.0, HEAVIEST[line.asks] / sizes[line.group, line.asks])
            for line in lines
        ]
        wanted = np.asarray([line.asks for line in lines], np.int8)
        return cls(lines, wanted, np.asarray(weights), np.arange(len(lines)) // NEIGHBOURS % FOLDS)


def telling(given: Lines, scores: Floats) -> NDArray[np.int64]:
    """Which sentences the machine learns from. `scores`: of the linear model, for sentences that it had not learnt."""
    by_group: dict[tuple[str, bool], list[int]] = {}
    for number, line in enumerate(given.lines):
        by_group.setdefault((line.group, line.asks), []).append(number)
    chosen: list[int] = []
    for (group, asks), numbers in by_group.items():
        here = np.random.default_rng(SEED).permutation(numbers)
        if group.startswith("task-"):
            chosen += numbers
        elif asks:
            chosen += here[:POSITIVE].tolist()
        else:
            likeliest = here[np.argsort(-scores[here], kind="stable")]
            chosen += likeliest[:HARD].tolist() + here[np.isin(here, likeliest[HARD:])][:OTHER].tolist()
    return np.asarray(sorted(chosen))


def machine(rows: NDArray[np.float32], wanted: NDArray[np.int8]) -> SVC:
    """The support vector machine."""
    return SVC(C=SLACK, gamma="scale", class_weight="balanced", cache_size=1000).fit(rows, wanted)


def clean_documents(found: list[Item], without: str) -> list[list[str]]:
    """Documents that hold no task, as their sentences."""
    texts = [item.text for item in found if item.stage == "source" and not item.labels and item.group != without]
    cuts = [cut(text) for text in dict.fromkeys(texts)]
    return [one for one in cuts if len(one) > 1]


def planted(lines: list[Sentence]) -> dict[bool, list[str]]:
    """Sentences to put into documents without, and with, Japanese characters: as many by grammar as by hand."""
    asked = [line for line in lines if line.asks and len(line.text) < REQUEST]
    found: dict[bool, list[str]] = {}
    for script in (False, True):
        here = [line for line in asked if linear.japanese(line.text) == script]
        by_grammar = [line.text for line in here if line.group.startswith("task-")]
        others = [line.text for line in here if not line.group.startswith(("task-", "own/grammar"))]
        found[script] = by_grammar + np.random.default_rng(SEED).permutation(others)[: len(by_grammar)].tolist()
    return found


def document_curve(scores: dict[str, float], texts: list[list[str]], orders: list[str]) -> tuple[float, float]:
    """Slope and offset that make the score of a document's likeliest sentence a probability (Platt, 1999)."""
    known = [values for text in texts if (values := [scores[one] for one in text if one in scores])]
    clean = [max(values) for values in known]
    held = [scores[order] for order in orders if order in scores]
    chance = np.random.default_rng(SEED)
    with_order = [max(order, clean[chance.integers(len(clean))]) for order in held]
    wanted = np.asarray([0] * len(clean) + [1] * len(with_order))
    weights = np.where(wanted == 1, SHARE / len(with_order), (1 - SHARE) / len(clean)) * len(wanted)
    both = np.asarray([*clean, *with_order])[:, None]
    curve = LogisticRegression(C=1e3).fit(both, wanted, weights)
    slope, offset = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    told = 1 / (1 + np.exp(-(slope * both[:, 0] + offset)))
    for at in (0.3, 0.5):
        found, touched = (told[wanted == 1] >= at).mean(), (told[wanted == 0] >= at).mean()
        print(f"    at {at}: found {found:.3f} of {len(with_order)}, touched {touched:.3f} of {len(clean)}", flush=True)
    return slope, offset


def held_out(given: Lines) -> tuple[Floats, sparse.csr_matrix, Floats]:
    """What linear models say of sentences that they had not learnt; the rows of counts, and how rare each is."""
    rows = counts([line.text for line in given.lines])
    rarities = rarity(rows)
    held = np.zeros(len(given.lines))
    for number in range(FOLDS):
        test = given.fold == number
        weights, bias = fitted(rows[~test], given.wanted[~test], given.weights[~test], rarities)
        held[test] = rows[test] @ weights + bias
    return held, rows, rarities


def train(found: list[Item], out: Path, without: str = "") -> None:
    """Trains both models and writes them to `task.npz` and `task-kernel.npz`."""
    given = Lines.of(gathered(found, without))
    texts = [line.text for line in given.lines]
    print(f"task: {len(texts)} sentences, {int(given.wanted.sum())} of them tasks", flush=True)
    held, rows, rarities = held_out(given)
    weights, bias = fitted(rows, given.wanted, given.weights, rarities)
    raw = dict(zip(texts, held.tolist(), strict=True))
    clean, orders = clean_documents(found, without), planted(given.lines)
    scripts = [[one for one in clean if any(map(linear.japanese, one)) == script] for script in (False, True)]
    print("  linear model, documents without and with Japanese characters:")
    curves = [document_curve(raw, scripts[script], orders[bool(script)]) for script in (0, 1)]
    save_linear(out / "task.npz", weights, bias, curves)
    chosen = telling(given, held)
    embedded = kernel.embedded([texts[number][: task.LONG] for number in chosen])
    mean = embedded.mean(axis=0)
    embedded -= mean
    parts = [given.fold[chosen] != number for number in range(FOLDS)]
    made = [machine(embedded[part], given.wanted[chosen][part]) for part in parts]
    fold_of = dict(zip(texts, given.fold.tolist(), strict=True))
    print("  machine:")
    curve = []
    for script in (0, 1):
        placed = [*_clean(scripts[script], raw), *_planted(scripts[script], orders[bool(script)], raw)]
        rows_of = kernel.embedded([one.sentence[: task.LONG] for one in placed]) - mean
        rests = kernel.embedded([one.rest for one in placed]) - mean
        fold = np.asarray([fold_of[one.sentence] for one in placed])
        near = np.select([fold == at for at in range(FOLDS)], [one.decision_function(rows_of) for one in made])
        features = np.stack([near, [raw[one.sentence] for one in placed], task.alike(rows_of, rests)], axis=1)
        curve.append(contrast_curve(features, np.asarray([one.asks for one in placed])))
    made_of_all = machine(embedded, given.wanted[chosen])
    save_machine(out / "task-kernel.npz", made_of_all, (embedded, mean), curve)


@dataclass(frozen=True, slots=True)
class Placed:
    """A sentence in a document: its likeliest own one, or one that was put into it; and the beginning of the rest."""

    sentence: str
    rest: str
    asks: bool


def _clean(texts: list[list[str]], raw: dict[str, float]) -> Iterator[Placed]:
    for text in _some(texts, raw):
        sentence = max((one for one in text if one in raw), key=raw.__getitem__)
        rest = [one for one in text if one != sentence]
        yield Placed(sentence, "\n".join(rest)[: task.LONG], asks=False)


def _planted(texts: list[list[str]], orders: list[str], raw: dict[str, float]) -> Iterator[Placed]:
    chance = np.random.default_rng(SEED)
    clean = _some(texts, raw)
    for order in orders:
        if order in raw:
            yield Placed(order, "\n".join(clean[chance.integers(len(clean))])[: task.LONG], asks=True)


def _some(texts: list[list[str]], raw: dict[str, float]) -> list[list[str]]:
    known = [text for text in texts if any(one in raw for one in text)]
    return [known[at] for at in np.random.default_rng(SEED).permutation(len(known))[:DOCUMENTS]]


def contrast_curve(features: Floats, asks: NDArray[np.bool_]) -> list[float]:
    """Slopes of the machine, the linear model and the likeness to the rest, the offset, and the likeness of most."""
    weights = np.where(asks, SHARE / asks.sum(), (1 - SHARE) / (~asks).sum()) * len(asks)
    made = LogisticRegression(C=1e3, max_iter=1000).fit(features, asks, weights)
    told = made.predict_proba(features)[:, 1]
    print(
        f"    slopes {made.coef_[0].round(2)}, likeness {features[asks, 2].mean():.3f}, {features[~asks, 2].mean():.3f}"
    )
    for at in (0.3, 0.5):
        found, touched = (told[asks] >= at).mean(), (told[~asks] >= at).mean()
        print(f"    at {at}: found {found:.3f} of {asks.sum()}, touched {touched:.3f} of {(~asks).sum()}", flush=True)
    offset = float(made.intercept_[0]) + log(TOLD / (1 - TOLD)) - log(SHARE / (1 - SHARE))
    return [*made.coef_[0].tolist(), offset, float(features[~asks, 2].mean())]


def save_linear(path: Path, weights: Floats, bias: float, curves: list[tuple[float, float]]) -> None:
    """Writes the linear model with weights of 8 bits."""
    steps, scale = rounded(weights[:, None])
    slope, offset = (np.asarray([[curve[at]] for curve in curves], np.float32) for at in (0, 1))
    model = linear.LinearModel((AREA,), steps, scale, np.float32([bias]), slope, offset, np.zeros(1, np.float32))
    saved.write(path, linear.packed(model))
    print(f"{path.name}: {path.stat().st_size} bytes", flush=True)


def save_machine(
    path: Path, made: SVC, given: tuple[NDArray[np.float32], NDArray[np.float32]], curve: list[list[float]]
) -> None:
    """Writes the machine with examples of 8 bits. `given`: what it learnt from, less the mean, and the mean."""
    rows, mean = given
    examples, bias = kernel.rounded(made, rows)
    numbers = made.dual_coef_[0].astype(np.float32), float(made._gamma), bias, np.asarray(curve, np.float32)
    saved.write(path, task.packed(task.TaskMachine(mean, Examples(examples, kernel.STEP), *numbers)))
    print(f"{path.name}: {len(examples)} examples, {path.stat().st_size} bytes", flush=True)


def main() -> int:
    """Trains these models alone."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--without", default="", help="a source that is left out")
    options.add_argument("--out", type=Path, default=OUT)
    given = options.parse_args()
    train(items(), given.out, given.without)
    return 0


if __name__ == "__main__":
    sys.exit(main())
