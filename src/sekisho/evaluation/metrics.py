"""Figures with their error.

Proportions have Wilson's interval; what is not a proportion (F1, the area under the curve) has a percentile interval of
the bootstrap over items, drawn with a fixed seed. All intervals are at 95 %.

Sources: Wilson 1927, J. Am. Stat. Assoc. 22; Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
"""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Z = 1.959964
DRAWS = 400
SEED = 20260401

Case = TypeVar("Case")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with the bounds of its 95 % interval. `nan` where there is nothing to measure."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "–"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


NOTHING = Figure(math.nan, math.nan, math.nan)


def proportion(hits: int, cases: int) -> Figure:
    """`hits` of `cases`, with Wilson's interval."""
    if not cases:
        return NOTHING
    share = hits / cases
    middle = (share + Z**2 / (2 * cases)) / (1 + Z**2 / cases)
    half = Z / (1 + Z**2 / cases) * math.sqrt(share * (1 - share) / cases + Z**2 / (4 * cases**2))
    return Figure(share, max(0.0, middle - half), min(1.0, middle + half))


def bootstrap(cases: Sequence[Case], measure: Callable[[Sequence[Case]], float]) -> Figure:
    """`measure(cases)` with the interval that drawing as many cases again, with replacement, gives it."""
    value = measure(cases)
    if math.isnan(value):
        return NOTHING
    chance = random.Random(SEED)  # noqa: S311 - a statistic, not a secret
    drawn = sorted(again for _ in range(DRAWS) if not math.isnan(again := measure(chance.choices(cases, k=len(cases)))))
    low, high = drawn[int(0.025 * len(drawn))], drawn[min(len(drawn) - 1, int(0.975 * len(drawn)))]
    return Figure(value, low, high)


def f1(found: int, right: int, wanted: int) -> float:
    """The harmonic mean of precision `right / found` and recall `right / wanted`; nan where nothing is wanted."""
    if not wanted:
        return math.nan
    return 2 * right / (found + wanted)


def auc(cases: Sequence[tuple[float, bool]]) -> float:
    """The chance that a positive case scores above a negative one, ties counting half; nan without both kinds."""
    good = sorted(score for score, positive in cases if not positive)
    bad = [score for score, positive in cases if positive]
    if not good or not bad:
        return math.nan
    above = sum(bisect_left(good, score) + bisect_right(good, score) for score in bad)
    return above / (2 * len(good) * len(bad))


def recall_at(cases: Sequence[tuple[float, bool]], false_positives: float) -> float:
    """The most of the positive cases that a threshold finds while it touches at most that part of the others."""
    good = sorted((score for score, positive in cases if not positive), reverse=True)
    bad = [score for score, positive in cases if positive]
    if not good or not bad:
        return math.nan
    allowed = int(false_positives * len(good))
    threshold = good[allowed] if allowed < len(good) else -math.inf
    return sum(score > threshold for score in bad) / len(bad)
