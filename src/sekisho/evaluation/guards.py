"""What guards find in a set of items, as one row of figures a set."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, median
from typing import Any, Literal, get_args

from sekisho.core.exchange import Judged, Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.core.verdict import Verdict
from sekisho.evaluation.asking import Asking
from sekisho.evaluation.items import Item, ItemSet, Span
from sekisho.evaluation.metrics import NOTHING, Figure, auc, bootstrap, f1, proportion, recall_at
from sekisho.guards.inspector import Inspector
from sekisho.guards.intent import IntentGuard
from sekisho.guards.protocol import Context, Guard, Unsure
from sekisho.guards.rule_guard import findings
from sekisho.policy.judge import outermost

THRESHOLD = 0.5
WARM = 30  # texts of each set that are looked at before time is taken
OVERLAP = 0.8  # of the longer of two spans

Tier = Literal["first", "second", "third", "all"]
TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(frozen=True, slots=True)
class Seen:
    """An item and what was found in it.

    Attributes:
        waited_s: seconds until model guards had answered; nan where they were not asked.
    """

    item: Item
    found: tuple[Finding, ...]
    waited_s: float = math.nan

    @property
    def failed(self) -> bool:
        """Whether a guard failed, so that nobody knows what it would have found."""
        return any(finding.category == "fault.guard" for finding in self.found)


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one set. Texts on which a guard failed count in `failed` and nowhere else.

    Attributes:
        positive, negative: how many items have a label, and how many have none.
        precision, recall, f1: at the threshold; of spans where the set is about places, else of texts.
        touched: the part of items without a label in which something is found at the threshold.
        touched_hard: the same for those that are hard.
        recall_1: recall where 1 % of the items without a label are touched; nan for sets about places.
        by_category: recall of each category (F1 for sets about places).
        macro_f1: the mean over categories of F1, where a finding is right if it names the category of its text; nan for
            sets about places.
        asked: the part of all texts for which guards ask a second opinion; nan where there is none.
        us_per_kb: processor time of this process for 1,024 bytes of UTF-8, in microseconds.
        model_asked: the part of all texts about which model guards are asked; nan where there are none.
        model_s: the median of seconds until they had answered, of these texts.
        failed: the part of all texts on which a guard failed.
    """

    name: str
    positive: int
    negative: int
    precision: Figure
    recall: Figure
    f1: Figure
    auc: Figure
    recall_1: Figure
    touched: Figure
    touched_hard: Figure
    us_per_kb: float
    by_category: dict[str, Figure] = field(default_factory=dict[str, Figure])
    asked: Figure = NOTHING
    macro_f1: Figure = NOTHING
    model_asked: Figure = NOTHING
    model_s: float = math.nan
    failed: Figure = NOTHING


def in_tier(guards: Sequence[Guard], tier: Tier) -> list[Guard]:
    """The guards, which have the first opinion alone, or `all`; in `second`, those for intent ask it about every text.

    In the tier `third` nothing that they find counts, so they have the first opinion alone.
    """
    return list(guards) if tier == "all" else [_in_tier(guard, tier) for guard in guards]


def _in_tier(guard: Guard, tier: Tier) -> Guard:
    if tier == "second":
        if not isinstance(guard, IntentGuard):
            return guard
        return replace(guard, subject=replace(guard.subject, unsure=dict.fromkeys(guard.subject.areas, (0.0, 1.0))))
    alone: Any = guard
    return replace(alone, second=None) if isinstance(guard, Unsure) else guard


async def look(inspector: Inspector, item: Item, asking: Asking | None = None) -> Seen:
    """Everything that the guards find in one item; with `asking` model guards too."""
    text = Text(item.text)
    found = inspector.disguised(item.stage, text)
    if inspector.waits(item.stage):
        found += await inspector.ask(text, Context(item.stage, "user", ""))
    every = [*findings(inspector.scanner(item.stage), text), *found]
    if asking is None:
        return Seen(item, tuple(every))
    begin = time.perf_counter()
    opinion = await asking.opinion(inspector, item, found)
    waited_s = time.perf_counter() - begin
    if asking.alone:
        every = [finding for finding in found if finding.area == "fault"]  # after one of these nobody else is asked
    if opinion.asked:
        return Seen(item, tuple(opinion.applied([*every, *opinion.findings])), waited_s)
    return Seen(item, tuple(every))


