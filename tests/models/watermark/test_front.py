"""The marking server in front of the real small model; tests/cli/test_watermark.py has it in its child process."""

import http.client
import json
import socket
from contextlib import closing
from queue import SimpleQueue
from threading import Thread

import pytest
import xllamacpp
from tests.server.running import until

from sekisho.models.llama import Job, parameters
from sekisho.models.watermark.engine import LlamaEngine
from sekisho.models.watermark.front import Front, Serving, markable
from sekisho.models.watermark.scheme import Watermark
from sekisho.models.weights import assemble, catalogue

KEY = bytes(range(32))
QUESTION = {
    "messages": [{"role": "user", "content": "Write about the sea."}],
    "seed": 3,
    "temperature": 1.5,
    "top_p": 1.0,
    "min_p": 0.01,
}


class Model:
    """The small model in this process, and the front before it on a port of its own."""

    def __init__(self, directory):
        entry = catalogue()["small"]
        path = assemble(entry, directory, report=lambda share: None)
        self.key = "secret-of-the-front"
        job = Job(
            parent=0, model=entry.model, sha256="", port=0, key="engine", threads=1, context=256, watermark=KEY.hex()
        )
        self.name = entry.model
        self.server = xllamacpp.Server(parameters(xllamacpp, job, path))
        self.engine = LlamaEngine(self.server.listening_address.removeprefix("http://"), "engine")
        self.engine.learn_ends()
        self.slots = SimpleQueue()
        for slot in range(job.slots):
            self.slots.put(slot)
        self.front = Front(0, Serving(self.engine, Watermark(KEY), self.key, entry.model, 150, self.slots))
        self.thread = Thread(target=self.front.serve_forever)
        self.thread.start()
        self.address = f"127.0.0.1:{self.front.server_port}"

    def close(self):
        self.front.shutdown()
        self.thread.join()
        self.front.server_close()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    with closing(Model(tmp_path_factory.mktemp("weights"))) as made:
        yield made


def ask(model, path, body, key=None, method="POST"):
    with closing(http.client.HTTPConnection(model.address)) as connection:
        head = {"Authorization": f"Bearer {model.key if key is None else key}"}
        connection.request(method, path, json.dumps(body), head)
        response = connection.getresponse()
        return response.status, response.read()


def chat(model, **more):
    status, raw = ask(model, "/v1/chat/completions", {**QUESTION, **more})
    assert status == 200, raw
    return json.loads(raw)


def test_an_answer_bears_the_mark_through_text_and_comes_again_with_its_seed(model):
    answered = chat(model, max_tokens=36)
    [choice] = answered["choices"]
    said = choice["message"]["content"]
    assert (choice["finish_reason"], answered["object"]) == ("length", "chat.completion")
    assert answered["usage"]["completion_tokens"] == 36
    assert Watermark(KEY).evidence(model.engine.tokens(said)).found
    assert not Watermark(bytes(32)).evidence(model.engine.tokens(said)).found
    assert chat(model, max_tokens=36)["choices"][0]["message"]["content"] == said


def test_a_stream_says_what_the_whole_answer_says(model):
    whole = chat(model, max_tokens=12, stop=[" the"])
    asked = {**QUESTION, "max_tokens": 12, "stop": [" the"], "stream": True, "stream_options": {"include_usage": True}}
    _, raw = ask(model, "/v1/chat/completions", asked)
    events = [block.removeprefix(b"data: ") for block in raw.split(b"\n\n") if block]
    assert events.pop() == b"[DONE]"
    chunks = [json.loads(event) for event in events]
    assert chunks[-1]["usage"] == whole["usage"]
    deltas = [choice for chunk in chunks for choice in chunk["choices"]]
    assert "".join(one["delta"].get("content", "") for one in deltas) == whole["choices"][0]["message"]["content"]
    assert [one["finish_reason"] for one in deltas if one["finish_reason"]] == [whole["choices"][0]["finish_reason"]]


def test_several_choices_are_drawn_each_in_its_own_way(model):
    one, other = chat(model, max_tokens=8, n=2)["choices"]
    assert (one["index"], other["index"]) == (0, 1)
    assert one["message"]["content"] != other["message"]["content"]


def test_what_programs_read_is_left_to_the_engine(model):
    shape = {"type": "json_schema", "json_schema": {"schema": {"type": "object", "properties": {"a": {"const": 1}}}}}
    answered = chat(model, max_tokens=12, response_format=shape)
    assert answered["choices"][0]["message"]["content"].lstrip().startswith("{")
    probabilities = chat(model, max_tokens=1, logprobs=True, top_logprobs=2)["choices"][0]["logprobs"]
    assert len(probabilities["content"][0]["top_logprobs"]) == 2
    status, raw = ask(model, "/v1/completions", {"prompt": "One, two,", "max_tokens": 2, "temperature": 0})
    assert (status, bool(json.loads(raw)["choices"][0]["text"])) == (200, True)


@pytest.mark.parametrize(
    ("more", "can"),
    [
        ({}, True),
        ({"response_format": {"type": "text"}, "tools": []}, True),
        ({"tools": [{}]}, False),
        ({"response_format": {"type": "json_object"}}, False),
        ({"response_format": "odd"}, False),
        ({"grammar": "root ::= a"}, False),
        ({"logprobs": True}, False),
    ],
)
def test_only_prose_is_marked(more, can):
    assert markable({**QUESTION, **more}) is can


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"messages": [{"role": "odd"}]}, 400),
        ({**QUESTION, "temperature": "hot"}, 400),
        ({"messages": [{"role": "user", "content": "word " * 400}]}, 400),
        ({**QUESTION, "temperature": "hot", "stream": True}, 400),
        ([], 400),
    ],
)
def test_what_the_engine_refuses_is_refused_in_its_words(model, body, status):
    answered, raw = ask(model, "/v1/chat/completions", body)
    assert answered == status
    assert json.loads(raw)["error"]
    assert chat(model, max_tokens=1)["choices"]


def test_without_its_key_or_a_length_nobody_is_answered(model):
    assert ask(model, "/v1/chat/completions", QUESTION, key="")[0] == 401
    assert ask(model, "/tokenize", {"content": "a"}, key=model.key + "x")[0] == 401
    for length in (b"", b"Content-Length: 9999999999\r\n", b"Content-Length: -1\r\n"):
        with closing(socket.create_connection(model.address.split(":"))) as bare:
            bare.sendall(
                b"POST /tokenize HTTP/1.1\r\nAuthorization: Bearer %b\r\n%b\r\n" % (model.key.encode(), length)
            )
            assert bare.recv(100).startswith(b"HTTP/1.1 411 ")


def test_the_rest_of_the_engine_is_there(model):
    status, raw = ask(model, "/v1/models", None, method="GET")
    assert (status, model.name in raw.decode()) == (200, True)


def test_whoever_leaves_in_the_middle_gives_the_slot_back(model):
    body = json.dumps({**QUESTION, "stream": True, "max_tokens": 150})
    for _ in range(4):  # more than there are slots
        with closing(http.client.HTTPConnection(model.address)) as connection:
            connection.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {model.key}"})
            with connection.getresponse() as response:
                assert response.read(64)
    assert chat(model, max_tokens=1)["choices"]
    until(lambda: model.slots.qsize() == 2)


def test_what_goes_wrong_is_said_to_nobody(model, capfd):
    with closing(socket.create_connection(model.address.split(":"))) as rude:
        rude.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 9\r\n\r\nZan")
    chat(model, max_tokens=1, messages=[{"role": "user", "content": "Zanzibar"}])
    assert "Zan" not in "".join(capfd.readouterr())
