from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.making import END, START, Models, answer, body, caller, event, profile, read, said, words
from tests.pipeline.making import pipeline as made

from sekisho.core.exchange import Exchange
from sekisho.pipeline.answer import Answered
from sekisho.pipeline.label import Labels
from sekisho.policy import notices
from sekisho.provenance.marks import Marker, stripped

ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
URL = "https://desk.example/verify"
LABELS = Labels(Marker(b"k" * 32), URL)


def attached(body, finish="stop", mode="visible", content="はい", marks=(), labels=LABELS):
    exchange = Exchange(ID, 0, "key", "test", "ja", body, model="m")
    completion = answer(content, finish)
    answered = Answered(completion, [{"index": 0, "content": content}])
    labels.attach(answered, profile(label=mode, marks=marks), exchange)
    assert answered.texts[0]["content"] == completion["choices"][0]["message"]["content"]
    return answered.texts[0]["content"]


def test_the_label_names_the_model_behind_the_answer():
    assert attached({}) == "はい\n\n" + notices.label("m", "ja")
    assert attached({"response_format": {"type": "text"}}, "length") != "はい"


@pytest.mark.parametrize(
    "more",
    [
        {"body": {"response_format": {"type": "json_schema"}}},
        {"body": {}, "finish": "tool_calls"},
        {"body": {}, "mode": "header"},
        {"body": {}, "mode": "none"},
    ],
)
def test_what_a_program_reads_is_left_alone(more):
    marks = () if "mode" in more else ("line", "invisible")
    assert attached(marks=marks, **more) == "はい"


def test_an_empty_answer_is_not_labelled():
    assert attached({}, content="", marks=("line", "invisible")) == ""


def test_the_line_names_record_and_verifier():
    assert attached({}, mode="none", marks=("line",)) == "はい\n\n" + notices.line(ID, URL, "ja")
    assert ID in notices.line(ID, URL, "en")
    assert URL in notices.line(ID, URL, "en")


def test_the_invisible_mark_stays_with_the_words_before_the_label():
    sent = attached({}, marks=("line", "invisible"))
    (mark,) = LABELS.marker.found(sent)
    assert (mark.exchange, mark.ours, mark.unchanged, mark.start) == (ID, True, True, 2)
    assert stripped(sent) == f"はい\n\n{notices.label('m', 'ja')}\n\n{notices.line(ID, URL, 'ja')}"


def test_without_a_key_there_is_no_invisible_mark():
    assert attached({}, mode="header", marks=("invisible",), labels=Labels()) == "はい"


async def exchanged(pieces, *, streamed):
    who = caller(profile(label="visible", marks=("line", "invisible"), keep_content=True))
    text = "".join(pieces)
    models = Models(answer(text)) if not streamed else Models(batches=[START, *words(*pieces), END])
    running = replace(made(models), labels=LABELS)
    outcome = await running.run(body(stream=streamed), who)
    if streamed:
        sent = read([part async for part in outcome.events]).payloads
        return said(sent), outcome, running
    return orjson.loads(outcome.payload)["choices"][0]["message"]["content"], outcome, running


@given(st.lists(st.sampled_from(["はい。", "```", "\n", "x", "*", "https://a.jp", "。"]), min_size=1, max_size=6))
async def test_a_stream_is_marked_as_the_whole_answer_would_be(pieces):
    results = []
    for streamed in (False, True):
        text, outcome, _ = await exchanged(pieces, streamed=streamed)
        marks = LABELS.marker.found(text)
        assert [(one.exchange, one.unchanged) for one in marks] in ([], [(outcome.passage.exchange.id, True)])
        results.append((stripped(text).replace(outcome.passage.exchange.id, ID), len(marks)))
    assert results[0] == results[1]


@pytest.mark.parametrize("streamed", [False, True])
async def test_the_record_holds_what_was_sent_marks_included(streamed):
    text, _, running = await exchanged(["はい。"], streamed=streamed)
    kept = running.recorder.log.contents[0]["answer"]
    assert "".join(one.get("content", "") + one.get("label", "") for one in kept) == text
    assert LABELS.marker.found(text)


async def test_tool_calls_are_not_marked():
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    batches = [START, [event(tool_calls=[call])], [event(finish="tool_calls")]]
    running = made(Models(batches=batches))
    object.__setattr__(running, "labels", LABELS)
    outcome = await running.run(body(stream=True), caller(profile(marks=("invisible",))))
    sent = b"".join([part async for part in outcome.events])
    assert b'"arguments":"{}"' in sent
    assert not LABELS.marker.found(sent.decode())


@pytest.mark.parametrize("spell", [orjson.dumps, lambda value: __import__("json").dumps(value).encode()])
async def test_the_model_never_sees_a_mark(spell):
    sent = attached({}, mode="none", marks=("invisible",), content="❤️ 葛\U000e0100城です。")
    models = Models(answer("はい"))
    raw = spell({"model": "m", "messages": [{"role": "user", "content": sent}], "user": "a" + sent})
    await made(models).run(raw, caller())
    seen = models.asked[0][1]
    assert seen["messages"][0]["content"] == "❤️ 葛\U000e0100城です。"
    assert seen["user"] == "a❤️ 葛\U000e0100城です。"
