"""The panel: the model guards of this process, and what becomes of the findings that they were asked about.

The rule, area by area (`harm`, `attack`, …):
1. A profile states a band for an area: `unsure: {harm: [0.3, 0.8]}`. The cheap guards are unsure of a text where
   their highest score in the area lies in the band, its ends included; no finding counts as 0, so a band that begins
   at 0 asks about every text in which nothing surer was found.
2. All model guards that speak of an unsure area are asked, at once, each within its budget.
3. Their answer replaces the cheap findings of that area that lie within the band: such a finding takes the score of
   the nearest category, its own or above it, that a model named, and is dropped where none was named. What the models
   say is added, over the whole text, at the highest score that any of them gave. Findings outside the band stand, and
   so do those of categories of which no model that answered speaks: it acquits only of what it knows.
4. A guard that fails or is late adds `fault.guard`, and the cheap findings of the areas it was asked about stand too.
   So does one that may not be asked, because what it would be shown is confidential and its model is not inside.

All this happens before anything is judged, so that verdicts stay monotone in findings and thresholds.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from sekisho.core.errors import SekishoError
from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.guards.model.guard import BESIDE, ModelGuard
from sekisho.guards.model.inquiry import Case
from sekisho.policy.taxonomy import lineage

log = logging.getLogger("sekisho.guards")

OUTSIDE = "no_internal_model"  # what went wrong where a guard may not be asked
NOTHING = 0.05  # a probability below which a model has found nothing

Band = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the panel says of one text. Empty: it was not asked, and nothing changes.

    Attributes:
        findings: its own, over the whole text.
        settled: the bands of the areas in which its answer replaces cheap findings.
        scores: the highest probability by category, however low.
        spoken: the categories of which the models that answered speak.
    """

    findings: tuple[Finding, ...] = ()
    settled: Mapping[str, Band] = field(default_factory=dict[str, Band])
    scores: Mapping[str, float] = field(default_factory=dict[str, float])
    spoken: frozenset[str] = frozenset()

    @property
    def asked(self) -> bool:
        """Whether any model guard was asked, be it one that failed."""
        return bool(self.settled or self.findings)

    def applied(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """What is to be judged in place of these findings; those of the panel itself may be among them."""
        if not self.settled:
            return findings
        return [kept for finding in findings if (kept := self._kept(finding)) is not None]

    def _kept(self, finding: Finding) -> Finding | None:
        band = self.settled.get(finding.area)
        own = any(finding.guard == mine.guard for mine in self.findings)
        if band is None or own or not band[0] <= finding.score <= band[1] or not self._knows(finding.category):
            return finding
        score = next((self.scores[name] for name in lineage(finding.category) if name in self.scores), 0.0)
        return replace(finding, score=score) if score >= NOTHING else None

    def _knows(self, category: str) -> bool:
        above = set(lineage(category))
        return any(name in above or name.startswith(f"{category}.") for name in self.spoken)


class Panel:
    """All model guards of this process.

    Attributes:
        beside: code points that any of them reads beside a text at most.
        outside: whether any of them may not be shown what is marked as confidential.
    """

    def __init__(self, guards: Sequence[ModelGuard] = ()) -> None:
        self._guards = tuple(guards)
        self.outside = not all(guard.inside for guard in guards)
        self.beside = BESIDE * max((guard.longest for guard in guards), default=0)

    def __bool__(self) -> bool:
        return bool(self._guards)

    def areas(self, stage: Stage, unsure: Collection[str]) -> frozenset[str]:
        """Those of the areas `unsure` of which a model guard of this stage speaks."""
        if not self._guards:
            return frozenset()
        here = [guard.format.areas for guard in self._guards if stage in guard.stages]
        return frozenset(unsure).intersection(frozenset[str]().union(*here))

    async def ask(self, case: Case, stage: Stage, bands: Mapping[str, Band], *, confidential: bool = False) -> Opinion:
        """Asks about a text in the areas that `bands` names. Fails never: a guard that does is a finding."""
        asked = [
            (guard, areas)
            for guard in self._guards
            if stage in guard.stages and (areas := guard.format.areas & bands.keys())
        ]
        answers = await asyncio.gather(*(_asked(guard, case, areas, confidential) for guard, areas in asked))
        settled = {area for _, areas in asked for area in areas}
        findings: list[Finding] = []
        scores: dict[str, float] = {}
        spoken: set[str] = set()
        for (guard, areas), answer in zip(asked, answers, strict=True):
            if isinstance(answer, str):
                settled -= areas
                findings.append(Finding(0, case.length, "fault.guard", 1.0, guard.name, answer))
                continue
            spoken |= guard.format.categories
            for category, score in answer.items():
                scores[category] = max(scores.get(category, 0.0), score)
                if score >= NOTHING:
                    findings.append(Finding(0, case.length, category, score, guard.name, guard.model))
        return Opinion(tuple(findings), {area: bands[area] for area in settled}, scores, frozenset(spoken))


def unsure_areas(bands: Mapping[str, Band], findings: Iterable[Finding]) -> dict[str, Band]:
    """The areas, of those with a band, in which the highest score of the findings lies in the band."""
    highest: dict[str, float] = {}
    for finding in findings:
        highest[finding.area] = max(highest.get(finding.area, 0.0), finding.score)
    return {area: band for area, band in bands.items() if band[0] <= highest.get(area, 0.0) <= band[1]}


async def _asked(guard: ModelGuard, case: Case, areas: Collection[str], confidential: bool) -> dict[str, float] | str:
    """What a guard says, or the name of what went wrong."""
    if confidential and not guard.inside:
        log.warning("guard %s was not asked: %s", guard.name, OUTSIDE)
        return OUTSIDE
    try:
        return await guard.ask(case, areas)
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - whatever went wrong, the guard has failed
        first: BaseException = fault
        while isinstance(first, BaseExceptionGroup):
            first = cast("BaseExceptionGroup[BaseException]", first).exceptions[0]
        what = first.code if isinstance(first, SekishoError) else type(first).__name__
        log.warning("guard %s failed: %s", guard.name, what)
        return what
