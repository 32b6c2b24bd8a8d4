"""Where a threshold should lie: misses against false refusals on labelled examples.

A threshold that is chosen and judged on the same examples looks better than it is. So one half of the examples chooses,
and every figure that is told comes from the other half. Examples of one source, or of the same text, stay together.

Source: Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, section 7.2 (data that choose must not
judge).
"""

import hashlib
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.evaluation.examples import within
from sekisho.evaluation.guards import Seen
from sekisho.evaluation.items import Item
from sekisho.evaluation.metrics import Figure, Z, proportion
from sekisho.policy.profile import Profile, Rule

THRESHOLDS = tuple(step / 1000 for step in range(1, 1001))
ALWAYS = math.inf  # the score of an example that another rule stops whatever this threshold is

Outcome = Literal["shown", "likely", "missed"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is tuned: the rule of a profile for a category at a stage.

    Attributes:
        steps: the rules that speak for the category today; () where none does.
        bar: the mildest verdict that counts as stopping.
    """

    profile: Profile
    stage: Stage
    category: str

    @property
    def steps(self) -> tuple[Rule, ...]:
        """See above."""
        return self.profile.steps(self.stage, self.category)

    @property
    def bar(self) -> Verdict:
        """See above: masking, or noting where today's rules only note."""
        worst = max((step.verdict for step in self.steps), default=Verdict.PASS)
        return Verdict.ANNOTATE if worst is Verdict.ANNOTATE else Verdict.MASK

    @property
    def acting(self) -> tuple[Rule, ...]:
        """Today's steps that stop, lowest threshold first."""
        return tuple(step for step in self.steps if step.verdict >= self.bar)

    def score(self, seen: Seen) -> float:
        """The highest score that the tuned rule sees; `ALWAYS` where a rule for a narrower category stops the text."""
        mine, best = self.steps, 0.0
        for finding in seen.found:
            if not within(finding.category, self.category):
                continue
            steps = self.profile.steps(self.stage, finding.category)
            if steps == mine:
                best = max(best, finding.score)
            elif any(step.verdict >= self.bar and finding.score >= step.at for step in steps):
                return ALWAYS
        return best


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for: at most this share of the harmless stopped, or at least this share of the harmful."""

    kind: Literal["max_false", "min_caught"]
    share: float

    @property
    def errors(self) -> float:
        """The share of errors that is allowed."""
        return self.share if self.kind == "max_false" else 1 - self.share


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold does to some examples: `hits` of `harmful` are caught, `touched` of `harmless` are stopped."""

    threshold: float
    hits: int
    harmful: int
    touched: int
    harmless: int

    @property
    def caught(self) -> Figure:
        """The share of harmful examples that is stopped."""
        return proportion(self.hits, self.harmful)

    @property
    def missed(self) -> Figure:
        """The share of harmful examples that passes."""
        return proportion(self.harmful - self.hits, self.harmful)

    @property
    def stopped(self) -> Figure:
        """The share of harmless examples that is stopped: false refusals."""
        return proportion(self.touched, self.harmless)

    def errors(self, target: Target) -> tuple[int, int]:
        """The errors that a target is about, and how many examples could have been one."""
        if target.kind == "max_false":
            return self.touched, self.harmless
        return self.harmful - self.hits, self.harmful


@dataclass(frozen=True)
class Half:
    """The scores of some examples, by what they are; each sorted."""

    harmful: tuple[float, ...]
    harmless: tuple[float, ...]

    def at(self, threshold: float) -> Point:
        """What a threshold does to them."""
        hits = len(self.harmful) - bisect_left(self.harmful, threshold)
        touched = len(self.harmless) - bisect_left(self.harmless, threshold)
        return Point(threshold, hits, len(self.harmful), touched, len(self.harmless))

    @cached_property
    def curve(self) -> tuple[Point, ...]:
        """What every threshold does, lowest first."""
        return tuple(self.at(threshold) for threshold in THRESHOLDS)


@dataclass(frozen=True)
class Tuning:
    """What came out. Every figure is of the half `judged`; `chosen` only chose the threshold.

    Attributes:
        by_source: whether sources were kept together; else every text stands for itself.
        left_out: examples of other stages, or labelled with something else only.
        proposed: None where no threshold reaches the target on the half that chose.
        needed: how many examples of the kind that the target is about the file must have, so that a run without any
            error would show the target.
        needed_at_this_rate: the same with as many errors as were seen; None where that many errors break the target.
    """

    question: Question
    target: Target
    chosen: Half
    judged: Half
    by_source: bool
    left_out: int

    @cached_property
    def proposed(self) -> float | None:
        """See above."""
        return choose(self.chosen, self.target)

    @property
    def today(self) -> tuple[Point, ...]:
        """What each step of today does that stops."""
        return tuple(self.judged.at(step.at) for step in self.question.acting)

    @property
    def outcome(self) -> Outcome:
        """Whether the other half bears the target out: with its whole interval, with its value alone, or not."""
        if self.proposed is None:
            return "missed"
        errors = proportion(*self.judged.at(self.proposed).errors(self.target))
        if errors.high <= self.target.errors:
            return "shown"
        return "likely" if errors.value <= self.target.errors else "missed"

    @property
    def needed(self) -> int:
        """See above."""
        return 2 * needed(self.target.errors, 0.0)

    @property
    def needed_at_this_rate(self) -> int | None:
        """See above."""
        if self.proposed is None:
            return None
        errors, cases = self.judged.at(self.proposed).errors(self.target)
        rate = errors / cases
        return 2 * needed(self.target.errors, rate) if rate < self.target.errors else None


def tune(
    question: Question, target: Target, items: Sequence[Item], see: Callable[[Sequence[Item]], Sequence[Seen]]
) -> Tuning:
    """Chooses a threshold on one half of the examples and judges it on the other.

    Raises `ConfigurationError` where a guard fails, as scores would be missing, and where a half would lack harmful or
    harmless examples.
    """
    kept = [item for item in items if item.stage is question.stage and _counts(item, question.category)]
    first, second, by_source = _halves(kept, question.category)
    seen = [see(half) for half in (first, second)]
    _sound([finding for half in seen for one in half for finding in one.found])
    chosen, judged = (_half(question, half) for half in seen)
    return Tuning(question, target, chosen, judged, by_source, len(items) - len(kept))


def choose(half: Half, target: Target) -> float | None:
    """The threshold that errs least the other way while it keeps the target; None where none keeps it.

    Of those that err as little, one that also errs least in the way that the target is about: what it allows is no aim.
    Where a stretch of thresholds does the same to these examples, it is the middle of the stretch, and with two
    decimals where such a value lies in it: new examples lie on either side.
    """
    allowed = [point for point in half.curve if _keeps(point, target)]
    if not allowed:
        return None
    order = _most_caught if target.kind == "max_false" else _fewest_stopped
    best = max(allowed, key=order)
    same = [point.threshold for point in allowed if (point.hits, point.touched) == (best.hits, best.touched)]
    middle = same[len(same) // 2]
    return round(middle, 2) if same[0] <= round(middle, 2) <= same[-1] else middle


def needed(errors: float, rate: float) -> int:
    """The fewest cases at which a share `rate` of errors is shown, by Wilson's interval, to be at most `errors`.

    Without any error it is about 3.84 / errors: Wilson's counterpart of the rule of three. `rate` is below `errors`.
    """
    if not 0 <= rate < errors < 1:
        raise ValueError("no number of cases shows that")
    return math.ceil(Z**2 * errors * (1 - errors) / (errors - rate) ** 2)


def steps_after(question: Question, threshold: float) -> list[tuple[float, Rule | None]]:
    """The rule's steps where nothing stops below the threshold and everything stops from it on.

    The lowest step that stops moves there, higher ones stay above it, and what could never speak is left out. A rule of
    None stands for a first one.
    """
    if not question.acting:
        return [(threshold, None)]
    steps = [(_moved(question, step, threshold), step) for step in question.steps if step.verdict is not Verdict.PASS]
    return [
        (at, step)
        for at, step in steps
        if not any(
            other is not step and where <= at and (other.verdict, -where) > (step.verdict, -at)
            for where, other in steps
        )
    ]


def _moved(question: Question, step: Rule, threshold: float) -> float:
    if step.verdict < question.bar:
        return step.at
    return threshold if step is question.acting[0] else max(step.at, threshold)


def _sound(found: Sequence[Finding]) -> None:
    failed = [finding.guard for finding in found if finding.category == "fault.guard"]
    if failed:
        raise ConfigurationError(where=f"guard {failed[0]}", what=f"guards failed {len(failed)} times on the examples")


def _keeps(point: Point, target: Target) -> bool:
    errors, cases = point.errors(target)
    return errors <= target.errors * cases + 1e-9


def _most_caught(point: Point) -> tuple[int, int]:
    return point.hits, -point.touched


def _fewest_stopped(point: Point) -> tuple[int, int]:
    return -point.touched, point.hits


def _counts(item: Item, category: str) -> bool:
    """Harmless, or labelled with the category: what is harmful in another way says nothing about this rule."""
    return not item.labels or _harmful(item, category)


def _harmful(item: Item, category: str) -> bool:
    return any(within(label, category) for label in item.labels)


def _half(question: Question, seen: Sequence[Seen]) -> Half:
    scores = [(question.score(one), _harmful(one.item, question.category)) for one in seen]
    return Half(
        tuple(sorted(score for score, harmful in scores if harmful)),
        tuple(sorted(score for score, harmful in scores if not harmful)),
    )


def _halves(items: Sequence[Item], category: str) -> tuple[list[Item], list[Item], bool]:
    """Two halves, and whether sources stayed together; they cannot where there is only one of a kind."""
    by_source = any(item.source for item in items)
    halves = _divided(items, category, by_source=by_source)
    if by_source and not _usable(halves, category):
        by_source = False
        halves = _divided(items, category, by_source=False)
    if not _usable(halves, category):
        many = sum(_harmful(item, category) for item in items)
        what = {
            "ja": f"該当する例と無害な例が、それぞれ二つ以上要ります(今は {many} 件と {len(items) - many} 件)",
            "en": f"needs harmful and harmless examples, at least two of each; has {many} and {len(items) - many}",
        }
        raise ConfigurationError(where=category, what=what)
    return *halves, by_source


def _usable(halves: tuple[list[Item], list[Item]], category: str) -> bool:
    return all({_harmful(item, category) for item in half} == {True, False} for half in halves)


def _divided(items: Sequence[Item], category: str, *, by_source: bool) -> tuple[list[Item], list[Item]]:
    """Groups go, large ones first and else in the order of their digests, to the half with less of their kind."""
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.source if by_source and item.source else f"text {item.text.strip()}"].append(item)
    halves: tuple[list[Item], list[Item]] = ([], [])
    counts = [[0, 0], [0, 0]]
    for _, group in sorted(groups.items(), key=lambda one: (-len(one[1]), _digest(one[0]))):
        harmful = sum(_harmful(item, category) for item in group)
        kind = int(2 * harmful >= len(group))
        into = int(counts[1][kind] < counts[0][kind])
        halves[into].extend(group)
        counts[into][1] += harmful
        counts[into][0] += len(group) - harmful
    return halves


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
