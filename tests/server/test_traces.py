"""Traces: off without an endpoint, one span for each exchange with one, and never a text."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.server.running import models, question, request, serving

from sekisho.server.traces import tracer_of

MARK = "ZYXMARKEDSECRET"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(BaseHTTPRequestHandler):
    """Receives OTLP over HTTP."""

    got: list[bytes]

    def do_POST(self):
        self.got.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


@pytest.fixture
def collector():
    handler = type("Handler", (Collector,), {"got": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler.got
        server.shutdown()
        thread.join()


def test_without_an_endpoint_there_is_no_tracer():
    assert tracer_of({}) is None
    assert tracer_of({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}) is None


def test_a_running_server_sends_a_span_below_its_callers(tmp_path, model, collector):
    url, got = collector
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": url}
    with serving(tmp_path, models(model.url), environ=environ) as server:
        ask = question(f"{MARK} 電話は090-1234-5678です", model="m")
        (answer,) = server.talk(request(ask, f"traceparent: 00-{TRACE}-{PARENT}-01"))
        assert answer.status == 200
    spans = [
        span
        for body in got
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    (span,) = spans
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    told = {one.key: one.value for one in span.attributes}
    assert told["gen_ai.response.model"].string_value == "m"
    assert told["gen_ai.response.id"].string_value == answer.headers["sekisho-exchange"]
    assert told["sekisho.verdict"].string_value == "mask"
    assert [one.string_value for one in told["sekisho.categories"].array_value.values] == ["privacy.phone"]
    assert span.end_time_unix_nano > span.start_time_unix_nano
    assert all(MARK.encode() not in body and b"090-1234" not in body for body in got)


def test_a_collector_that_is_away_disturbs_nobody(tmp_path, model):
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with serving(tmp_path, models(model.url), environ=environ) as server:
        assert server.talk(request(question()))[0].status == 200
