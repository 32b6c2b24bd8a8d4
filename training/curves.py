"""Makes what the second opinion says probabilities; part of `make train-guards`, after encoder.py.

    python training/curves.py

The linear model learns anew without the writers in `sources.HELD`, whom the encoder does not know either. By their
lines the scores of both become one probability by Platt's method; for documents apart where enough are harmful. What a
lower bound costs and saves, from which the second opinion is asked, is printed.

Of conduct there are too few lines for the encoder to learn much from them beside so many others, so the planes for it
are fitted anew upon the embeddings, without these writers too.

Written: guards/meaning.npz.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parent))
import conduct
import encoder
import kernel
import ngrams
import saved
import train
from excerpts import excerpts
from sources import HELD, Item, items

from sekisho.core.exchange import Stage
from sekisho.core.normalise import normalise
from sekisho.guards import classifier, linear, meaning
from sekisho.guards.classifier import Classifier
from sekisho.guards.weights import probability

SHARE_OF_DOCUMENTS = 0.35  # of documents that are harmful, where they have a curve of their own
APART = 100  # harmful documents in a script that a curve of their own needs
LOWEST, HIGHEST = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4), 0.95  # between which a second opinion may be asked
# Of texts that belong to an area. Of harm fewer than the linear model's: more ordinary requests would be touched.
SHARE = {**train.SHARE, "harm": 0.25}
EASE = 10.0  # the C of the planes for conduct

Floats = NDArray[np.float64]


def embedded(texts: list[str]) -> NDArray[np.float32]:
    """The embeddings, `(texts, 384)`, by the engine. They are kept in .cache/ while the encoder is the same."""
    return kernel.kept(texts, encoder.version(), meaning.embedder)


def of_intent(heads: Classifier, found: list[Item], path: Path, bits: int) -> Floats:
    """The curves of the areas of `heads`, `(2, 2, areas, 3)`, by stage and script.

    `found` is what the linear model at `path` learns from, with so many `bits` for the number of a bucket.
    """
    areas = heads.areas
    ours = np.asarray([item.group in HELD for item in found])
    held = [item for item, here in zip(found, ours, strict=True) if here]
    model = linear.LinearModel.load(path).of(areas)
    given = excerpts(held, model, areas)
    raw = np.maximum.reduceat(heads.raw(embedded(given.texts)), given.first)
    rows = train.Rows.of([item.text for item in found], bits)
    rarities = ngrams.rarity(rows.counts[rows.first])
    stretches = np.diff(rows.first, append=len(rows.owner))[ours]
    longer = np.log(np.maximum(1, stretches - 1))
    japanese = np.asarray([linear.japanese(normalise(item.text)) for item in held])
    documents = np.asarray([item.stage == Stage.SOURCE.value for item in held])
    curves = np.zeros((2, 2, len(areas), 3))
    for at, area in enumerate(areas):
        known, wanted = train.truth(found, area), train.truth(held, area)
        head = train.fit(rows, known, ~ours, rarities, train.weights_of(found, known))
        first = train.best(rows, head)[ours] - model.length[at] * longer
        importance = train.weights_of(held, wanted)
        both = np.stack([raw[:, at], first], axis=1)
        told = np.zeros(len(held))
        for script in (0, 1):
            here = (wanted >= 0) & (japanese == bool(script))
            for stage, of_stage in enumerate((here & ~documents, here & documents)):
                apart = wanted[here & documents].sum() >= APART
                use = of_stage if apart else here
                share = SHARE_OF_DOCUMENTS if apart and stage else SHARE[area]
                weights = importance[use] * train.balance(wanted[use], importance[use], share)
                curve = rising(both[use], wanted[use], weights)
                curves[stage, script, at] = curve
                told[of_stage] = probability(both[of_stage] @ curve[:2] + curve[2])
                where = f"{'with' if script else 'without'} Japanese, {'documents' if stage else 'others'}"
                counts = f"{(wanted[use] == 1).sum()} and {(wanted[use] == 0).sum()} texts"
                print(f"{area}, {where}: slopes {curve[:2].round(2)} by {counts}", flush=True)
        slope, offset = (each[japanese.astype(int), at] for each in (model.slope, model.offset))
        bounds(probability(slope * first + offset), told, wanted)
    return curves


def rising(features: Floats, wanted: NDArray[Any], weights: Floats) -> Floats:
    """Slopes and offset of Platt's curve. A slope is 0 rather than negative."""
    use = np.ones(features.shape[1], bool)
    while True:
        made = LogisticRegression(C=1e3, max_iter=1000).fit(features[:, use], wanted, weights)
        slopes = np.zeros(len(use))
        slopes[use] = made.coef_[0]
        if (slopes >= 0).all():
            return np.asarray([*slopes, made.intercept_[0]])
        use[int(slopes.argmin())] = False


