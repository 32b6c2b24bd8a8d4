import pytest
from tests.pipeline.making import answer, profile

from sekisho.core.exchange import Exchange
from sekisho.pipeline import label
from sekisho.pipeline.answer import Answered
from sekisho.policy import notices


def attached(body, finish="stop", mode="visible", content="はい"):
    exchange = Exchange("ID", 0, "key", "test", "ja", body, model="m")
    completion = answer(content, finish)
    answered = Answered(completion, [{"index": 0, "content": content}])
    label.attach(answered, profile(label=mode), exchange)
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
    assert attached(**more) == "はい"


def test_an_empty_answer_is_not_labelled():
    assert attached({}, content="") == ""
