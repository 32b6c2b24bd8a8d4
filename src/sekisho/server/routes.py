"""Everything but the way of an exchange: models, checks, receipts, the page, health and counts."""

import asyncio
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, cast

import msgspec
import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sekisho import __version__
from sekisho.core.errors import (
    InvalidField,
    RequestError,
    SekishoError,
    UnknownKey,
    UnknownModel,
    UnknownPath,
    WrongMethod,
)
from sekisho.core.exchange import Stage
from sekisho.pipeline.explain import findings
from sekisho.server import answers, nearness, observer, page
from sekisho.server.access import LOOPBACK
from sekisho.server.chat import defect
from sekisho.server.client import Client, ClientLeft
from sekisho.server.crowd import Crowd, Guest
from sekisho.server.log_files import LogFiles
from sekisho.server.services import Services
from sekisho.server.shape import decoded
from sekisho.server.verifying import Verifying


class Asked(msgspec.Struct, frozen=True):
    """Body of `POST /v1/check`. `profile` empty: the key's own."""

    text: str
    stage: str = "entry"
    profile: str = ""


class Routes:
    """Handlers of all paths that Starlette serves."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._verifying = Verifying(services)

    @cached_property
    def _crowd(self) -> Crowd:
        return Crowd(self._services.plan.settings.limits.body_bytes)

    def application(self) -> Starlette:
        """The application. An error of any handler is told in OpenAI's shape."""
        log = LogFiles(self._services)
        routes = [
            Route("/", page.file_of("index.html")),
            Route("/verify", page.file_of("verify.html")),
            Route("/static/{name}", page.static),
            Route("/page.json", self.about),
            Route("/v1/models", self.models),
            Route("/v1/models/{name:path}", self.model),
            Route("/v1/check", self.check, methods=["POST"]),
            Route("/v1/verify", self.verify, methods=["POST"]),
            Route("/v1/chat/completions", _never, methods=["POST"]),
            Route("/v1/images/generations", _never, methods=["POST"]),
            Route("/v1/audio/speech", _never, methods=["POST"]),
            Route("/ledger/checkpoint", log.checkpoint),
            Route("/ledger/tile/entries/{index:path}", log.entries),
            Route("/ledger/tile/{level}/{index:path}", log.tile),
            Route("/ledger/key", self.key),
            Route("/ledger/keys", log.keys),
            Route("/healthz", self.health),
            Route("/metrics", self.metrics),
        ]
        made = Starlette(
            routes=routes,
            exception_handlers={
                SekishoError: self._told,
                HTTPException: self._http,
                ClientLeft: _left,
                Exception: self._told,
            },
        )
        made.router.redirect_slashes = False  # a redirect would be made from the Host that the caller wrote
        return made

    async def models(self, request: Request) -> Response:
        """GET /v1/models: the models that the caller's profile allows."""
        return _json({"object": "list", "data": [_model(name) for name in self._allowed(request)]})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/NAME: one of them. Raises `UnknownModel`."""
        name = request.path_params["name"]
        if name not in self._allowed(request):
            raise UnknownModel(model=name[:100])
        return _json(_model(name))

    def _allowed(self, request: Request) -> Sequence[str]:
        visitor = self._services.door.visitor(request.headers.raw)
        names = self._services.models.names
        return [name for name in visitor.caller.profile.models if name in names] or names

    async def check(self, request: Request) -> Response:
        """POST /v1/check: what the profile says of a text, without a model."""
        headers = request.headers.raw
        visitor = self._services.door.visitor(headers)
        self._services.limits.enter(visitor.key)
        try:
            asked = decoded(await self._body(request), Asked)
            caller = self._services.door.visitor(headers, asked.profile).caller
            if asked.stage not in {stage.value for stage in Stage}:
                raise InvalidField(field="stage", expected=f"one of {', '.join(stage.value for stage in Stage)}")
            checked = await self._services.checker.check(
                asked.text, Stage(asked.stage), caller.profile, caller.language
            )
        finally:
            self._services.limits.leave(visitor.key, 0)
        told = findings(checked.judged)
        return _json({"verdict": checked.verdict.word, "findings": told, "masked": checked.masked})

    async def verify(self, request: Request) -> Response:
        """POST /v1/verify: what is known of a receipt or a text. Needs no key."""
        kind = request.headers.get("content-type", "")
        address = request.client.host if request.client is not None else ""
        language = self._services.door.speaks(request.headers.raw)
        with Guest(self._crowd) as guest:
            body = await self._body(request, guest.grows)
            answer = await self._verifying.answer(body, kind, address, language)
        return Response(msgspec.json.encode(answer), media_type="application/json")

    async def key(self, _request: Request) -> Response:
        """GET /ledger/key: the public key of receipts and checkpoints (C2SP signed-note)."""
        return Response(self._services.signer.verifier_key + "\n", media_type="text/plain; charset=utf-8")

    async def health(self, _request: Request) -> Response:
        """GET /healthz: 200 while exchanges can be recorded, else 503."""
        recording = await self._services.log.works()
        ready = {name: self._ready(name) for name in self._services.models.names}
        told = {"version": __version__, "models": ready}
        if not recording:
            return _json({"status": "records cannot be written", **told}, status=503)
        return _json({"status": "ok", **told, "ledger": self._services.ledger.size})

    async def metrics(self, request: Request) -> Response:
        """GET /metrics: for this machine without a key, for others with one."""
        if not nearness.direct(request.scope):
            self._services.door.visitor(request.headers.raw)
        told = observer.page(os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
        return Response(told, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def about(self, request: Request) -> Response:
        """GET /page.json: what the first page needs to know."""
        services = self._services
        shown = page.about(services, key=services.plan.key if await _near(request) else "")
        return _json(shown, {"cache-control": "no-store"})

    def _ready(self, name: str) -> bool:
        condition = self._services.conditions.of(name)
        resident = any(one.name == name for one in self._services.plan.residents)
        up = condition.ready if condition is not None else not resident
        return up and not self._services.models.failing(name)

    async def _body(self, request: Request, grows: Callable[[int], None] = lambda _: None) -> bytes:
        scope, receive = cast("Any", request.scope), cast("Any", request.receive)
        return await Client(scope, receive, self._services.plan.settings.limits).body(grows)

    async def _told(self, request: Request, fault: Exception) -> Response:
        told = fault if isinstance(fault, SekishoError) else defect(fault)
        answer = answers.error(told, self._services.door.speaks(request.headers.raw))
        response = Response(answer.body, answer.status)
        for name, value in answer.headers:
            response.headers[name.decode()] = value.decode()
        return response

    async def _http(self, request: Request, fault: Exception) -> Response:
        status = cast("HTTPException", fault).status_code
        told: RequestError = UnknownPath()
        if status == 405:
            told = WrongMethod(allowed=(cast("HTTPException", fault).headers or {}).get("Allow", ""))
        return await self._told(request, told)


async def _near(request: Request) -> bool:
    """Whether a browser of our user on this machine asks by this machine's name: only then our key is shown.

    The name is compared too, since a page elsewhere can make its own name point here (DNS rebinding).
    """
    named = (request.url.hostname or "").strip("[]") in LOOPBACK
    if not named or not nearness.direct(request.scope):
        return False
    return not await asyncio.to_thread(nearness.another_user, request.scope)


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "sekisho"}


def _json(value: object, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json", headers=headers)


async def _left(_request: Request, _fault: Exception) -> Response:
    """What a handler gives back where nobody is left to read it."""
    return Response()


async def _never(_request: Request) -> Response:
    """The path is served before Starlette sees it; it stands in the list so that other methods get a 405."""
    raise UnknownKey
