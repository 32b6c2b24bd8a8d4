"""POST /v1/images/generations and POST /v1/audio/speech: the same door and limits as chat, and a file at the end."""

from time import monotonic

from sekisho.core.settings import Settings
from sekisho.pipeline.media import Delivery, Media
from sekisho.provenance.media import files
from sekisho.server.chat import LABEL, Chat
from sekisho.server.client import Client, Scope
from sekisho.server.door import Visitor
from sekisho.server.limits import Place
from sekisho.server.observer import Observer
from sekisho.server.services import Services

BASE = "/v1"


class MediaDesk(Chat):
    """The ASGI application behind both paths; see `Chat` for the steps."""

    def __init__(self, services: Services, observer: Observer) -> None:
        super().__init__(services, observer)
        self._media: Media | None = None
        if services.plan.settings.marks.certificate:  # a wrong one shall stop the start
            self._media = self._made()

    async def _admitted(self, visitor: Visitor, client: Client, scope: Scope) -> None:
        started_s = monotonic()
        delivery: Delivery | None = None
        place = Place(self._services.limits, visitor.key)
        try:
            raw = await client.body()
            client.watch()
            self._media = self._media or self._made()
            delivery = await self._media.run(raw, visitor.caller, scope["path"].removeprefix(BASE))
            await client.answer(200, _headers(delivery), delivery.payload, lambda: place.give_back(0))
        finally:
            place.give_back(0)
            if delivery is not None:
                self._observer.exchange(delivery.passage, monotonic() - started_s, scope)

    def _made(self) -> Media:
        """Made when first needed otherwise: what signs takes memory, and most checkpoints only chat."""
        return Media(self._services.pipeline, papers_of(self._services.plan.settings))


def papers_of(settings: Settings) -> files.Files | None:
    """What marks files; None without the extra. Raises `ConfigurationError`."""
    return files.Files.open(settings.directory, settings.marks) if files.installed() else None


def _headers(delivery: Delivery) -> list[tuple[bytes, bytes]]:
    exchange = delivery.passage.exchange
    headers = [
        (b"content-type", delivery.kind.encode()),
        (b"sekisho-exchange", exchange.id.encode()),
        (b"sekisho-verdict", exchange.verdict.word.encode()),
        (b"sekisho-receipt", delivery.receipt.encode()),
        (b"sekisho-mark", b"c2pa" if delivery.marked else b"none"),
    ]
    return headers if delivery.passage.caller.profile.label == "none" else [*headers, LABEL]
