"""A pipeline of the operator's settings for a replay, with the one model that shall answer."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

from msgspec.structs import replace

from sekisho.cli.options import PATIENT_S
from sekisho.cli.resident import choice_of, running
from sekisho.core.settings import Model, Settings
from sekisho.models.router import Models
from sekisho.pipeline.replay import Nowhere
from sekisho.pipeline.run import Pipeline
from sekisho.policy.profile import Profile
from sekisho.server.plan import EMBEDDED
from sekisho.server.switch import Switch

VARIABLE = "_SEKISHO_REPLAY_KEY"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which model answers a replay.

    Attributes:
        name: what the record calls the model, and so the profile.
        instead: name of another model, or empty.
        base_url: an OpenAI-compatible server up to and including `/v1`, or empty for a model of the settings.
        key_env: environment variable with that server's key.
    """

    name: str
    instead: str = ""
    base_url: str = ""
    key_env: str = ""


def weights_of(settings: Settings, name: str) -> str:
    """SHA-256 of the model's file as the settings have it now; empty where it does not run here."""
    choice = choice_of(settings, name)
    return choice.sha256 if choice else ""


@asynccontextmanager
async def pipeline(settings: Settings, asked: Asked, profile: Profile | None = None) -> AsyncGenerator[Pipeline, None]:
    """The pipeline, with the terms of `profile`. A model that runs here runs while it is open.

    Raises `ConfigurationError`.
    """
    if asked.base_url:
        model = Model(url=asked.base_url, model=asked.instead, key_env=asked.key_env)
        async with _assembled(settings, asked.name, model, own=profile) as made:
            yield made
        return
    wanted = asked.instead or asked.name
    configured = settings.models.get(wanted)
    if configured is not None and configured.url:
        model = replace(configured, model=configured.model or wanted, fallback=[])
        async with _assembled(settings, asked.name, model, own=profile) as made:
            yield made
        return
    with running(settings, wanted) as resident:
        own = configured or EMBEDDED
        model = replace(own, url=resident.url, model=resident.choice.name, key_env=VARIABLE, fallback=[])
        async with _assembled(settings, asked.name, model, resident.key, profile) as made:
            yield made


@asynccontextmanager
async def _assembled(
    settings: Settings, name: str, model: Model, key: str = "", own: Profile | None = None
) -> AsyncGenerator[Pipeline, None]:
    from sekisho.server import judging
    from sekisho.server.services import inspector_of

    judges = {one.model for one in settings.model_guards}
    others = {one: other for one, other in settings.models.items() if other.url and one in judges and one != name}
    models = Models({name: model, **others}, environ={**os.environ, VARIABLE: key}, reserved=others)
    try:
        with closing(Switch(settings.directory)) as switch:
            budget_s = max(settings.guard_budget_s, PATIENT_S)
            inside = {one for one, said in settings.models.items() if said.internal}
            inside = inside and inside | {name}  # which is sent everything, since whoever replays has named it
            panel = judging.panel_of(settings, {name, *others}, judging.completion(models, switch), inside)
            inspector = inspector_of(settings.guards, budget_s, panel, [own] if own else [])

            def stopped(model: str, profile: str) -> str | None:
                return switch.stopped(model=model, profile=profile)

            yield Pipeline(inspector, models, Nowhere().recorder(), stopped)
    finally:
        await models.close()
