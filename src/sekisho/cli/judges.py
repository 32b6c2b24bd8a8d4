"""The model guards of the settings for one command, without a server."""

import os
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager, closing

from sekisho.cli.resident import choice_of, running
from sekisho.cli.residents import told
from sekisho.core.settings import Settings
from sekisho.guards.model.panel import Panel
from sekisho.models.router import Models
from sekisho.server import judging
from sekisho.server.plan import Plan
from sekisho.server.switch import Switch


@asynccontextmanager
async def panel_of(settings: Settings) -> AsyncGenerator[Panel, None]:
    """The panel as the server has it; the models it asks that run here run while it is open, the embedded one too.

    Raises `ConfigurationError`.
    """
    names = sorted({one.model for one in settings.model_guards})
    far = {name for name, model in settings.models.items() if model.url}
    with ExitStack() as open_till_the_end:
        here = {
            name: open_till_the_end.enter_context(running(settings, name))
            for name in names
            if name not in far and choice_of(settings, name)
        }
        plan = Plan(settings, residents=told(here))
        asked = {name: model for name, model in plan.models().items() if name in names}
        models = Models(asked, environ=plan.environ(os.environ), urls=lambda name: here[name].url, reserved=asked)
        try:
            switch = open_till_the_end.enter_context(closing(Switch(settings.directory)))
            yield judging.panel_of(settings, asked, judging.completion(models, switch), plan.inside())
        finally:
            await models.close()
