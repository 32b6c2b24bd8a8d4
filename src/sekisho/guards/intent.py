"""The guard for intent: tells attacks and harm from what only sounds like them, by a linear model (linear.npz).

The model is made by training/train.py from what stands in training/data/ and training/public/.
It errs on irony, on intent that stands between the lines, and on topics that nobody wrote training lines for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards.linear import LinearModel, Scored
from sekisho.guards.protocol import Context

WEIGHTS = Path(__file__).with_name("linear.npz")
LEAST = 0.05  # a score below it is no finding

# What a text can be at each stage: a person gives orders, a document hides them, an answer gives none.
KINDS = {
    Stage.ENTRY: ("attack.injection.direct", "attack.jailbreak", "attack.prompt_leak", "attack.obfuscation", "harm"),
    Stage.SOURCE: ("attack.injection.indirect", "attack.jailbreak", "attack.obfuscation", "harm"),
    Stage.EXIT: ("harm",),
}


@dataclass(frozen=True)
class IntentGuard:
    """One finding for each area (`attack`, `harm`): its score, and the kind that fits best.

    Attributes:
        horizon: None: it judges sentences and whole texts.
    """

    name: str = "intent"
    stages: frozenset[Stage] = frozenset(KINDS)
    horizon: int | None = None
    weights: Path = WEIGHTS

    @cached_property
    def model(self) -> LinearModel:
        """The weights, read when first needed."""
        return LinearModel.load(self.weights)

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """What the model sees; at most one finding for each area."""
        return list(self.findings(text, context.stage))

    def findings(self, text: Text, stage: Stage) -> Iterator[Finding]:
        """As `inspect`. A text without letters has no intent."""
        view = text.normalised
        if not view.value or view.value.isspace():
            return
        scored = dict(zip(self.model.heads, self.model.scores(view.value), strict=True))
        for area in ("attack", "harm"):
            kinds = [name for name in scored if "." in name and self._possible(name, area, stage)]
            if not kinds or scored[area].score < LEAST:
                continue
            kind = max(kinds, key=lambda name: scored[name].score)
            yield self._finding(kind, scored[area], view.received(scored[area].start, scored[area].end))

    def _possible(self, name: str, area: str, stage: Stage) -> bool:
        return _within(name, area) and any(_within(name, kind) for kind in KINDS[stage])

    def _finding(self, kind: str, scored: Scored, place: tuple[int, int]) -> Finding:
        return Finding(*place, kind, round(scored.score, 4), self.name, "linear")


def _within(name: str, above: str) -> bool:
    return name == above or name.startswith(f"{above}.")


intent = IntentGuard()
