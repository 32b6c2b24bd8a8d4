"""The way in: the ASGI application of one worker process."""

import asyncio
import gc
import os
import sys
from typing import Any, cast

from sekisho.pipeline.media import IMAGES, SPEECH
from sekisho.server.chat import Chat
from sekisho.server.client import Receive, Scope, Send
from sekisho.server.keeper import keep
from sekisho.server.lines import write_lines
from sekisho.server.media import BASE, MediaDesk
from sekisho.server.observer import Lines, Observer
from sekisho.server.plan import Plan, handed_over
from sekisho.server.routes import Routes
from sekisho.server.services import Services
from sekisho.server.traces import tracer_of

SWITCH_S = 0.001  # after which the thread that writes the ledger gets its turn; Python's own five would make it late
GARBAGE = (20_000, 20, 50)  # objects die by their count of references; cycles are rare and can wait

CUT_OFF_S = 5.0  # in which exchanges that were cut off at the end have to be recorded

CHAT = BASE + "/chat/completions"


class App:
    """Sends chat straight to `Chat`, images and speech to `MediaDesk`, and everything else to `Routes`.

    Attributes:
        warnings: what the operator should know at the start.
    """

    def __init__(self, plan: Plan) -> None:
        """Opens everything. Raises `ConfigurationError` or `IntegrityError`."""
        self.services = Services.open(plan)
        self.warnings = self.services.unsought
        self._tracer = tracer_of(os.environ)
        lines = Lines(sys.stderr.buffer) if plan.settings.log == "exchanges" else None
        self._observer = Observer(lines=lines, tracer=self._tracer)
        media = MediaDesk(self.services, self._observer)
        self._desks = {CHAT: Chat(self.services, self._observer), BASE + IMAGES: media, BASE + SPEECH: media}
        self._rest = Routes(self.services).application()
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, or the worker's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        desk = self._desks.get(scope["path"])
        if desk is None or scope["type"] != "http" or scope["method"] != "POST":
            await self._rest(scope, receive, cast("Any", send))
            return
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._running.add(task)
        try:
            await desk(scope, receive)
        finally:
            self._running.discard(task)
            scope["extensions"].clear()  # it leads back to the scope, so that the request would stay until a collection

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        sys.setswitchinterval(SWITCH_S)
        gc.collect()
        gc.set_threshold(*GARBAGE)
        gc.freeze()  # what is loaded now lives as long as the process: no need to look at it again and again
        keeper = asyncio.create_task(keep(self.services.ledger))
        asking = asyncio.create_task(self.services.witnesses.keep())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        keeper.cancel()
        asking.cancel()
        if self._running:  # cut off, and still on their way to the ledger
            await asyncio.wait(self._running, timeout=CUT_OFF_S)
        await self.services.close()
        self._observer.close()
        if self._tracer is not None:
            self._tracer.close()
        await send({"type": "lifespan.shutdown.complete"})


def create() -> App:
    """The application of a worker process, by the plan that was handed over."""
    write_lines()
    return App(handed_over())
