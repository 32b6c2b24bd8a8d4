"""What nobody looks for: rules of a profile to which no finding can come with the guards that are loaded."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import cast

from sekisho.core.exchange import Stage
from sekisho.core.verdict import Verdict
from sekisho.guards.own import own_rules
from sekisho.guards.protocol import Declaring, Guard
from sekisho.policy.profile import Profile

BY_PIPELINE = frozenset({"fault"})  # what the pipeline tells without any guard
BY_REQUEST = frozenset({"contract.schema", "contract.format"})  # likewise, where a request names a form

Unsought = Mapping[Stage, tuple[str, ...]]
"""By stage the names of rules for which nothing looks; stages without any are left out."""


def unsought(profile: Profile, guards: Sequence[Guard], judges: Mapping[Stage, Collection[str]]) -> Unsought:
    """The rules of `profile` that have no effect beside these guards.

    A guard that does not say what it may tell may tell anything, so nothing is said of the stages at which it works.
    `judges` are the categories of which model guards speak, by stage: they are asked where the profile says that the
    others are unsure, which they can be where they find something, or where the band begins at 0.
    Raises `ConfigurationError` for a pattern of the profile that is none.
    """
    by_stage = {
        stage: tuple(_without(profile, stage, told))
        for stage in Stage
        if (told := _told(profile, stage, guards, judges.get(stage, ()))) is not None
    }
    return {stage: names for stage, names in by_stage.items() if names}


def _without(profile: Profile, stage: Stage, told: Collection[str]) -> Iterable[str]:
    for prefix, rules in profile.effective(stage).items():
        acts = any(rule.verdict is not Verdict.PASS for rule in rules)
        if acts and not any(_within(category, prefix) for category in told):
            yield prefix


def _told(profile: Profile, stage: Stage, guards: Sequence[Guard], judges: Collection[str]) -> set[str] | None:
    """The categories that a finding at this stage can bear; None: any."""
    told = {
        *BY_PIPELINE,
        *_by_contract(profile, stage),
        *(rule.category for rule in own_rules(profile) if stage in rule.stages),
    }
    for guard in guards:
        asked = stage is not Stage.EXIT or profile.patient or not getattr(guard, "patient", False)
        if stage in guard.stages and asked:
            categories = cast("Declaring", guard).tells(stage) if isinstance(guard, Declaring) else None
            if categories is None:
                return None
            told.update(categories)
    areas = {category.partition(".")[0] for category in told}
    areas.update(area for area, (low, _) in profile.unsure.items() if low <= 0)  # asked though nobody found anything
    asked_in = areas & profile.unsure.keys()
    return told | {category for category in judges if category.partition(".")[0] in asked_in}


def _by_contract(profile: Profile, stage: Stage) -> Iterable[str]:
    """What can be told of the form of an answer, or of the arguments of a call."""
    if stage not in (Stage.EXIT, Stage.ACTION):
        return
    yield from BY_REQUEST
    if stage is Stage.EXIT and profile.answer is not None:
        if profile.answer.language is not None:
            yield "contract.language"
        if profile.answer.least is not None or profile.answer.most is not None:
            yield "contract.length"


def _within(category: str, prefix: str) -> bool:
    return category == prefix or category.startswith(f"{prefix}.")
