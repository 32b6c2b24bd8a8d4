"""How well the linear model finds what a source holds that it never saw: `python training/held.py jailbreaks bipia`.

For each source named, the linear model learns from all other sources, less one of four folds. What it makes of the
source's attacks and harmful texts is compared with what it makes of harmless lines of that fold, none of which it saw:
a threshold is set where 1 % or 2 % of these are touched, and beside it stands what the thresholds of the profile
`office` do. Sources joined by a comma are left out together: what is a translation of the other, or of different areas.
Without a source, the second opinion would have to be taught for an hour (encoder.py), so it is left out here.

`--japanese`: only texts with Japanese characters are looked at. `--pyrit FILE`: the jailbreaks of training/outside.py
are looked at as well.

`--parts SOURCE`: the linear model learns from everything but one of four parts of this source, and is asked about that
part, four times: how well it does on more by the same writers. `--shipped`: the shipped weights, which know all
sources, look at what training/outside.py holds and at AILuminate; nothing is learnt.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent))
import ngrams
import outside
import train
from sources import Item, items

from sekisho.core.normalise import normalise
from sekisho.evaluation.metrics import proportion
from sekisho.guards import intent, linear, meaning
from sekisho.guards.classifier import Classifier

FALSE_POSITIVES = (0.01, 0.02)
OFFICE = {"attack": 0.5, "harm": 0.6}  # thresholds of the profile `office` at the stage entry

Floats = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Opinions:
    """What both models say of texts: the first's probability, and the one in the end, as intent.py comes to it."""

    first: Floats
    final: Floats | None


def printed(area: str, bad: list[Item], good: list[Item], said: Opinions) -> None:
    """A line for each source and place, in documents and in all else, beside harmless lines from the same place."""
    source = np.asarray([item.group for item in bad] + [""] * len(good))
    document = np.asarray([item.stage == "source" for item in [*bad, *good]])
    for group in dict.fromkeys(item.group for item in bad):
        for place, here in (("documents", document), ("requests", ~document)):
            ours, calm = (source == group) & here, (source == "") & here
            if not ours.any():
                continue
            for name, scores in (("linear model", said.first), ("with the second opinion", said.final)):
                if scores is not None:
                    print(f"{group}, {place}, {name}: {told(area, scores[ours], scores[calm])}", flush=True)


def told(area: str, bad: Floats, good: Floats) -> str:
    """Recall at each share of false positives and at the threshold of `office`, with Wilson's interval."""
    parts: list[str] = []
    for share in FALSE_POSITIVES if len(good) else ():
        threshold = np.sort(good)[::-1][int(share * len(good))]
        parts.append(f"{proportion(int((bad > threshold).sum()), len(bad))} at {share:.0%}")
    stopped = proportion(int((bad >= OFFICE[area]).sum()), len(bad))
    parts.append(f"{stopped} from score {OFFICE[area]} on")
    if len(good):
        parts.append(f"where {proportion(int((good >= OFFICE[area]).sum()), len(good))} of {len(good)} are touched")
    return f"{len(bad)} texts, {'; '.join(parts)}"


def opinions(texts: list[str], area: str, model: linear.LinearModel, second: Classifier | None = None) -> Opinions:
    """What the models say of entries. `second` is asked as by intent.py; None: there is none."""
    first, final = np.zeros(len(texts)), np.zeros(len(texts))
    low, high = intent.UNSURE[area]
    asked = 0
    for number, text in enumerate(map(normalise, texts)):
        script = linear.japanese(text)
        raw, places = model.raw(text)
        first[number] = final[number] = model.told(raw, places, japanese=script)[0].score
        if second is not None and low <= first[number] <= high:
            parts = meaning.excerpts(len(text), meaning.LONG[script], raw, places)
            rows = np.stack([meaning.embedder.embedded(text[start:end]) for start, end in parts])
            final[number] = second.scores(second.raw(rows), raw.max(axis=0), japanese=script).max()
            asked += 1
    print(f"  second opinion asked for {asked} of {len(texts)}", flush=True)
    return Opinions(first, None if second is None else final)