def see(inspector: Inspector, items: Sequence[Item]) -> list[Seen]:
    """What the guards find in each item, in their order."""
    return asyncio.run(_seen(inspector, items))


async def _seen(inspector: Inspector, items: Sequence[Item], asking: Asking | None = None) -> list[Seen]:
    return [await look(inspector, item, asking) for item in items]


def measured(given: ItemSet, watch: Callable[[Sequence[Item]], Sequence[Seen]]) -> Row:
    """The figures of a set in which `watch` looks."""
    begin = time.process_time()
    seen = watch(given.items)
    return _row(given, seen, time.process_time() - begin)


def _row(given: ItemSet, seen: Sequence[Seen], spent_s: float) -> Row:
    size = sum(len(item.text.encode("utf-8", "surrogatepass")) for item in given.items)
    return (places if given.by_place else texts)(given, seen, spent_s * 1e6 / max(1, size) * 1024)


def texts(given: ItemSet, seen: Sequence[Seen], us_per_kb: float) -> Row:
    """The figures of a set that is about whole texts."""
    cases = [(score_of(one, given.areas), bool(one.item.labels)) for one in seen]
    hits = sum(score >= THRESHOLD and positive for score, positive in cases)
    found = sum(score >= THRESHOLD for score, _ in cases)
    positive = sum(positive for _, positive in cases)
    hard = [score for (score, _), one in zip(cases, seen, strict=True) if one.item.hard]
    categories = sorted({label for one in seen for label in one.item.labels})
    return Row(
        given.name,
        positive,
        len(cases) - positive,
        proportion(hits, found),
        proportion(hits, positive),
        bootstrap(cases, _f1_of_texts),
        bootstrap(cases, auc),
        bootstrap(cases, lambda drawn: recall_at(drawn, 0.01)),
        proportion(found - hits, len(cases) - positive),
        proportion(sum(score >= THRESHOLD for score in hard), len(hard)),
        us_per_kb,
        {name: _recall([one for one in seen if name in one.item.labels], given.areas) for name in categories},
        macro_f1=bootstrap(seen, lambda drawn: _macro_f1(drawn, categories)),
    )


def places(given: ItemSet, seen: Sequence[Seen], us_per_kb: float) -> Row:
    """The figures of a set that is about places."""
    counted = [_counted(one, "") for one in seen]
    found, right, wanted = _summed(counted)
    clean = [one for one in seen if not one.item.spans]
    touched = sum(any(finding.score >= THRESHOLD for finding in one.found) for one in clean)
    categories = sorted({span.category for one in seen for span in one.item.spans})
    return Row(
        given.name,
        len(seen) - len(clean),
        len(clean),
        proportion(right, found),
        proportion(right, wanted),
        bootstrap(counted, _f1_of_places),
        NOTHING,
        NOTHING,
        proportion(touched, len(clean)),
        NOTHING,
        us_per_kb,
        {name: bootstrap([_counted(one, name) for one in seen], _f1_of_places) for name in categories},
    )


def score_of(one: Seen, areas: Sequence[str]) -> float:
    """The highest score of what was found in these areas; 0 where nothing was."""
    return max((finding.score for finding in one.found if finding.area in areas), default=0.0)


def _recall(seen: Sequence[Seen], areas: Sequence[str]) -> Figure:
    return proportion(sum(score_of(one, areas) >= THRESHOLD for one in seen), len(seen))


def _f1_of_texts(cases: Sequence[tuple[float, bool]]) -> float:
    found = sum(score >= THRESHOLD for score, _ in cases)
    hits = sum(score >= THRESHOLD and positive for score, positive in cases)
    return f1(found, hits, sum(positive for _, positive in cases))


