"""Trains the kernel machine of the guard for meaning, after the linear model; part of `make train-guards`.

1. Every text becomes embeddings: of the whole, or of its beginning and the stretch where the linear model sees most.
2. For each area a support vector machine learns from them. Which of a long positive text's excerpts is the harmful one
   nobody has marked: the one where the linear model sees most counts as positive, the others are left out.
3. Its score and the linear model's, both for lines that were held out, become one probability by Platt's method, for
   documents apart where enough of them are harmful; and what a lower bound costs and saves, from which it is asked, is
   printed.
4. Which kind of harm or attack it is, a multinomial logistic regression learns from the positive texts alone.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import saved
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC
from sources import Item

from sekisho.core.exchange import Stage
from sekisho.core.normalise import normalise
from sekisho.guards import linear, meaning
from sekisho.guards.kernel import Examples, KernelModel, packed

if TYPE_CHECKING:
    from train import Learnt

CACHE = Path(__file__).parent.parent / ".cache" / "embeddings.npz"
FOLDS = 3  # a machine takes minutes to learn, so fewer than the linear model has
MEMORY = 4000  # megabytes that a machine may use for what is near what, while it learns; two or more learn at a time
KEPT = 1000  # embeddings that are made between one writing of the cache and the next
EXCERPTS = 2  # of a text that are learnt from
LEAST = 25  # positive texts that a kind needs
SLACK = 3.0  # the C of the machine
# Of texts that belong to an area, for which scores are probabilities.
SHARE = {"attack": 0.2, "harm": 0.35, "agency": 0.1, "code": 0.1, "person": 0.05}
SHARE_OF_DOCUMENTS = 0.35  # the same, where documents have a curve of their own
LOWEST, HIGHEST = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4), 0.95  # between which a second opinion may be asked
EASE = 30.0  # the C of the kinds
STEP = 0.0075  # of an embedding less the mean, in 8 bits: a smaller one tells no more, and takes more room
APART = 500  # harmful documents in a script that a curve of their own needs
EVERY = 20  # of the rows, one of which shows what rounding does to scores

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Excerpts:
    """The texts as embeddings less their mean. Those of text `i` begin at `first[i]`; `telling[i]` tells most."""

    rows: NDArray[np.float32]
    mean: NDArray[np.float32]
    first: NDArray[np.int64]
    owner: NDArray[np.int64]
    telling: NDArray[np.int64]


def embedded(texts: list[str]) -> NDArray[np.float32]:
    """The embeddings, `(texts, 384)`. They are kept in .cache/, since to make them takes minutes."""
    keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
    known: dict[str, NDArray[np.float32]] = {}
    if CACHE.exists():
        with np.load(CACHE, allow_pickle=False) as arrays:
            known = dict(zip(arrays["keys"].tolist(), arrays["rows"], strict=True))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    opinion = meaning.SecondOpinion()
    for number, (key, text) in enumerate(missing.items(), 1):
        known[key] = opinion.embedded([text])[0]
        if number % KEPT == 0 or number == len(missing):
            print(f"  embeddings: {number} of {len(missing)}", flush=True)
            CACHE.parent.mkdir(exist_ok=True)
            np.savez(CACHE, keys=np.asarray(list(known)), rows=np.stack(list(known.values())))
    return np.stack([known[key] for key in keys])


def excerpts(found: list[Item], model: linear.LinearModel, areas: tuple[str, ...]) -> Excerpts:
    """What is learnt from each text."""
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
    rows = embedded(texts)
    mean = rows.mean(axis=0)
    return Excerpts(rows - mean, mean, np.asarray(first), np.asarray(owner), np.asarray(telling))


def balance(wanted: NDArray[np.int8], importance: Floats, share: float) -> Floats:
    """What each text counts besides its importance, so that this `share` of all are positive."""
    positive = float(importance[wanted == 1].sum())
    negative = float(importance[wanted == 0].sum())
    return np.where(
        wanted == 1, share * (positive + negative) / positive, (1 - share) * (positive + negative) / negative
    )


def machine(given: Excerpts, wanted: NDArray[np.int8], chosen: NDArray[np.bool_], importance: Floats) -> SVC:
    """One machine, from the texts that are `chosen`."""
    use = (chosen & (wanted >= 0))[given.owner]
    use &= (wanted[given.owner] == 0) | np.isin(np.arange(len(given.owner)), given.telling)
    made = SVC(C=SLACK, gamma="scale", class_weight="balanced", cache_size=MEMORY)
    return made.fit(given.rows[use], wanted[given.owner][use], importance[given.owner][use])


def train(
    found: list[Item],
    areas: tuple[str, ...],
    model: linear.LinearModel,
    learnt: "list[Learnt]",
    fold: NDArray[np.int64],
) -> KernelModel:
    """The machine. `learnt` is what the linear model knows of the areas."""
    given = excerpts(found, model, areas)
    japanese = np.asarray([linear.japanese(normalise(item.text)) for item in found])
    chosen = [*(fold % FOLDS != number for number in range(FOLDS)), np.ones(len(found), bool)]
    made: list[SVC] = Parallel(n_jobs=-1, prefer="threads")(
        delayed(machine)(given, one.wanted, use, one.importance) for one in learnt for use in chosen
    )
    documents = np.asarray([item.stage == Stage.SOURCE.value for item in found])
    curves = np.zeros((2, 2, len(areas), 3))  # by stage, script and area
    for at, (area, one) in enumerate(zip(areas, learnt, strict=True)):
        wanted, importance = one.wanted, one.importance
        out = np.zeros(len(found))
        for number, use in enumerate(chosen[:FOLDS]):
            held = ~use[given.owner]
            scores = np.full(len(given.rows), -np.inf)
            scores[held] = made[at * len(chosen) + number].decision_function(given.rows[held])
            out[~use] = np.maximum.reduceat(scores, given.first)[~use]
        told = np.zeros(len(found))
        both = np.stack([out, one.held], axis=1)
        for script in (0, 1):
            here = (wanted >= 0) & (japanese == bool(script))
            for stage, of_stage in enumerate((here & ~documents, here & documents)):
                apart = wanted[here & documents].sum() >= APART
                use = of_stage if apart else here
                share = SHARE_OF_DOCUMENTS if apart and stage else SHARE[area]
                weights = importance[use] * balance(wanted[use], importance[use], share)
                curve = LogisticRegression(C=1e3).fit(both[use], wanted[use], weights)
                curves[stage, script, at] = *curve.coef_[0], curve.intercept_[0]
                told[of_stage] = curve.predict_proba(both)[of_stage, 1]
                where = f"{'with' if script else 'without'} Japanese, {'documents' if stage else 'others'}"
                print(f"{area}, {where}: slopes {curve.coef_[0].round(2)}", flush=True)
        bounds(one.told, told, wanted)
    return _merged(areas, given, (made[FOLDS :: len(chosen)], curves, kinds(areas, given, found)))


def bounds(first: Floats, second: Floats, wanted: NDArray[np.int8]) -> None:
    """Prints what becomes of lines that were held out, by the lower bound from which the second opinion is asked."""
    for low in LOWEST:
        asked = (first >= low) & (first <= HIGHEST)
        told = np.where(asked, second, first) >= 0.5
        shares = [float(one[wanted == at].mean()) for one, at in ((asked, 0), (told, 1), (told, 0))]
        print("  asked from {}: {:.3f} of the harmless; found {:.3f}, touched {:.3f}".format(low, *shares), flush=True)


def kinds(areas: tuple[str, ...], given: Excerpts, found: list[Item]) -> tuple[list[str], Floats, Floats]:
    """Names, weights and biases of the kinds of each area, from the texts that have exactly one."""
    names: list[str] = []
    weights, biases = [], []
    for area in areas:
        labels = [[label for label in item.labels if label.startswith(f"{area}.")] for item in found]
        counts = Counter(one[0] for one in labels if len(one) == 1)
        use = [at for at, one in enumerate(labels) if len(one) == 1 and counts[one[0]] >= LEAST]
        made = LogisticRegression(C=EASE, class_weight="balanced", max_iter=1000)
        made.fit(given.rows[given.telling[use]], [labels[at][0] for at in use])
        names += made.classes_.tolist()
        weights.append(made.coef_.T)
        biases.append(made.intercept_)
    return names, np.concatenate(weights, axis=1), np.concatenate(biases)


def rounded(made: SVC, rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], float]:
    """A machine's examples in 8 bits, and its bias.

    Thousands of examples, each a little beside its place, move all scores the same way (by 0.25, seen where a step is
    worth 0.005). What they do to some of the rows that were learnt from is taken back.
    """
    examples = np.round(made.support_vectors_ / STEP).clip(-127, 127).astype(np.int8)
    some = rows[::EVERY]
    near = np.exp(-made._gamma * Examples(examples, STEP).squares(some)) @ made.dual_coef_[0]
    return examples, float((made.decision_function(some) - near).mean())


def _merged(
    areas: tuple[str, ...], given: Excerpts, made: tuple[list[SVC], Floats, tuple[list[str], Floats, Floats]]
) -> KernelModel:
    """One set of examples for all machines."""
    machines, curves, (names, kind_weights, kind_bias) = made
    in_bits = [rounded(made, given.rows) for made in machines]
    examples, at = np.unique(np.concatenate([rows for rows, _ in in_bits]), axis=0, return_inverse=True)
    weights = np.zeros((len(examples), len(areas)), np.float32)
    start = 0
    for column, machine in enumerate(machines):
        stop = start + len(machine.support_vectors_)
        np.add.at(weights[:, column], at.ravel()[start:stop], machine.dual_coef_[0])
        start = stop
    gamma = np.asarray([made._gamma for made in machines], np.float32)
    bias = np.asarray([bias for _, bias in in_bits], np.float32)
    numbers = (np.asarray(one, np.float32) for one in (curves, kind_weights, kind_bias))
    curve, *of_kinds = numbers
    return KernelModel(
        areas, given.mean, Examples(examples, STEP), weights, gamma, bias, curve, tuple(names), *of_kinds
    )


def save(path: Path, model: KernelModel) -> None:
    """Writes the machine."""
    saved.write(path, packed(model))
    print(f"{path.name}: {len(model.examples)} examples, {path.stat().st_size} bytes")
