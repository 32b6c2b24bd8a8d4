"""Spans: one for each exchange, below the caller's own, and no longer than it lasted."""

import asyncio
from time import time_ns

import pytest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from tests.pipeline.making import PHONE, Models, answer, body, caller, pipeline

from sekisho.server.spans import Spans
from sekisho.server.traces import attributes

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
BELOW = (b"traceparent", f"00-{TRACE}-{PARENT}-01".encode())


@pytest.fixture(scope="module")
def passage():
    outcome = asyncio.run(pipeline(Models(answer())).run(body(f"電話 {PHONE}"), caller()))
    return outcome.passage


def span(passage, *headers, seconds=1.5):
    exporter = InMemorySpanExporter()
    spans = Spans("1.2.3", exporter)
    spans.exchange(passage, seconds, headers)
    spans.close()
    (made,) = exporter.get_finished_spans()
    return made


def test_a_span_says_what_is_said_of_an_exchange_and_who_says_it(passage):
    made = span(passage)
    assert (made.name, made.kind) == ("chat m", SpanKind.SERVER)
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in made.attributes.items()}
    assert told == attributes(passage)
    assert told["sekisho.categories"] == ["privacy.phone"]
    assert made.resource.attributes["service.name"] == "sekisho"
    assert made.resource.attributes["service.version"] == "1.2.3"


def test_it_ends_now_and_began_as_long_ago_as_the_exchange_took(passage):
    before = time_ns()
    made = span(passage, seconds=1.5)
    assert made.end_time - made.start_time == 1_500_000_000
    assert before <= made.end_time <= time_ns()


def test_it_stands_below_the_callers_span_with_the_callers_state(passage):
    made = span(passage, BELOW, (b"tracestate", b"vendor=7"))
    assert f"{made.context.trace_id:032x}" == TRACE
    assert f"{made.parent.span_id:016x}" == PARENT
    assert made.context.trace_state.get("vendor") == "7"


@pytest.mark.parametrize(
    "sent", [(), ((b"traceparent", b"\xff\x00"),), ((b"traceparent", b"00-0-0-01"),), ((b"x-traceparent", BELOW[1]),)]
)
def test_without_a_caller_that_can_be_read_it_begins_a_trace_of_its_own(passage, sent):
    made = span(passage, *sent)
    assert made.parent is None
    assert made.context.trace_id


def test_a_caller_that_is_not_sampled_gets_no_span(passage):
    exporter = InMemorySpanExporter()
    spans = Spans("1", exporter)
    spans.exchange(passage, 0.1, [(b"traceparent", f"00-{TRACE}-{PARENT}-00".encode())])
    spans.close()
    assert exporter.get_finished_spans() == ()


def test_what_waits_is_sent_at_the_end(passage):
    exporter = InMemorySpanExporter()
    spans = Spans("1", exporter)
    for _ in range(3):
        spans.exchange(passage, 0.1, ())
    spans.close()
    assert len(exporter.get_finished_spans()) == 3


def test_an_exporter_that_fails_disturbs_no_exchange(passage):
    class Failing(SpanExporter):
        asked = 0

        def export(self, spans):
            self.asked += 1
            return SpanExportResult.FAILURE

    exporter = Failing()
    spans = Spans("1", exporter)
    spans.exchange(passage, 0.1, ())
    spans.close()
    assert exporter.asked == 1
