"""The guard for traffic: it finds what shows in many requests of one caller and in none of them alone.

Extraction-like (`attack.extraction.series`): many texts that are one template with a slot that varies. Who copies a
model asks it thousands of questions that a program made (Tramèr et al., Stealing machine learning models via
prediction APIs, USENIX Security 2016), and such a series stands out by how near its questions lie to each other
(Juuti et al., PRADA, EuroS&P 2019, arXiv:1805.02628). See also OWASP LLM10:2025, Unbounded Consumption.

Probing (`attack.probing`): many texts that were refused or looked like attacks, above all variants of one. Whoever
seeks a wording that passes changes a refused one little by little (Chen, Carlini and Wagner, Stateful detection of
black-box adversarial attacks, SPAI 2020, arXiv:1907.05587, detects such a search by the likeness of its queries).

It errs on applications whose every request is one template with a short slot, on editors that send a file with every
change of it, and on keys that many people share; and it overlooks what is slow, what comes by many keys, and templates
less than twice as long as their slots. Several worker processes each see their own part of the traffic.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from sekisho.core.exchange import Judged, Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.core.verdict import Verdict
from sekisho.guards.protocol import Context
from sekisho.guards.sketch import Sketcher
from sekisho.guards.trail import Company, Trails

SERIES = "attack.extraction.series"
PROBING = "attack.probing"
WINDOW_S = 3_600.0
LEAST = 0.3  # a score below it is no finding
HALF_SERIES = 300  # texts like it at which the score of a series is 0.5
HALF_VARIANTS = 5  # probes like it at which the score of probing is 0.5
HALF_PROBES = 20  # the same for a text that is a probe itself, by all probes of the caller
BYSTANDER = 0.49  # of that score, for a text that is no probe: one of many people behind a key is not all of them
PROBED = 0.5  # score from which on an attack is one, whatever the profile says

_REFUSED = ("attack", "harm", "code")  # not personal data: to send it again without is what the person should do


@dataclass(frozen=True)
class TrafficGuard:
    """Findings over the whole of a person's text, from the texts of the same key in the last hour.

    Scores: n²/(n² + half²), where n counts other texts and half those at which the score is 0.5.

    Attributes:
        clock: seconds that only grow.
    """

    name: str = "traffic"
    stages: frozenset[Stage] = frozenset((Stage.ENTRY,))
    clock: Callable[[], float] = time.monotonic
    trails: Trails = field(default_factory=lambda: Trails(WINDOW_S))
    sketcher: Sketcher = field(default_factory=Sketcher)

    def tells(self, _stage: Stage) -> Collection[str]:
        """Both signals."""
        return (SERIES, PROBING)

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """As `watch`, where nobody else has found anything."""
        return self.watch(text, context, ())

    def watch(self, text: Text, context: Context, judged: Sequence[Judged]) -> Sequence[Finding]:
        """What the caller's texts of the last hour, this one among them, say of it."""
        value = text.normalised.value
        sketch = self.sketcher.sketch(value) if context.owner and context.author == "user" else None
        if sketch is None:
            return ()
        now_s = self.clock()
        probe = any(_is_probe(one) for one in judged)
        trail = self.trails.of(context.owner)
        place = trail.note(self.sketcher.digest(value), sketch, now_s, probe=probe)
        company = trail.company(place, sketch, now_s)
        return [
            Finding(0, len(text), category, round(score, 4), self.name, note)
            for category, score, note in _scores(company, probe=probe)
            if score >= LEAST
        ]


def _scores(company: Company, *, probe: bool) -> Iterator[tuple[str, float, str]]:
    yield SERIES, risen(company.alike, HALF_SERIES), f"{company.alike} alike"
    variants = risen(company.probes_alike, HALF_VARIANTS)
    probes = risen(company.probes, HALF_PROBES) * (1.0 if probe else BYSTANDER)
    yield PROBING, max(variants, probes), f"{company.probes} probes, {company.probes_alike} alike"


def risen(count: int, half: int) -> float:
    """A score that rises with a count: 0 at 0, 0.5 at `half`, 0.9 at three times that."""
    return count * count / (count * count + half * half)


def _is_probe(one: Judged) -> bool:
    finding = one.finding
    attack = finding.within("attack") and finding.score >= PROBED
    return attack or (one.verdict is Verdict.REFUSE and any(finding.within(area) for area in _REFUSED))


traffic = TrafficGuard()
