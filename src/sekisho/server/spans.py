"""Spans by OpenTelemetry's own SDK. Imported only where traces are wanted."""

from collections.abc import Iterable
from time import time_ns

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sekisho.pipeline.passage import Passage
from sekisho.server.traces import attributes


class Spans:
    """Makes one span of each exchange; a thread of the SDK sends them in batches, and drops them when it cannot."""

    def __init__(self, version: str, exporter: SpanExporter | None = None) -> None:
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": "sekisho", "service.version": version})
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("sekisho", version)

    def exchange(self, passage: Passage, seconds: float, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Makes a span that ends now."""
        carrier = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in headers
            if name in (b"traceparent", b"tracestate")
        }
        end_ns = time_ns()
        span = self._tracer.start_span(
            f"chat {passage.exchange.model}",
            context=TraceContextTextMapPropagator().extract(carrier),
            kind=SpanKind.SERVER,
            attributes=attributes(passage),
            start_time=end_ns - int(seconds * 1e9),
        )
        span.end(end_ns)

    def close(self) -> None:
        """Sends what is left."""
        self._provider.shutdown()
