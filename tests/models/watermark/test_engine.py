"""llama.cpp's answers as the engine reads them; the real one answers in test_front.py."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.models.watermark.engine import LlamaEngine, within_character
from sekisho.models.watermark.generation import Candidate, EngineRefused

WORDS = {"<|im_end|>": [2], "</s>": [9, 8, 7], "a b": [5, 6]}


class Site(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"tokens": WORDS.get(asked.get("content"), [1, 2])}
        if self.path == "/apply-template":
            told = {"prompt": "a b"}
        if self.path == "/detokenize":
            told = {"content": "あ"}
        if self.path == "/completion":
            self.server.asked.append(asked)
            told = self.server.step
        known = self.headers["Authorization"] == "Bearer k"
        raw = json.dumps(told if known else {"error": {}}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = HTTPServer(("127.0.0.1", 0), Site)
    made.asked, made.step = [], {}
    thread = Thread(target=lambda: made.serve_forever(0.01))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def engine(server, key="k"):
    return LlamaEngine(f"127.0.0.1:{server.server_port}", key)


def step(drawn, *found, stop="limit"):
    top = [{"id": token, "bytes": list(raw), "prob": chance} for token, raw, chance in found]
    return {"tokens": [drawn], "stop_type": stop, "completion_probabilities": [{"top_probs": top}] if top else []}


def test_names_that_are_one_token_end_an_answer_and_others_are_learnt(server):
    made = engine(server)
    made.learn_ends()
    assert made.ends == {2}
    server.step = step(77, (77, b"", 1.0), stop="eos")
    assert made.candidates([1], 0, {}) == [Candidate(77, b"", 1.0)]
    assert made.ends == {2, 77}


def test_a_chat_becomes_the_tokens_of_its_template(server):
    assert engine(server).prompt({"messages": []}) == [5, 6]


def test_one_step_is_asked_for_with_the_callers_sampling_and_its_slot(server):
    server.step = step(5, (5, b"a", 0.75), (6, b"", 0.25))
    found = engine(server).candidates([1, 2], 1, {"temperature": 0.5, "n_predict": 99})
    assert found == [Candidate(5, b"a", 0.75), Candidate(6, b"", 0.25)]
    [asked] = server.asked
    assert (asked["prompt"], asked["id_slot"], asked["n_predict"], asked["temperature"]) == ([1, 2], 1, 1, 0.5)
    engine(server).candidates([1, 2], 1, {}, afresh=True)
    assert [one["cache_prompt"] for one in server.asked] == [True, False]


def test_tokens_that_end_within_a_character_come_only_by_the_servers_own_draw(server):
    server.step = step(5, (5, b"a", 0.5), (6, "あ".encode()[:1], 0.5))
    assert engine(server).candidates([1], 0, {}) == [Candidate(5, b"a", 0.5)]
    server.step = step(6)
    assert engine(server).candidates([1], 0, {}) == [Candidate(6, None, 1.0)]
    assert engine(server).text([6, 7]) == "あ"


def test_a_refusal_keeps_its_status_and_words(server):
    with pytest.raises(EngineRefused) as caught:
        engine(server, key="another").candidates([1], 0, {})
    assert (caught.value.status, json.loads(caught.value.body)) == (401, {"error": {}})


@given(st.text(min_size=1, max_size=5), st.integers(0, 3))
def test_bytes_end_within_a_character_exactly_where_it_is_cut(text, cut):
    raw = text.encode()
    last = len(text[-1].encode())
    cut = min(cut, last)
    assert within_character(raw[: len(raw) - cut]) is (0 < cut < last)
