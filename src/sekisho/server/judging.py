"""Model guards as the settings name them, put together with the client that asks models."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from sekisho.core import settings as configured
from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.settings import Settings
from sekisho.guards.model.granite_guardian import GraniteGuardian
from sekisho.guards.model.granite_guardian_3 import GENERATION_3_2, GENERATION_3_3
from sekisho.guards.model.guard import Calibration, Complete, ModelGuard
from sekisho.guards.model.inquiry import Format
from sekisho.guards.model.judge import QUESTIONS, Judge
from sekisho.guards.model.llama_guard import LlamaGuard
from sekisho.guards.model.panel import Panel
from sekisho.guards.model.policy import Policy
from sekisho.guards.model.qwen3guard import Qwen3Guard
from sekisho.guards.model.safeguard import Safeguard
from sekisho.guards.model.shieldgemma import ShieldGemma
from sekisho.models.router import Models
from sekisho.pipeline.stops import Stops
from sekisho.policy.taxonomy import taxonomy
from sekisho.server.switch import Switch

GENERAL = ("policy", "judge")  # formats of models that may also answer people


def reserved(guards: Sequence[configured.ModelGuard]) -> frozenset[str]:
    """The models that can do nothing but judge, so that no person is ever answered by one."""
    return frozenset(one.model for one in guards if one.format not in GENERAL)


def told(guards: Sequence[configured.ModelGuard]) -> Mapping[Stage, frozenset[str]]:
    """The categories of which these model guards speak, by stage."""
    spoken = [(one.stages, FORMATS[one.format](one).categories) for one in guards]
    return {
        stage: frozenset(name for stages, names in spoken if stage.value in stages for name in names) for stage in Stage
    }


def panel_of(
    settings: Settings, models: Collection[str], complete: Complete, inside: Collection[str] = frozenset()
) -> Panel:
    """The model guards of the settings. Raises `ConfigurationError` for a category or a model that does not exist.

    `inside` are the models inside the organisation; none: nobody said which, and all may be shown everything.
    """
    guards = [_guard(one, settings, models, complete) for one in settings.model_guards]
    return Panel([replace(one, inside=not inside or one.model in inside) for one in guards])


def completion(models: Models, switch: Switch) -> Complete:
    """Asks one model and no other: a fallback would not know the format, and one that is stopped is stopped.

    What is asked so is no exchange: it is neither inspected nor recorded. It takes its turn with everybody else's
    requests to that model, under the same time-outs and circuit breaker.
    """

    def stopped(model: str, profile: str) -> str | None:
        return switch.stopped(model=model, profile=profile)

    stops = Stops(stopped)

    async def complete(model: str, body: Mapping[str, Any], raw: bool) -> bytes:
        def may(name: str) -> bool:
            return name == model and stopped(name, "") is None

        ask = models.complete_prompt if raw else models.complete
        with stops.over(model, ""):
            return (await ask([model], dict(body), may)).payload

    return complete


def _guard(one: configured.ModelGuard, settings: Settings, models: Collection[str], complete: Complete) -> ModelGuard:
    if one.category not in taxonomy():
        near = get_close_matches(one.category, taxonomy(), n=1, cutoff=0.5)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        raise ConfigurationError(where=f"model guard {one.name}", what=f"unknown category `{one.category}`{hint}")
    if one.model not in models:
        what = f"the model `{one.model}` is not run; the setting `embedded` or `models` says what is"
        raise ConfigurationError(where=f"model guard {one.name}", what=what)
    return ModelGuard(
        name=one.name,
        format=FORMATS[one.format](one),
        model=one.model,
        complete=complete,
        calibration=Calibration(one.a, one.b),
        stages=frozenset(Stage(stage) for stage in one.stages),
        budget_s=one.budget_s or settings.guard_budget_s,
        longest=one.longest,
    )


FORMATS: Mapping[str, Callable[[configured.ModelGuard], Format]] = {
    "llama-guard-4": lambda _: LlamaGuard(),
    "llama-guard-3": lambda _: LlamaGuard(plain=True),
    "qwen3guard": lambda _: Qwen3Guard(),
    "granite-guardian-4.1": lambda _: GraniteGuardian(),
    "granite-guardian-3.3": lambda _: GENERATION_3_3,
    "granite-guardian-3.2": lambda _: GENERATION_3_2,
    "shieldgemma": lambda _: ShieldGemma(),
    "gpt-oss-safeguard": lambda one: Safeguard(one.policy, one.category),
    "policy": lambda one: Policy(one.policy, one.category),
    "judge": lambda one: Judge({one.category: one.policy} if one.policy else QUESTIONS),
}
