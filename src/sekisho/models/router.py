"""Router: asks models in order of preference until one answers."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import orjson

from sekisho.core.errors import ConfigurationError, UnknownModel, UpstreamError, UpstreamRefused
from sekisho.core.settings import Model
from sekisho.models.backoff import Backoff
from sekisho.models.stream import Stream
from sekisho.models.upstream import Reply, Upstream

_log = logging.getLogger(__name__)
_CALLER_CAN_MEND = frozenset((400, 413, 422))  # another model would be asked the same wrong thing

Answer = TypeVar("Answer", Reply, Stream)
May = Callable[[str], bool]  # whether a model may be asked now
Ask = Callable[[Upstream, bytes, float], Awaitable[Answer]]


def _any(_name: str) -> bool:
    return True


class Models:
    """All models of this server, each behind its own pool, places, time-outs and circuit breaker.

    A model is asked again (`Model.retries` times, see `Backoff`) and then passed over for the next in order only
    while nothing of an answer was handed on. When none answers, the error of the first one is raised: it is the one
    that was wanted. Redirects are never followed.

    Attributes:
        names: names of the models that answer people, in the order of the settings.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        *,
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
        urls: Callable[[str], str | None] | None = None,
        backoff: Backoff | None = None,
        reserved: Collection[str] = (),
    ) -> None:
        """Opens no connection yet.

        `reserved` names models that are asked by name only, because they answer nobody: they judge texts.

        `clock` times the circuit breakers, in seconds. `urls` is asked, at each request, for the base URL of a model
        whose settings have none; None or empty means that it is not up, which callers see as busy. Answers
        under way are not disturbed by a change. Raises `ConfigurationError` for a URL or an
        API key that cannot be used.
        """
        self.names = tuple(name for name in models if name not in reserved)
        self._urls = urls
        self._backoff = backoff or Backoff()
        self._upstreams = {
            name: Upstream(name, model, _key(name, model, environ), clock) for name, model in models.items()
        }

    def failing(self, name: str) -> bool:
        """Whether the model's circuit breaker is open: it failed again and again, and has not answered since."""
        return name in self._upstreams and self._upstreams[name].breaker.open

    def complete(self, order: Sequence[str], body: dict[str, Any], may: May = _any) -> Awaitable[Reply]:
        """The whole answer of the first model in `order` (then their fallbacks) that gives one.

        `body` is sent as it is, but for `model`. The payload is checked as HTTP (status 200, length, not encoded,
        at most 64 MB), not as JSON. `may` says at each turn whether a model may be asked; one that may
        not is passed over. Raises `UpstreamError`, or `UnknownModel` where there is none to ask.
        """
        return self._first(order, body, Upstream.complete, may)

    def complete_prompt(self, order: Sequence[str], body: dict[str, Any], may: May = _any) -> Awaitable[Reply]:
        """As `complete`, for a `body` with a raw prompt (`/completions`)."""
        return self._first(order, body, Upstream.complete_prompt, may)

    async def media(self, name: str, path: str, body: dict[str, Any]) -> Reply:
        """As `complete`, of one model, for a file: `path` is where its server makes such."""

        def ask(upstream: Upstream, payload: bytes, total_due: float) -> Awaitable[Reply]:
            return upstream.media(path, payload, total_due)

        upstream = self._upstreams.get(name)
        if upstream is None:
            raise UnknownModel(model=name[:100])
        return await self._patiently(upstream, body, ask)

    def stream(self, order: Sequence[str], body: dict[str, Any], may: May = _any) -> Awaitable[Stream]:
        """As `complete`, for a `body` that asks for a stream. Returns when its first event has come."""
        return self._first(order, body, Upstream.stream, may)

    async def close(self) -> None:
        """Closes all connections; answers under way end as cut short. Returns when everything is closed."""
        for upstream in self._upstreams.values():
            await upstream.close()

    async def _first(self, order: Sequence[str], body: dict[str, Any], ask: Ask[Answer], may: May) -> Answer:
        first: UpstreamError | None = None
        for upstream in self._candidates(order):
            if not may(upstream.name):
                continue
            try:
                return await self._patiently(upstream, body, ask)
            except UpstreamError as fault:
                if isinstance(fault, UpstreamRefused) and fault.status_code in _CALLER_CAN_MEND:
                    raise
                first = first or fault
        if first is None:
            raise UnknownModel(model=order[0][:100] if order else "")
        raise first

    def _candidates(self, order: Sequence[str]) -> Iterator[Upstream]:
        """The models of `order`, then their fallbacks and those of the fallbacks, each once."""
        waiting = list(order)
        seen: set[str] = set()
        for name in waiting:  # grows while it is read
            upstream = self._upstreams.get(name)
            if upstream is not None and name not in seen:
                seen.add(name)
                yield upstream
                waiting += upstream.model.fallback

    async def _patiently(self, upstream: Upstream, body: dict[str, Any], ask: Ask[Answer]) -> Answer:
        """Asks one model, and again where that may help and its total time allows."""
        if self._urls is not None and not upstream.model.url:
            upstream.move(self._urls(upstream.name) or "")
        payload = orjson.dumps({**body, "model": upstream.served})
        loop = asyncio.get_running_loop()
        total_due = loop.time() + upstream.model.timeouts.total
        tries = 0
        while True:
            tries += 1
            try:
                return await ask(upstream, payload, total_due)
            except UpstreamError as fault:
                _log.warning("model %s, try %d: %s", upstream.name, tries, _kind(fault))
                wait_s = self._backoff.wait_s(fault, tries)
                if wait_s is None or tries > upstream.model.retries or loop.time() + wait_s >= total_due:
                    raise
            await self._backoff.sleep(wait_s)


def _kind(fault: UpstreamError) -> str:
    """Code and details of our own making; nothing an upstream wrote."""
    details = [f"{name}={value}" for name, value in fault.details.items() if name != "model"]
    return " ".join([fault.code, *details])


def _key(name: str, model: Model, environ: Mapping[str, str]) -> str:
    if not model.key_env:
        return ""
    key = environ.get(model.key_env, "").strip()
    if not key:
        _log.warning("model %s: the environment variable %s is not set; asking without a key", name, model.key_env)
    if not key.isascii() or not key.isprintable():
        raise ConfigurationError(
            where=f"environment variable {model.key_env}", what="an API key holds only printable ASCII"
        )
    return key
