"""What guards find in a set of items, as one row of figures a set."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Literal, get_args

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.evaluation.items import Item, ItemSet, Span
from sekisho.evaluation.metrics import NOTHING, Figure, auc, bootstrap, f1, proportion, recall_at
from sekisho.guards.inspector import Inspector
from sekisho.guards.intent import IntentGuard
from sekisho.guards.protocol import Context, Guard
from sekisho.guards.rule_guard import findings

THRESHOLD = 0.5
WARM = 30  # texts of each set that are looked at before time is taken
OVERLAP = 0.8  # of the longer of two spans

Tier = Literal["first", "second", "all"]
TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(frozen=True, slots=True)
class Seen:
    """An item and what was found in it."""

    item: Item
    found: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one set.

    Attributes:
        positive, negative: how many items have a label, and how many have none.
        precision, recall, f1: at the threshold; of spans where the set is about places, else of texts.
        touched: the part of items without a label in which something is found at the threshold.
        touched_hard: the same for those that are hard.
        recall_1: recall where 1 % of the items without a label are touched; nan for sets about places.
        by_category: recall of each category (F1 for sets about places).
        macro_f1: the mean over categories of F1, where a finding is right if it names the category of its text; nan for
            sets about places.
        asked: the part of all texts for which the guards for intent ask the second opinion; nan where there is none.
        us_per_kb: processor time for 1,024 bytes of UTF-8, in microseconds.
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


def in_tier(guards: Sequence[Guard], tier: Tier) -> list[Guard]:
    """The guards, of which those for intent have the first opinion alone, ask the second about every text, or `all`."""
    if tier == "all":
        return list(guards)
    return [_in_tier(guard, tier) if isinstance(guard, IntentGuard) else guard for guard in guards]


def _in_tier(guard: IntentGuard, tier: Tier) -> IntentGuard:
    if tier == "first":
        return replace(guard, second=None)
    return replace(guard, subject=replace(guard.subject, unsure=dict.fromkeys(guard.subject.areas, (0.0, 1.0))))


async def look(inspector: Inspector, item: Item) -> tuple[Finding, ...]:
    """Everything that the guards find in one item."""
    text = Text(item.text)
    found = findings(inspector.scanner(item.stage), text) + inspector.disguised(item.stage, text)
    if inspector.waits(item.stage):
        found += await inspector.ask(text, Context(item.stage, "user", ""))
    return tuple(found)


def see(inspector: Inspector, items: Sequence[Item]) -> list[Seen]:
    """What the guards find in each item, in their order."""

    async def all_of_them() -> list[Seen]:
        return [Seen(item, await look(inspector, item)) for item in items]

    return asyncio.run(all_of_them())


def measured(given: ItemSet, watch: Callable[[Sequence[Item]], Sequence[Seen]]) -> tuple[Row, Sequence[Seen]]:
    """The figures of a set in which `watch` looks, and what it saw."""
    begin = time.process_time()
    seen = watch(given.items)
    spent_s = time.process_time() - begin
    size = sum(len(item.text.encode("utf-8", "surrogatepass")) for item in given.items)
    row = (places if given.by_place else texts)(given, seen, spent_s * 1e6 / max(1, size) * 1024)
    return row, seen


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
    found, right, wanted = (sum(column) for column in zip(*counted, strict=True))
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
    found, right, wanted = (sum(column) for column in zip(*counted, strict=True))
    return f1(found, right, wanted)


def _counted(one: Seen, category: str) -> tuple[int, int, int]:
    """How many places were found, were found rightly, and were to be found, of one category or (empty) of all."""
    areas = {span.category.split(".")[0] for span in one.item.spans} or {"privacy", "secret"}
    told = {
        (finding.start, finding.end, finding.category)
        for finding in one.found
        if finding.score >= THRESHOLD and finding.area in areas
    }
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
    """The part of these texts for which a guard for intent asks the second opinion."""
    asking = [guard for guard in inspector.guards if isinstance(guard, IntentGuard) and guard.second is not None]
    if not asking:
        return NOTHING
    hits = sum(
        any(item.stage in guard.stages and guard.asks(Text(item.text), item.stage) for guard in asking)
        for item in items
    )
    return proportion(hits, len(items))


def warm(inspector: Inspector, given: Sequence[ItemSet]) -> None:
    """Lets everything that is read or made once, or grows with what was seen, be there before time is taken."""
    for guard in inspector.guards:
        if isinstance(guard, IntentGuard) and guard.second is not None:
            guard.second.ready()
    see(inspector, [Item("", "a あ", frozenset(), (), stage, hard=False) for stage in Stage])
    for one in given:
        see(inspector, one.items[:WARM])


def run(inspector: Inspector, given: Sequence[ItemSet]) -> list[tuple[Row, Sequence[Seen]]]:
    """One row for each set, and what was seen in it. What is read or made once is not counted as time for the texts."""
    warm(inspector, given)
    told: list[tuple[Row, Sequence[Seen]]] = []
    for one in given:
        row, seen = measured(one, lambda items: see(inspector, items))
        told.append((replace(row, asked=asked(inspector, one.items)), seen))
    return told
