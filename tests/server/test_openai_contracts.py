"""Output contracts with the official `openai` client, against the real command and a model that answers wrong first."""

import json

import openai
import pytest
from pydantic import BaseModel
from tests.server.running import models, serving, upstream

PROFILES = {
    "orders": "answer: {again: 1}\nentry: {privacy: mask}\n"
    "exit: {privacy: mask, contract: refuse}\naction: {contract: refuse}\n",
    "noted": "exit: {privacy: mask, contract: annotate}\n",
    "laid-down": "answer:\n  schema: {type: object, required: [count], properties: {count: {type: integer}}}\n"
    "  again: 1\nexit: {contract: refuse}\n",
    "japanese": "answer: {language: ja, length: [null, 40], again: 2}\nexit: {contract: annotate}\n",
}


class Order(BaseModel):
    item: str
    count: int


RIGHT = '{"item": "りんご", "count": 3}'
WRONG = '{"item": "りんご", "count": "三つ"}'
ASK = [{"role": "user", "content": "りんごを三つ。電話は090-1234-5678です。"}]
FORM = {"type": "json_schema", "json_schema": {"name": "order", "schema": Order.model_json_schema()}}
TOOL = openai.pydantic_function_tool(Order, name="order")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("contracts")
    (home / "profiles").mkdir()
    for name, rules in PROFILES.items():
        text = f"profile: {name}\ntitle: {{ja: 試験, en: Test}}\n{rules}"
        (home / "profiles" / f"{name}.yaml").write_text(text, "utf-8")
    with upstream() as model:
        settings = models(model.url) | {"profiles": [str(home / "profiles")]}
        with serving(home, settings) as server:
            yield server, model


@pytest.fixture
def model(running):
    running[1].reset()
    return running[1].stub


@pytest.fixture
def client(running):
    def under(profile):
        return (
            running[0]
            .client()
            .with_options(default_headers={"Sekisho-Profile": profile, "Accept-Language": "en", "Sekisho-Explain": "1"})
        )

    return under


def saying(stub, *answers):
    left = list(answers)
    stub.says = lambda body: left.pop(0)


def test_a_parsed_answer_is_right_though_the_first_was_not(client, model):
    saying(model, WRONG, RIGHT)
    answer = client("orders").chat.completions.parse(model="m", messages=ASK, response_format=Order)
    assert answer.choices[0].message.parsed == Order(item="りんご", count=3)
    told = answer.model_extra["sekisho"]
    assert told["verdict"] == "mask"
    assert "asked again" in told["notice"]
    first, second = (one.body for one in model.received)
    assert first["messages"] == second["messages"][:1]
    assert second["messages"][1]["content"] == WRONG
    assert "090-1234-5678" not in json.dumps([first, second], ensure_ascii=False)


def test_a_fence_around_it_is_taken_away(client, model):
    saying(model, f"Here you are:\n```json\n{RIGHT}\n```")
    answer = client("noted").chat.completions.parse(model="m", messages=ASK, response_format=Order)
    assert answer.choices[0].message.parsed.count == 3
    assert len(model.received) == 1


def test_what_never_fits_is_refused_where_the_profile_says_so(client, model):
    saying(model, WRONG, WRONG)
    answer = client("orders").chat.completions.create(model="m", messages=ASK, response_format={"type": "json_object"})
    assert answer.choices[0].finish_reason == "stop"  # it is JSON
    saying(model, "no", "no")
    answer = client("orders").chat.completions.create(model="m", messages=ASK, response_format={"type": "json_object"})
    assert answer.choices[0].finish_reason == "content_filter"
    assert "wrong format" in answer.choices[0].message.content


def test_a_stream_that_waits_comes_as_a_stream(client, model):
    saying(model, WRONG, RIGHT)
    with client("orders").chat.completions.stream(
        model="m", messages=ASK, response_format=Order, stream_options={"include_usage": True}
    ) as stream:
        answer = stream.get_final_completion()
    assert answer.choices[0].message.parsed == Order(item="りんご", count=3)
    assert answer.usage.total_tokens == 24
    assert not model.received[0].body.get("stream")


def test_another_stream_runs_and_tells_at_its_end(client, model):
    saying(model, WRONG)
    chunks = list(
        client("noted").chat.completions.create(
            model="m", messages=ASK, stream=True, response_format=FORM
        )
    )  # fmt: skip
    assert "".join(one.choices[0].delta.content or "" for one in chunks if one.choices) == WRONG
    assert model.received[0].body["stream"] is True
    told = next(one.model_extra["sekisho"] for one in chunks if "sekisho" in one.model_extra)
    assert [one["category"] for one in told["findings"] if one["guard"] == "contract"] == ["contract.schema"]


@pytest.mark.parametrize("streamed", [False, True])
def test_calls_of_strict_tools_are_mended(client, model, streamed):
    def call(arguments):
        function = {"name": "order", "arguments": arguments}
        return {"content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]}

    saying(model, call(WRONG), call(RIGHT))
    chat = client("orders").chat.completions
    if streamed:
        with chat.stream(model="m", messages=ASK, tools=[TOOL]) as stream:
            answer = stream.get_final_completion()
    else:
        answer = chat.parse(model="m", messages=ASK, tools=[TOOL])
    assert answer.choices[0].message.tool_calls[0].function.parsed_arguments == Order(item="りんご", count=3)
    assert model.received[1].body["messages"][-1]["role"] == "tool"


def test_a_profiles_schema_reaches_the_model(client, model):
    saying(model, '{"count": 1}')
    client("laid-down").chat.completions.create(model="m", messages=ASK)
    assert model.received[0].body["response_format"]["json_schema"]["schema"]["required"] == ["count"]


def test_language_and_length(client, model):
    right = "りんごは夕方に届きます。またご注文ください。"
    saying(model, "The apples will be delivered to you in the evening.", "りんご" * 20, right)
    answer = client("japanese").chat.completions.create(model="m", messages=ASK)
    assert answer.choices[0].message.content == right
    assert [one.body["messages"][-1]["content"] for one in model.received][1:] == [
        "Your answer does not have the form agreed: it has 51 characters, and may have at most 40; "
        "it must be written in Japanese. Answer again from the beginning, without apology or comment.",
        "Your answer does not have the form agreed: it has 60 characters, and may have at most 40. "
        "Answer again from the beginning, without apology or comment.",
    ]


def test_a_broken_schema_is_told_in_the_callers_language(client, model):
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"$ref": "http://127.0.0.1:9/x"}}}
    with pytest.raises(openai.BadRequestError) as caught:
        client("noted").chat.completions.create(model="m", messages=ASK, response_format=form)
    assert caught.value.body["code"] == "invalid_field"
    assert caught.value.body["param"] == "response_format.json_schema.schema.$ref"
    assert "within this document" in caught.value.body["message"]
    with pytest.raises(openai.BadRequestError) as caught:
        client("noted").chat.completions.create(
            model="m", messages=ASK, response_format=form, extra_headers={"Accept-Language": "ja"}
        )
    assert "この文書の中の場所" in caught.value.body["message"]
    assert model.received == []
