"""The first page: its files, and what it is told about this server."""

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sekisho import __version__
from sekisho.core.errors import UnknownPath
from sekisho.core.language import Bilingual
from sekisho.policy.taxonomy import taxonomy
from sekisho.server.services import Services

FILES = Path(__file__).with_name("page")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
UP: Bilingual = {"ja": "", "en": ""}
STARTING: Bilingual = {"ja": "準備をしています。", "en": "Getting ready."}


def file_of(name: str) -> Callable[[Request], Awaitable[Response]]:
    """A handler that sends one file of the page."""

    async def send(_request: Request) -> Response:
        return _sent(name)

    return send


async def static(request: Request) -> Response:
    """GET /static/NAME. Raises `UnknownPath`."""
    return _sent(request.path_params["name"])


def about(services: Services, *, key: str) -> dict[str, Any]:
    """What `/page.json` says. `key` is empty where the demonstration key must not be shown."""
    settings = services.plan.settings
    return {
        "version": __version__,
        "key": key,
        "base_url": f"http://{_host(settings.listen.host)}:{settings.listen.port}/v1",
        "language": settings.language,
        "profiles": [
            {"name": name, "title": profile.title, "description": profile.description}
            for name, profile in ((name, services.profiles.get(name)) for name in services.profiles.names)
        ],
        "profile": settings.profile,
        "models": [_model(services, name) for name in services.models.names],
        "categories": {name: one.title for name, one in taxonomy().items()},
    }


def _model(services: Services, name: str) -> dict[str, Any]:
    condition = services.conditions.of(name)
    if condition is not None:
        return {"name": name, "ready": condition.ready, "note": condition.note}
    resident = any(one.name == name for one in services.plan.residents)
    return {"name": name, "ready": not resident, "note": STARTING if resident else UP}


def _host(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - shown, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _sent(name: str) -> Response:
    content = _files().get(name)
    if content is None:
        raise UnknownPath
    return Response(content, headers=HEADERS | {"Content-Type": TYPES[Path(name).suffix]})


@cache
def _files() -> dict[str, bytes]:
    """Only what stands in the folder can be asked for, so no path leads out of it."""
    return {file.name: file.read_bytes() for file in FILES.iterdir() if file.suffix in TYPES}
