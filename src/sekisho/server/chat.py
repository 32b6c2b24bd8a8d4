"""POST /v1/chat/completions: the way in and out of one exchange.

1. The door: key, profile, language.
2. Limits of the key.
3. The body.
4. The pipeline.
5. The answer goes out, whole or as a stream. Before the last of it does, the place is given back and the tokens are
   charged.
6. The exchange is counted and logged.
"""

import asyncio
import logging
import traceback
from contextlib import aclosing
from time import monotonic

from sekisho.core.errors import BodyTooLarge, Defect, SekishoError
from sekisho.pipeline.passage import Outcome
from sekisho.server import answers
from sekisho.server.answers import JSON
from sekisho.server.client import Client, ClientLeft, Receive, Scope
from sekisho.server.door import Visitor
from sekisho.server.limits import Place
from sekisho.server.observer import Observer
from sekisho.server.services import Services

log = logging.getLogger("sekisho.server")

STREAM = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"))
LABEL = (b"sekisho-label", b"ai-generated")


class Chat:
    """Serves `/v1/chat/completions`: an ASGI application that sends past ASGI's messages."""

    def __init__(self, services: Services, observer: Observer) -> None:
        self._services = services
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive) -> None:
        """Serves one request. Whatever goes wrong is answered in OpenAI's error shape."""
        client = Client(scope, receive, self._services.plan.settings.limits)
        try:
            await self._answered(client, scope)
        except ClientLeft:
            self._observer.left()
        except asyncio.CancelledError:
            if client.gone:
                self._observer.left()
            client.stop_watching()
            await client.abort()  # or the server ends, and has waited as long as it does
        finally:
            client.stop_watching()

    async def _answered(self, client: Client, scope: Scope) -> None:
        try:
            # 1. The door
            visitor = self._services.door.visitor(scope["headers"])
            await self._admitted(visitor, client, scope)
        except SekishoError as fault:
            await self._failed(fault, scope, client)
        except ClientLeft:
            raise
        except Exception as fault:  # noqa: BLE001 - a mistake of ours must not end as a cut connection
            await self._failed(defect(fault), scope, client)

    async def _admitted(self, visitor: Visitor, client: Client, scope: Scope) -> None:
        started_s = monotonic()
        outcome: Outcome | None = None
        # 2. Limits
        place = Place(self._services.limits, visitor.key)
        try:
            # 3. The body
            raw = await client.body()
            client.watch()
            # 4. The pipeline
            outcome = await self._services.pipeline.run(raw, visitor.caller)
            # 5. The answer
            passage = outcome.passage
            if outcome.events is None:
                papers = [JSON, *_papers(outcome)]
                await client.answer(200, papers, outcome.payload, lambda: place.give_back(passage.tokens))
            else:
                await _stream(outcome, client, place)
        finally:
            # 6. The count
            place.give_back(outcome.passage.tokens if outcome is not None else 0)
            if outcome is not None:
                self._observer.exchange(outcome.passage, monotonic() - started_s, scope)

    async def _failed(self, fault: SekishoError, scope: Scope, client: Client) -> None:
        self._observer.fault(fault)
        answer = answers.error(fault, self._services.door.speaks(scope["headers"]))
        if client.begun:
            await client.abort()  # half an answer is out; a cut connection is the only honest sign left
        elif isinstance(fault, BodyTooLarge):
            await client.dismiss(answer.status, answer.headers, answer.body)
        else:
            await client.answer(answer.status, answer.headers, answer.body)


def defect(fault: Exception) -> Defect:
    """Logs a mistake of ours, with the places in the code but without its words, which may hold a text."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(fault.__traceback__)]
    log.error("%s at %s", type(fault).__name__, " < ".join(reversed(places[-8:])))
    return Defect(kind=type(fault).__name__)


async def _stream(outcome: Outcome, client: Client, place: Place) -> None:
    if outcome.events is None:
        raise TypeError("not a stream")
    last = b""
    async with aclosing(outcome.events) as events:
        client.begin([*STREAM, *_papers(outcome)])
        async for data in events:
            if outcome.passage.recorded:  # so these are the last
                last += data
            else:
                await client.part(data)
    place.give_back(outcome.passage.tokens)
    await client.end(last)


def _papers(outcome: Outcome) -> list[tuple[bytes, bytes]]:
    """What goes with every answer. A stream's verdict is that of its request; the final one comes with its end."""
    exchange = outcome.passage.exchange
    papers = [
        (b"sekisho-exchange", exchange.id.encode()),
        (b"sekisho-verdict", exchange.verdict.word.encode()),
        (b"sekisho-receipt", outcome.receipt.encode()),
    ]
    return papers if outcome.passage.caller.profile.label == "none" else [*papers, LABEL]
