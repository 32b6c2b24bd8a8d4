"""Requests that are no proper HTTP, and headers without end."""

import socket
import threading
from contextlib import contextmanager

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.running import KEY, SECONDS, question, read, request, until

from sekisho.server import protocol
from sekisho.server.client import DIRECT
from sekisho.server.protocol import HEAD_BYTES, HEAD_LINES, Protocol


async def large(scope, receive, send):
    """Answers with the path, or with more than any buffer holds."""
    if scope["path"] == "/abort":
        scope["extensions"][DIRECT].reset()
        while (await receive())["type"] != "http.disconnect":
            continue
        return
    if scope["path"] == "/fields":
        while (await receive()).get("more_body"):
            continue
        names = b",".join(name for name, _ in scope["headers"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(names))]})
        await send({"type": "http.response.body", "body": names})
        return
    body = b"x" * (64 << 20 if scope["path"] == "/large" else 2)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def listening(rest_s=5):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            large,
            http=Protocol,
            lifespan="off",
            ws="none",
            log_config=None,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=rest_s,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname(), server
        finally:
            server.should_exit = True
            thread.join(SECONDS)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_S", 0.1)
    monkeypatch.setattr(protocol, "STALL_S", 0.3)
    with listening() as (address, server):
        yield address, server


@pytest.fixture(scope="module")
def address():
    with listening() as (address, _):
        yield address


def ended(connection):
    """Whether the server closed or reset without a byte."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def answers(address, *parts):
    with socket.create_connection(address, SECONDS) as connection:
        for part in parts:
            connection.sendall(part)
        return read(connection, sum(part.count(b" HTTP/1.1\r\n") for part in parts))


@pytest.mark.parametrize("part", [b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: he"])
def test_a_header_that_does_not_come_in_time_ends_the_connection(impatient, part):
    with socket.create_connection(impatient[0], SECONDS) as connection:
        connection.sendall(part)
        assert ended(connection)


def test_a_connection_at_rest_between_two_requests_may_stay(impatient):
    with socket.create_connection(impatient[0], SECONDS) as connection:
        for _ in range(3):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            assert read(connection)[0].status == 200
            connection.settimeout(0.25)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(SECONDS)


def test_a_connection_at_rest_for_too_long_is_closed(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_S", 0.05)
    with listening(rest_s=0) as (address, _), socket.create_connection(address, SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert read(connection)[0].status == 200
        assert ended(connection)


def test_a_connection_at_rest_is_closed_after_a_slow_client_has_read_its_answer(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_S", 0.05)
    with listening(rest_s=0) as (address, server), socket.create_connection(address, SECONDS) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
        until(lambda: server.server_state.total_requests)
        [kept] = server.server_state.connections
        until(kept.transport.is_closing)
        [answer] = read(connection)
        assert len(answer.body) == 64 << 20
        assert ended(connection)


def test_a_client_that_takes_nothing_is_cut_off_even_after_its_answer_was_given_away(impatient):
    address, server = impatient
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(address)
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        until(lambda: server.server_state.total_requests)
        until(lambda: not server.server_state.connections)


@pytest.mark.parametrize(
    "lines",
    [
        ["X: " + "a" * HEAD_BYTES],
        [f"X{number}: a" for number in range(HEAD_LINES + 1)],
        ["X" * HEAD_BYTES + ": a"],
    ],
)
def test_too_much_header_is_a_bad_request_and_ends_the_connection(address, lines):
    (answer,) = answers(address, request(b"", *lines))
    assert answer.status == 400
    assert answer.headers["connection"] == "close"


def test_a_long_path_counts_too(address):
    assert answers(address, request(b"", path="/" + "a" * HEAD_BYTES))[0].status == 400


def test_a_header_within_the_bounds_is_read(address):
    assert (
        answers(address, request(b"", *[f"X{number}: {'a' * 600}" for number in range(HEAD_LINES - 4)]))[0].status
        == 200
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_not_http_gets_a_400_or_an_end(address, raw):
    with socket.create_connection(address, SECONDS) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        found = read(connection, 3)
    assert {answer.status for answer in found} <= {200, 400}
    assert not found or found[-1].status == 400 or found[-1].status == 200


CHUNKED = b"POST /fields HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"


def test_a_trailer_adds_nothing_to_the_header(address):
    raw = CHUNKED + b"0\r\nAuthorization: Bearer stolen\r\nX-A: " + b"a" * 1000 + b"\r\n\r\n"
    (answer,) = answers(address, raw)
    assert answer.body == b"host,transfer-encoding"


@pytest.mark.parametrize("path", [b"/fields", b"/"])
@pytest.mark.parametrize(
    ("begun", "piece"), [(b"0\r\nX-A: ", b"a" * 4096), (b"0\r\n", b"X-A: b\r\n" * 512), (b"5;", b"a" * 4096)]
)
def test_a_trailer_without_an_end_ends_the_connection(address, path, begun, piece):
    with socket.create_connection(address, SECONDS) as connection:
        connection.sendall(CHUNKED.replace(b"/fields", path) + begun)
        assert cut_off(connection, piece)


def cut_off(connection, piece):
    """Whether the server ends it within 40 MB."""
    try:
        for _ in range(10_000):
            connection.sendall(piece)
    except (ConnectionResetError, BrokenPipeError):
        return True
    return False


def test_a_handler_can_reset_the_connection(address):
    with socket.create_connection(address, SECONDS) as connection:
        connection.sendall(b"GET /abort HTTP/1.1\r\nHost: here\r\n\r\n")
        assert ended(connection)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_whatever_keep_the_next_client_from_its_answer(address, raw):
    with socket.create_connection(address, SECONDS) as connection:
        connection.sendall(raw)
    assert answers(address, request(b""))[0].status == 200


def test_broken_chunks_of_a_question_end_the_connection_without_a_record(server, model):
    before = len(server.records())
    (answer, *_) = server.talk(request(b"5\r\nhello\r\nzz\r\n", "Transfer-Encoding: chunked"))
    assert answer.status == 400
    assert model.stub.received == []
    assert len(server.records()) == before


def test_questions_sent_one_after_another_are_answered_in_order(server, name):
    pair = [request(question(text, model=name)) for text in ("一つ目", "二つ目")]
    first, second = server.talk(b"".join(pair))
    assert "一つ目" in first.body.decode()
    assert "二つ目" in second.body.decode()


def test_a_body_longer_than_declared_is_no_second_request(server, name):
    body = question(model=name)
    found = server.talk(request(body + b"GARBAGE\r\n\r\n", f"Content-Length: {len(body)}"))
    assert found[-1].status == 400


def test_a_key_with_odd_bytes_is_just_unknown(server):
    (answer,) = server.talk(request(b"", key="\xff\xfe é"))
    assert (answer.status, answer.error["code"]) == (401, "unknown_key")
    assert KEY not in answer.body.decode()
