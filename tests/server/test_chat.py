"""Models that misbehave: each kind ends as one clear error and one record, and nothing of it reaches the client."""

import asyncio
import json
import socket

import pytest
from tests.server.running import question, request
from tests.stub_upstream import OK_STREAM, SECRET, chunk, close, event, events, raw, stall, status, whole

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
PART = json.dumps({"choices": [{"index": 0, "delta": {"content": "はい"}, "finish_reason": None}]}).encode()


def flood(head, part):
    """A hundred million bytes without a line feed."""

    async def plan(conversation):
        await conversation.send(head)
        await asyncio.sleep(0.1)
        for _ in range(100):
            await conversation.send(part)

    return plan


def later(part, bare=b""):
    """A good event, and a moment later this part."""
    return raw(OK_STREAM + chunk(event(PART)), (chunk(part) if part else b"") + bare, pause_s=0.1)


def asked(server, name, *, streamed):
    (answer,) = server.talk(
        request(question("電話は090-1234-5678です", model=name, stream=streamed), "Accept-Language: en")
    )
    return answer


WHOLE = {
    "stalls after the header": (raw(HEAD, then="stall"), 504, "upstream_timeout"),
    "says nothing": (stall(), 504, "upstream_timeout"),
    "closes without a byte": (close(), 502, "upstream_broken"),
    "closes early": (raw(HEAD + b"{"), 502, "upstream_broken"),
    "declares too much": (raw(whole(b"{}", length=500)), 502, "upstream_broken"),
    "declares too little": (raw(whole(b'{"choices": []}', length=5)), 502, "upstream_broken"),
    "sends garbage": (raw(whole(b"<html>Traceback</html>"), then="keep"), 502, "upstream_broken"),
    "sends JSON that is no answer": (raw(whole(b'{"choices": 7}'), then="keep"), 502, "upstream_broken"),
    "sends invalid UTF-8": (raw(whole(b'{"choices": "\xff\xfe"}'), then="keep"), 502, "upstream_broken"),
    "sends no HTTP": (raw(b"220 mail ready\r\n"), 502, "upstream_broken"),
    "fails": (status(500), 502, "upstream_refused"),
    "is busy": (status(429, retry_after=3), 429, "upstream_refused"),
    "sends 100 MB": (flood(HEAD.replace(b"500", b"100000000"), b"x" * 1_000_000), 502, "upstream_broken"),
}
HANGING = ("stalls after the header", "says nothing", "stalls after the header of a stream", "stalls in mid-stream")
BEFORE = {
    "stalls after the header of a stream": (raw(OK_STREAM, then="stall"), 504, "upstream_timeout"),
    "ends after the header of a stream": (raw(OK_STREAM), 502, "upstream_broken"),
    "begins a stream with garbage": (events(b"<html>"), 502, "upstream_broken"),
    "begins a stream with an error": (events(b'{"error": {"message": "Traceback"}}'), 502, "upstream_broken"),
    "sends 100 MB in one line": (flood(OK_STREAM + chunk(b"data: "), chunk(b"x" * 1_000_000)), 502, "upstream_broken"),
} | {one: WHOLE[one] for one in ("says nothing", "closes without a byte", "fails", "is busy", "sends no HTTP")}
STREAMED = {
    "stalls in mid-stream": (events(PART, done=False, then="stall"), "upstream_timeout"),
    "sends half an event": (raw(OK_STREAM + chunk(event(PART)) + chunk(b'data: {"choi')), "upstream_broken"),
    "closes early": (events(PART, done=False, then="close"), "upstream_broken"),
    "sends invalid UTF-8": (later(event(b'{"choices": "\xff\xfe"}')), "upstream_broken"),
    "sends garbage": (events(PART, b"<html>"), "upstream_broken"),
    "sends JSON that is no event": (events(PART, b'{"choices": 7}'), "upstream_broken"),
    "sends broken chunks": (later(b"", b"zz\r\n"), "upstream_broken"),
    "ends without a reason": (events(PART), "upstream_broken"),
    "sends 100 MB in one line": (
        flood(OK_STREAM + chunk(event(PART) + b"data: "), chunk(b"x" * 1_000_000)),
        "upstream_broken",
    ),
}


@pytest.mark.parametrize("fault", WHOLE)
def test_a_model_that_misbehaves_ends_as_one_error_with_a_record(server, model, name, fault):
    plan, code, word = WHOLE[fault]
    before = len(server.records())
    model.stub.plan = plan
    answer = asked(server, "whole-in-time" if fault in HANGING else name, streamed=False)
    assert (answer.status, answer.error["code"]) == (code, word)
    assert answer.error["hint"]
    assert "Traceback" not in answer.body.decode()
    (record,) = server.records()[before:]
    assert record["finish"] == word
    assert record["id"] == answer.headers["sekisho-exchange"]


@pytest.mark.parametrize("fault", STREAMED)
def test_a_stream_that_goes_wrong_ends_with_an_error_event_and_a_record(server, model, name, fault):
    plan, word = STREAMED[fault]
    before = len(server.records())
    model.stub.plan = plan
    answer = asked(server, "on-in-time" if fault in HANGING else name, streamed=True)
    assert answer.status == 200
    *_, last = (part for part in answer.body.decode().split("\n\n") if part)
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == word
    assert "[DONE]" not in answer.body.decode()
    (record,) = server.records()[before:]
    assert record["finish"] == word


@pytest.mark.parametrize("fault", BEFORE)
def test_what_fails_before_the_first_event_of_a_stream_is_a_plain_error(server, model, name, fault):
    plan, code, word = BEFORE[fault]
    before = len(server.records())
    model.stub.plan = plan
    answer = asked(server, "begun-in-time" if fault in HANGING else name, streamed=True)
    assert (answer.status, answer.error["code"]) == (code, word)
    assert "Traceback" not in answer.body.decode()
    (record,) = server.records()[before:]
    assert record["finish"] == word


@pytest.mark.parametrize("streamed", [False, True])
def test_a_redirect_is_never_followed(server, model, name, streamed):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        place = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        model.stub.plan = status(307, headers=f"Location: {place}\r\n")
        answer = asked(server, name, streamed=streamed)
        elsewhere.settimeout(0.05)
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert (answer.status, answer.error["code"]) == (502, "upstream_refused")
    assert place not in answer.body.decode()


def test_a_flood_does_not_stay_in_memory(server, model, name):
    asked(server, name, streamed=False)
    before = server.memory_kb()
    model.stub.plan = flood(OK_STREAM + chunk(b"data: "), chunk(b"x" * 1_000_000))
    asked(server, name, streamed=True)
    assert server.memory_kb() - before < 20_000


def test_what_the_model_says_of_its_insides_is_not_passed_on(server, model, name):
    model.stub.plan = status(400)
    answer = asked(server, name, streamed=False)
    assert SECRET not in answer.body.decode()


def test_every_exchange_has_its_own_record_and_the_next_one_is_served(server, model, name):
    before = len(server.records())
    model.stub.then(close())
    asked(server, name, streamed=False)
    answer = asked(server, name, streamed=False)
    assert answer.status == 200
    assert [record["finish"] for record in server.records()[before:]] == ["upstream_broken", "stop"]
