"""Clients that misbehave: each is answered or cut off, holds nothing for long, and disturbs nobody."""

import json
import socket

import pytest
from tests.server.running import question, read, request, until
from tests.stub_upstream import OK_STREAM, chunk, event, slow, stall

HUGE = question("あ" * 300_000)


@pytest.fixture(autouse=True)
def _still_serving(server, model):
    yield
    model.reset()
    assert server.talk(request(question()))[0].status == 200


async def endless(conversation):
    """A stream that only ends with its reader."""
    await conversation.send(OK_STREAM)
    choice = {"index": 0, "delta": {"content": "あ" * 5000}, "finish_reason": None}
    part = chunk(event(json.dumps({"choices": [choice]}, ensure_ascii=False).encode()))
    while True:
        await conversation.send(part)


@pytest.mark.parametrize("streamed", [True, False])
def test_a_client_that_reads_a_byte_now_and_then_counts_as_gone(server, model, name, streamed):
    counted = 'sekisho_errors_total{code="client_left"}'
    before, left = len(server.records()), server.metric(counted)
    if streamed:
        model.stub.plan = endless
    else:
        model.stub.says = lambda _body: "あ" * 4_000_000
    with server.connect(buffer=4096) as connection:
        connection.sendall(request(question(model=name, stream=streamed)))
        until(lambda: connection.recv(1) and server.metric(counted) > left)
        with pytest.raises(ConnectionResetError):
            connection.makefile("rb").read()
    finish = server.record(before)["finish"]
    assert finish == ("client_left" if streamed else "stop")
    assert not streamed or until(model.stub.left.is_set)


def test_a_client_that_leaves_before_its_request_is_whole_leaves_no_record(server, name):
    before, left = len(server.records()), server.metric('sekisho_errors_total{code="client_left"}')
    with server.connect() as connection:
        connection.sendall(request(question(model=name), "Content-Length: 900"))
    until(lambda: server.metric('sekisho_errors_total{code="client_left"}') == left + 1)
    assert len(server.records()) == before


def test_a_client_that_leaves_in_mid_stream_stops_the_model_and_is_recorded(server, model, name):
    before = len(server.records())
    model.stub.plan = slow(0.05)
    with server.connect() as connection:
        connection.sendall(request(question("長い話をしてください" * 50, model=name, stream=True)))
        assert b"200 OK" in connection.recv(500)
    assert until(model.stub.left.is_set)
    assert server.record(before)["finish"] == "client_left"


def test_a_client_that_leaves_while_it_waits_stops_the_model_and_is_recorded(server, model, name):
    before = len(server.records())
    model.stub.plan = stall()
    with server.connect() as connection:
        connection.sendall(request(question(model=name)))
        until(lambda: model.stub.received)
    assert until(model.stub.left.is_set)
    assert server.record(before)["finish"] == "client_left"


@pytest.mark.parametrize("header", [f"Content-Length: {len(HUGE)}", "Transfer-Encoding: chunked"])
def test_a_body_that_is_too_large_is_refused_and_the_answer_arrives(server, model, name, header):
    body = HUGE if "Length" in header else chunk(HUGE) + b"0\r\n\r\n"
    (answer,) = server.talk(request(body, header))
    assert (answer.status, answer.error["code"]) == (413, "body_too_large")
    assert answer.headers["connection"] == "close"
    assert model.stub.received == []


def test_a_body_that_is_too_large_is_refused_before_it_is_sent_where_the_client_asks_first(server):
    (answer,) = server.talk(request(b"", f"Content-Length: {len(HUGE)}", "Expect: 100-continue"))
    assert answer.status == 413


def test_a_client_that_asks_first_is_told_to_go_on(server, name):
    body = question(model=name)
    with server.connect() as connection:
        connection.sendall(request(b"", f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert read(connection)[0].status == 200


@pytest.mark.parametrize("headers", [["Content-Length: 900"], ["Transfer-Encoding: chunked"]])
def test_a_body_that_does_not_come_in_time_is_refused(server, headers):
    (answer,) = server.talk(request(b"", *headers))
    assert (answer.status, answer.error["code"]) == (408, "slow_request")
    assert answer.headers["connection"] == "close"


def test_a_body_that_comes_in_drops_has_no_more_time_than_another(server):
    with server.connect() as connection:
        connection.sendall(request(b"", "Content-Length: 900"))
        connection.settimeout(0.1)
        answer = b""
        while not answer:
            connection.sendall(b" ")
            try:
                answer = connection.recv(500)
            except TimeoutError:
                continue
    assert b"408" in answer


def test_a_client_that_closes_its_half_gets_an_answer_or_an_end(server, name):
    with server.connect() as connection:
        connection.sendall(request(question(model=name)))
        connection.shutdown(socket.SHUT_WR)
        assert all(answer.status == 200 for answer in read(connection))
