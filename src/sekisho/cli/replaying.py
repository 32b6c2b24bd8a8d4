"""A pipeline of the operator's settings for a replay, with the one model that shall answer."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from sekisho.cli.residents import NAME
from sekisho.core.errors import ConfigurationError, UnknownName
from sekisho.core.settings import Model, Settings
from sekisho.models.embedded import Choice, EmbeddedModel, choose, installed, runtime_installed
from sekisho.models.memory import free_memory
from sekisho.models.router import Models
from sekisho.pipeline.replay import Nowhere
from sekisho.pipeline.run import Pipeline
from sekisho.server import judging
from sekisho.server.plan import SLOW
from sekisho.server.services import inspector_of
from sekisho.server.switch import Switch

VARIABLE = "_SEKISHO_REPLAY_KEY"
LOOK_S = 0.1


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
    choice = _choice(settings, name)
    return choice.sha256 if choice else ""


@asynccontextmanager
async def pipeline(settings: Settings, asked: Asked) -> AsyncGenerator[Pipeline, None]:
    """The pipeline; a model that runs here runs while it is open. Raises `ConfigurationError`."""
    if asked.base_url:
        model = Model(url=asked.base_url, model=asked.instead, key_env=asked.key_env)
        async with _assembled(settings, asked.name, model, "") as made:
            yield made
        return
    wanted = asked.instead or asked.name
    configured = settings.models.get(wanted)
    if configured is not None and configured.url:
        model = replace(configured, model=configured.model or wanted, fallback=[])
        async with _assembled(settings, asked.name, model, "") as made:
            yield made
        return
    choice = _choice(settings, wanted)
    if choice is None:
        raise UnknownName(name=wanted[:80], near=", ".join([*settings.models, NAME]))
    resident = EmbeddedModel(choice, directory=settings.directory / "weights")
    try:
        resident.run()
        await asyncio.to_thread(_until_ready, resident)
        model = Model(url=resident.url, model=choice.name, key_env=VARIABLE, timeouts=SLOW)
        async with _assembled(settings, asked.name, model, resident.key) as made:
            yield made
    finally:
        await asyncio.to_thread(resident.stop)


@asynccontextmanager
async def _assembled(settings: Settings, name: str, model: Model, key: str) -> AsyncGenerator[Pipeline, None]:
    judges = {one.model for one in settings.model_guards}
    others = {one: other for one, other in settings.models.items() if other.url and one in judges and one != name}
    models = Models({name: model, **others}, environ={**os.environ, VARIABLE: key}, reserved=others)
    try:
        with closing(Switch(settings.directory)) as switch:
            panel = judging.panel_of(settings, {name, *others}, judging.completion(models, switch))
            inspector = inspector_of(settings.guards, settings.guard_budget_s, panel)

            def stopped(model: str, profile: str) -> str | None:
                return switch.stopped(model=model, profile=profile)

            yield Pipeline(inspector, models, Nowhere().recorder(), stopped)
    finally:
        await models.close()


def _choice(settings: Settings, name: str) -> Choice | None:
    """The file that runs under a name of the settings; None where it is none or is not here."""
    configured = settings.models.get(name)
    if configured is not None:
        return Choice.own(name, Path(configured.path), configured.sha256) if configured.path else None
    if name != NAME:
        return None
    here = installed(settings.directory / "weights")
    return choose(settings.embedded, free_bytes=free_memory(), installed=here, runtime=runtime_installed()) or None


def _until_ready(resident: EmbeddedModel) -> None:
    while not resident.ready():
        if resident.state in ("failed", "stopped"):
            raise ConfigurationError(where=resident.choice.name, what=(resident.fault or {}).get("en", resident.state))
        time.sleep(LOOK_S)
