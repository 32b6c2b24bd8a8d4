"""What operators see: counts for Prometheus, a line of log for each exchange, and traces where they are wanted.

Nothing here holds a text, a key, or anything a caller wrote.
"""

import asyncio
from contextlib import suppress
from functools import cache
from time import time
from typing import Any, BinaryIO

import orjson
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from sekisho.core.errors import SekishoError
from sekisho.pipeline.identity import timestamp
from sekisho.pipeline.passage import Passage
from sekisho.server.traces import Tracer

FLUSH_S = 0.1
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

EXCHANGES = Counter("sekisho_exchanges", "Exchanges that ended, by outcome.", ["profile", "model", "verdict", "finish"])
SECONDS = Histogram("sekisho_exchange_seconds", "From the door to the last byte.", ["profile"], buckets=BUCKETS_S)
TOKENS = Counter("sekisho_tokens", "Tokens, as reported by the model or else estimated from the length.", ["model"])
FINDINGS = Counter("sekisho_findings", "Findings, by what followed.", ["category", "stage", "verdict"])
ERRORS = Counter("sekisho_errors", "Requests that were answered with an error.", ["code"])

_exchanges = cache(EXCHANGES.labels)
_seconds = cache(SECONDS.labels)
_tokens = cache(TOKENS.labels)
_findings = cache(FINDINGS.labels)
_errors = cache(ERRORS.labels)


class Lines:
    """Lines of log on their way to standard error: written together, every `FLUSH_S` seconds and at the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, line: bytes) -> None:
        """Takes a line."""
        self._waiting.append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self.flush)

    def flush(self) -> None:
        """Writes what waits. Lines that nobody takes are dropped: the record is the ledger."""
        self._timer = None
        lines, self._waiting = self._waiting, []
        with suppress(OSError):  # the log's disk is full, or its reader gone
            self._file.write(b"".join(lines))
            self._file.flush()


class Observer:
    """Told of everything that ends.

    Attributes:
        lines: where each exchange is logged, as one JSON object a line; None: nowhere.
    """

    def __init__(self, *, lines: Lines | None, tracer: Tracer | None = None) -> None:
        self._lines = lines
        self._tracer = tracer

    def exchange(self, passage: Passage, seconds: float, scope: dict[str, Any]) -> None:
        """An exchange ended, well or not."""
        exchange = passage.exchange
        _exchanges(exchange.profile, exchange.model, exchange.verdict.word, exchange.finish or "client_left").inc()
        _seconds(exchange.profile).observe(seconds)
        if passage.tokens:
            _tokens(exchange.model).inc(passage.tokens)
        for one in [one for one in exchange.judged if one.counts]:
            _findings(one.finding.category, one.stage.value, one.verdict.word).inc()
        if self._lines is not None:
            self._lines.add(_line(passage, seconds))
        if self._tracer is not None:
            self._tracer.exchange(passage, seconds, scope["headers"])

    def close(self) -> None:
        """Writes what waits."""
        if self._lines is not None:
            self._lines.flush()

    def left(self) -> None:
        """A client left before its answer was whole."""
        _errors("client_left").inc()

    def fault(self, fault: SekishoError) -> None:
        """A request was answered with an error; one that was admitted before has a record and gets a line."""
        _errors(fault.code).inc()
        if self._lines is not None and fault.exchange:
            line = {"time": _now(), "level": "warning", "event": "failed", "id": fault.exchange, "code": fault.code}
            self._lines.add(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def page(multiprocess_directory: str | None) -> bytes:
    """All counts in Prometheus' text format, over all workers where there are several."""
    if multiprocess_directory is None:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=multiprocess_directory)
    return generate_latest(registry)


def _now() -> str:
    return timestamp(int(time() * 1000))


def _line(passage: Passage, seconds: float) -> bytes:
    exchange = passage.exchange
    line = {
        "time": _now(),
        "level": "info",
        "event": "exchange",
        "id": exchange.id,
        "key": exchange.key,
        "profile": exchange.profile,
        "model": exchange.model,
        "stream": exchange.streamed,
        "verdict": exchange.verdict.word,
        "finish": exchange.finish or "client_left",
        "tokens": passage.tokens,
        "ms": round(seconds * 1000, 1),
        "categories": exchange.categories,
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