def refitted(heads: Classifier, found: list[Item], path: Path) -> Classifier:
    """With planes for the areas of `heads` that are fitted upon the finished embeddings."""
    areas = heads.areas
    given = excerpts(found, linear.LinearModel.load(path).of(areas), areas)
    rows = (embedded(given.texts) - heads.mean) * encoder.SPREAD
    ours = np.asarray([item.group in HELD for item in found])
    planes, bias = np.empty_like(heads.weights), np.empty_like(heads.bias)
    telling = np.isin(np.arange(len(given.owner)), given.telling)
    for at, area in enumerate(areas):
        wanted = train.truth(found, area)
        importance = train.weights_of(found, wanted)[given.owner]
        use = ((wanted >= 0) & ~ours)[given.owner] & ((wanted[given.owner] == 0) | telling)
        made = LogisticRegression(C=EASE, class_weight="balanced", max_iter=1000)
        made.fit(rows[use], wanted[given.owner][use], importance[use])
        planes[:, at], bias[at] = made.coef_[0] * encoder.SPREAD, made.intercept_[0]
    return replace(heads, weights=planes, bias=bias)


def bounds(first: Floats, second: Floats, wanted: NDArray[np.int8]) -> None:
    """Prints what becomes of lines that were held out, by the lower bound from which the second opinion is asked."""
    for low in LOWEST:
        asked = (first >= low) & (first <= HIGHEST)
        told = np.where(asked, second, first) >= 0.5
        shares = [float(one[wanted == at].mean()) for one, at in ((asked, 0), (told, 1), (told, 0))]
        print("  asked from {}: {:.3f} of the harmless; found {:.3f}, touched {:.3f}".format(low, *shares), flush=True)


def main() -> int:
    """Writes the file."""
    with np.load(encoder.HEADS, allow_pickle=False) as file:
        arrays: dict[str, Any] = dict(file)
    if str(arrays["encoder"]) != encoder.version():
        raise SystemExit(f"{encoder.HEADS} is of another encoder; run encoder.py")
    areas, kinds = (tuple(map(str, arrays[name])) for name in ("areas", "kinds"))
    weights, bias = (np.split(arrays[name], [len(areas)], axis=-1) for name in ("weights", "bias"))
    curves = np.zeros((2, 2, len(areas), 3), np.float32)
    heads = Classifier(areas, arrays["mean"], weights[0], bias[0], curves, kinds, weights[1], bias[1])
    of_conduct, lines = train.OUT.with_name("conduct.npz"), conduct.lines()
    for some, found, path, bits in (
        (heads.of(train.AREAS), items(), train.OUT, linear.BITS),
        (refitted(heads.of(conduct.AREAS), lines, of_conduct), lines, of_conduct, conduct.BITS),
    ):
        columns = [areas.index(area) for area in some.areas]
        curves[:, :, columns] = of_intent(some, found, path, bits)
        heads.weights[:, columns], heads.bias[columns] = some.weights, some.bias
    known = heads.of((*train.AREAS, *conduct.AREAS))
    saved.write(meaning.WEIGHTS, classifier.packed(known))
    print(f"{meaning.WEIGHTS.name}: {meaning.WEIGHTS.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
