"""Model guards in a measurement: the pipeline's own examiner asks them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sekisho.core.exchange import Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.evaluation.items import Item, language_of
from sekisho.guards.inspector import Inspector
from sekisho.guards.model.panel import Opinion
from sekisho.pipeline.check import AUTHORS
from sekisho.pipeline.examiner import Examiner
from sekisho.pipeline.placeholders import Placeholders
from sekisho.policy.profile import Profile, Rule

HIDDEN = ("privacy", "secret")  # areas of what model guards are not shown, whoever asks them


@dataclass(frozen=True, slots=True)
class Asking:
    """When the model guards of an inspector are asked, and what counts beside what they say.

    Attributes:
        profile: says in which band they are asked, and what is masked before they see a text.
        alone: ask about every text instead, and count nothing that other guards find.
    """

    profile: Profile
    alone: bool = False

    def about(self, areas: Collection[str]) -> "Asking":
        """The same for a set about these areas."""
        return replace(self, profile=_everywhere(self.profile, areas)) if self.alone else self

    async def opinion(self, inspector: Inspector, item: Item, found: Sequence[Finding]) -> Opinion:
        """What they say of a text; `found` is what guards other than patterns see in it. Empty: they were not asked."""
        message = Message(item.stage, AUTHORS[item.stage], item.text, ("text",))
        examiner = Examiner(inspector, self.profile, language_of(item.text), Placeholders([item.text]))
        return await examiner.opinion(message, item.text, found)


def _everywhere(profile: Profile, areas: Collection[str]) -> Profile:
    """The profile with a band that leaves no text out, and no rule but those that mask what may not be shown."""
    stages: Mapping[Stage, tuple[Rule, ...]] = {
        stage: tuple(
            replace(rule, verdict=min(rule.verdict, Verdict.MASK), text=None)
            for rule in rules
            if rule.prefix.partition(".")[0] in HIDDEN
        )
        for stage, rules in profile.stages.items()
    }
    return replace(profile, stages=stages, unsure=dict.fromkeys(areas, (0.0, 1.0)))
