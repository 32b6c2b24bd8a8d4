"""Traces for OpenTelemetry, by its conventions for generative AI; only with the extra `otel`.

They are sent where the standard variables say (`OTEL_EXPORTER_OTLP_ENDPOINT` and its kin), and not at all without
them. Source: OpenTelemetry semantic conventions, gen_ai attributes.
"""

import importlib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from sekisho import __version__
from sekisho.core.errors import ConfigurationError
from sekisho.pipeline.passage import Passage

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Tracer(Protocol):
    """Told of every exchange that ended."""

    def exchange(self, passage: Passage, seconds: float, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Makes one span of it, below the caller's own where `traceparent` names one."""
        ...

    def close(self) -> None:
        """Sends what is left."""
        ...


def tracer_of(environ: Mapping[str, str]) -> Tracer | None:
    """A tracer where an endpoint is set, else None. Raises `ConfigurationError` when the extra is missing then."""
    if not any(environ.get(name) for name in ENDPOINTS):
        return None
    try:
        module = importlib.import_module("sekisho.server.spans")
    except ImportError as fault:
        what = "traces are wanted, but OpenTelemetry is not installed: pip install 'sekisho[otel]'"
        raise ConfigurationError(where=ENDPOINTS[0], what=what) from fault
    made: Tracer = module.Spans(__version__)
    return made


def attributes(passage: Passage) -> dict[str, Any]:
    """What a span says of an exchange; never a text."""
    exchange = passage.exchange
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": str(exchange.body.get("model") or "")[:100],
        "gen_ai.response.model": exchange.model,
        "gen_ai.response.id": exchange.id,
        "gen_ai.response.finish_reasons": [exchange.finish or "client_left"],
        "sekisho.profile": exchange.profile,
        "sekisho.verdict": exchange.verdict.word,
        "sekisho.categories": exchange.categories,
        "sekisho.tokens": passage.tokens,
    }
