"""One model of the settings, run for one command."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from sekisho.cli.residents import NAME, own_of
from sekisho.core.errors import ConfigurationError, UnknownName
from sekisho.core.settings import Settings
from sekisho.models.embedded import Choice, EmbeddedModel, choose, installed, runtime_installed
from sekisho.models.memory import free_memory
from sekisho.models.watermark import key as watermark_key

LOOK_S = 0.05


def choice_of(settings: Settings, name: str) -> Choice | None:
    """The file that runs under a name of the settings; None where it is none or is not here."""
    configured = settings.models.get(name)
    if configured is not None:
        return own_of(name, configured) if configured.path else None
    if name != NAME:
        return None
    here = installed(settings.directory / "weights")
    return choose(settings.embedded, free_bytes=free_memory(), installed=here, runtime=runtime_installed()) or None


@contextmanager
def running(settings: Settings, name: str) -> Generator[EmbeddedModel, None, None]:
    """The model, ready to answer. Raises `UnknownName`, or `ConfigurationError` when it does not become ready."""
    choice = choice_of(settings, name)
    if choice is None:
        raise UnknownName.among(name, [*settings.models, NAME])
    mark = watermark_key.made(settings.directory) if settings.watermark else b""
    resident = EmbeddedModel(choice, directory=settings.directory / "weights", watermark=mark)
    try:
        resident.run()
        while not resident.ready():
            if resident.state in ("failed", "stopped"):
                why = (resident.fault or {}).get("en", resident.state)
                raise ConfigurationError(where=choice.name, what=why)
            time.sleep(LOOK_S)
        yield resident
    finally:
        resident.stop()