def _macro_f1(seen: Sequence[Seen], categories: Sequence[str]) -> float:
    told = [{finding.category for finding in one.found if finding.score >= THRESHOLD} for one in seen]
    figures = [
        f1(
            sum(name in found for found in told),
            sum(name in found and name in one.item.labels for found, one in zip(told, seen, strict=True)),
            sum(name in one.item.labels for one in seen),
        )
        for name in categories
    ]
    known = [one for one in figures if not math.isnan(one)]  # a draw may hold none of a category
    return fmean(known) if known else math.nan


def _f1_of_places(counted: Sequence[tuple[int, int, int]]) -> float:
    found, right, wanted = _summed(counted)
    return f1(found, right, wanted)


def _summed(counted: Sequence[tuple[int, int, int]]) -> tuple[int, int, int]:
    return sum(one[0] for one in counted), sum(one[1] for one in counted), sum(one[2] for one in counted)


def _counted(one: Seen, category: str) -> tuple[int, int, int]:
    """How many places were found, were found rightly, and were to be found, of one category or (empty) of all.

    As answers tell it: what stands within another finding of its category is not counted again.
    """
    areas = {span.category.split(".")[0] for span in one.item.spans} or {"privacy", "secret"}
    sure = [finding for finding in one.found if finding.score >= THRESHOLD and finding.area in areas]
    alone = outermost(Judged(finding, one.item.stage, Verdict.PASS, "") for finding in sure)
    told = {(it.finding.start, it.finding.end, it.finding.category) for it in alone}
    wanted = [span for span in one.item.spans if category in ("", span.category)]
    mine = sorted(span for span in told if category in ("", span[2]))
    right = sum(any(agree(span, finding) for finding in mine) for span in wanted)
    return len(mine), right, len(wanted)


def agree(span: Span, finding: tuple[int, int, str]) -> bool:
    """Whether a finding (start, end, category) is at a place and of its kind; an area alone is any kind of it."""
    start, end, category = finding
    both = min(end, span.end) - max(start, span.start)
    kind = category == span.category or ("." not in category and span.category.startswith(f"{category}."))
    return kind and both >= OVERLAP * max(end - start, span.end - span.start)


def asked(inspector: Inspector, items: Sequence[Item]) -> Figure:
    """The part of these texts for which a guard asks a second opinion."""
    asking = [guard for guard in inspector.guards if isinstance(guard, Unsure) and guard.second is not None]
    if not asking:
        return NOTHING
    hits = sum(
        any(item.stage in guard.stages and guard.asks(Text(item.text), item.stage) for guard in asking)
        for item in items
    )
    return proportion(hits, len(items))


async def warm(inspector: Inspector, given: Sequence[ItemSet]) -> None:
    """Lets everything that is read or made once, or grows with what was seen, be there before time is taken."""
    for guard in inspector.guards:
        if isinstance(guard, Unsure) and guard.second is not None:
            guard.second.ready()
    await _seen(inspector, [Item("", "a あ", frozenset(), (), stage, hard=False) for stage in Stage])
    for one in given:
        await _seen(inspector, one.items[:WARM])


async def run(
    inspector: Inspector, given: Sequence[ItemSet], asking: Asking | None = None
) -> list[tuple[Row, Sequence[Seen]]]:
    """One row for each set, and what was seen in it where no guard failed.

    What is read or made once is not counted as time for the texts. `asking`: the inspector's model guards are asked.
    """
    await warm(inspector, given)
    told: list[tuple[Row, Sequence[Seen]]] = []
    for one in given:
        begin = time.process_time()
        seen = await _seen(inspector, one.items, asking and asking.about(one.areas))
        spent_s = time.process_time() - begin
        sound = [each for each in seen if not each.failed]
        waits = [each.waited_s for each in seen if not math.isnan(each.waited_s)]
        row = replace(
            _row(one, sound, spent_s),
            asked=asked(inspector, one.items),
            model_asked=proportion(len(waits), len(seen)) if asking else NOTHING,
            model_s=median(waits) if waits else math.nan,
            failed=proportion(len(seen) - len(sound), len(seen)),
        )
        told.append((row, sound))
    return told
