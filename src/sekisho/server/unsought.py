"""What nobody looks for under a profile, in words."""

from collections.abc import Iterator, Sequence

from sekisho.core.language import Bilingual
from sekisho.core.settings import Settings
from sekisho.guards.protocol import Guard
from sekisho.guards.reach import Unsought, unsought
from sekisho.policy.load import Profiles
from sekisho.policy.profile import Profile
from sekisho.server import judging

AT_START: Bilingual = {
    "ja": "{profile}: 読み込んだガードでは探せないため、働かない規則があります: {rules}",
    "en": "{profile}: no guard that is loaded looks for these, so their rules have no effect: {rules}",
}
RULE: Bilingual = {
    "ja": "注意: 読み込むガードのどれも、ここでは `{rule}` を探しません。この規則は働きません",
    "en": "note: no guard that is loaded looks for `{rule}` here; this rule has no effect",
}


def by(settings: Settings, guards: Sequence[Guard], profile: Profile) -> Unsought:
    """The rules of a profile for which nothing looks with these settings, whose guards are loaded."""
    return unsought(profile, guards, judging.told(settings.model_guards))


def sentences(settings: Settings, guards: Sequence[Guard], profiles: Profiles) -> Iterator[Bilingual]:
    """One sentence for each profile of the operator's own that has such rules; of the built-in ones `explain` tells."""
    for name in sorted(profiles.own):
        if found := by(settings, guards, profiles.get(name)):
            rules = ", ".join(f"{stage.value}.{rule}" for stage, rules in found.items() for rule in rules)
            yield {
                "ja": AT_START["ja"].format(profile=name, rules=rules),
                "en": AT_START["en"].format(profile=name, rules=rules),
            }
