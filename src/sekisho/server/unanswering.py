"""Models that are named where people are answered, and that cannot answer anybody here, in words."""

from collections.abc import Iterable, Iterator

from sekisho.core.language import Bilingual
from sekisho.policy.profile import Profile
from sekisho.server import judging
from sekisho.server.plan import Plan

FALLBACK: Bilingual = {
    "ja": "models.{name}.fallback: 動かしていないか、人には答えないモデルなので、尋ねません: {models}",
    "en": "models.{name}.fallback: these do not run here or answer nobody, so they are not asked: {models}",
}
SOME: Bilingual = {
    "ja": "プロファイル {name}: 動かしていないか、人には答えないモデルなので、使いません: {models}",
    "en": "profile {name}: these models do not run here or answer nobody, so they are not used: {models}",
}
NONE: Bilingual = {
    "ja": "プロファイル {name}: 答えられるモデルが一つもないため、リクエストはどれもエラーになります: {models}",
    "en": "profile {name}: none of its models can answer here, so that every request is an error: {models}",
}


def sentences(plan: Plan, profiles: Iterable[Profile]) -> Iterator[Bilingual]:
    """One sentence for each model whose fallbacks, and each profile whose models, are not all there."""
    here = plan.models().keys() - judging.reserved(plan.settings.model_guards)
    for name, model in plan.settings.models.items():
        if absent := [other for other in model.fallback if other not in here]:
            yield _said(FALLBACK, name, absent)
    for profile in profiles:
        if absent := [name for name in profile.models if name not in here]:
            yield _said(NONE if len(absent) == len(profile.models) else SOME, profile.name, absent)


def _said(words: Bilingual, name: str, models: Iterable[str]) -> Bilingual:
    told = {"name": name, "models": ", ".join(models)}
    return {"ja": words["ja"].format(**told), "en": words["en"].format(**told)}