def of_sources(found: list[Item], left: set[str], more: list[Item], asked: argparse.Namespace) -> None:
    """Prints what is found of these sources, and of `more`, by models that saw neither."""
    fold = train.folds(found)
    known = [item for item, at in zip(found, fold, strict=True) if at and item.group not in left]
    rows = train.Rows.of([item.text for item in known])
    chosen = np.ones(len(known), bool)
    rarities = ngrams.rarity(rows.counts[rows.first])
    own = [item for item, at in zip(found, fold, strict=True) if not at and item.group not in left]
    for area in train.AREAS:
        held = [*(item for item in found if item.group in left), *more]
        bad = [item for item in held if any(label.startswith(area) for label in item.labels)]
        good = [item for item in own if not item.labels and area in item.areas]
        if asked.japanese:
            bad, good = ([item for item in texts if linear.japanese(item.text)] for texts in (bad, good))
        if not bad:
            continue
        wanted = train.truth(known, area)
        importance = train.weights_of(known, wanted)
        head = train.fit(rows, wanted, chosen, rarities, importance)
        printed(area, bad, good, opinions([item.text for item in [*bad, *good]], area, of_head(area, head)))


def of_parts(found: list[Item], source: str) -> None:
    """Prints what the linear model finds in each part of a source, learning from all the rest."""
    fold = train.folds(found)
    rows = train.Rows.of([item.text for item in found])
    rarities = ngrams.rarity(rows.counts[rows.first])
    ours = np.asarray([item.group == source for item in found])
    area = next(label for item in found if item.group == source for label in item.labels).split(".")[0]
    wanted = train.truth(found, area)
    bad: list[Item] = []
    first: list[Floats] = []
    for part in range(train.FOLDS):
        held = ours & (fold == part)
        head = train.fit(rows, wanted, ~held, rarities, train.weights_of(found, wanted))
        texts = [item for item, at in zip(found, held, strict=True) if at and item.labels]
        bad += texts
        first.append(opinions([item.text for item in texts], area, of_head(area, head)).first)
    printed(area, bad, [], Opinions(np.concatenate(first), None))


def of_head(area: str, head: train.Head) -> linear.LinearModel:
    """The model of one head. What makes its scores probabilities is the shipped model's, which learnt from more."""
    shipped = linear.LinearModel.load(train.OUT).of((area,))
    steps, scale = ngrams.rounded(head.weights[:, None])
    bias = np.asarray([head.bias], np.float32)
    return linear.LinearModel((area,), steps, scale, bias, shipped.slope, shipped.offset, shipped.length)


def shipped(found: list[Item], more: list[Item]) -> None:
    """Prints what the shipped weights make of AILuminate, which they know, and of `more`, which they do not."""
    for area in train.AREAS:
        given = [*(item for item in found if item.group.startswith("ailuminate")), *more]
        bad = [item for item in given if any(label.startswith(area) for label in item.labels)]
        second = meaning.second((area,)).classifier
        model = linear.LinearModel.load(train.OUT).of((area,))
        if bad:
            printed(area, bad, [], opinions([item.text for item in bad], area, model, second))


def main() -> int:
    """Prints a line for each source and model."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sources", nargs="*")
    options.add_argument("--japanese", action="store_true")
    options.add_argument("--parts", action="append", default=[])
    options.add_argument("--shipped", action="store_true")
    options.add_argument("--pyrit", type=Path)
    given = options.parse_args()
    found = items()
    more = outside.hazards()
    if given.pyrit:
        wild = [item.text for item in found if item.group == "jailbreaks"]
        more += outside.jailbreaks(given.pyrit, wild)
    if given.shipped:
        shipped(found, more)
    for source in given.parts:
        of_parts(found, source)
    for sources in given.sources:
        of_sources(found, set(sources.split(",")), more, given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
