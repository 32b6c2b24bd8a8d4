"""The official `openai` client, unchanged, against the real command."""

import json

import openai
import pytest
from click.testing import CliRunner
from tests.server.running import KEY, question, request
from tests.stub_upstream import close, events, status

from sekisho.cli.main import sekisho

PHONE, NAME = "090-1234-5678", "山田太郎"
QUESTION = f"{NAME}です。電話は{PHONE}です。"
ASK = [{"role": "user", "content": QUESTION}]
TOOLS = [{"type": "function", "function": {"name": "mail", "parameters": {"type": "object"}}}]


@pytest.fixture
def client(server):
    with server.client() as client:
        yield client


@pytest.fixture
def key(server):
    def make(*options):
        result = CliRunner().invoke(sekisho, ["key", "create", options[0], *options[1:], "--home", str(server.home)])
        return result.stdout.strip()

    return make


def calling(arguments):
    function = {"name": "mail", "arguments": arguments}
    return {"content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]}


def echo(body):
    return body["messages"][-1]["content"]


def test_an_answer_comes_whole_with_what_was_masked_put_back(client, model, name):
    answer = client.chat.completions.create(model=name, messages=ASK)
    assert answer.choices[0].message.content == QUESTION
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == 12
    assert answer.model == name
    told = answer.model_extra["sekisho"]
    assert told["verdict"] == "mask"
    assert told["notice"]
    assert PHONE not in model.asked
    assert NAME not in model.asked


def test_a_stream_says_the_same_in_parts_and_ends_with_its_papers(client, model, name):
    chunks = list(client.chat.completions.create(model=name, messages=ASK, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == QUESTION
    finishes = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
    assert [one for one in finishes if one] == ["stop"]
    last = (
        chunks[-1].model_extra["sekisho"] if "sekisho" in chunks[-1].model_extra else chunks[-2].model_extra["sekisho"]
    )
    assert last["verdict"] == "mask"
    assert last["receipt"]
    assert PHONE not in model.asked
    assert NAME not in model.asked


def test_usage_comes_with_a_stream_that_wants_it(client, name):
    asked = {"model": name, "messages": ASK, "stream": True, "stream_options": {"include_usage": True}}
    usages = [chunk.usage for chunk in client.chat.completions.create(**asked) if chunk.usage]
    assert [usage.total_tokens for usage in usages] == [12]


def test_the_arguments_of_a_tool_get_the_true_values_back(client, model, name):
    model.stub.says = lambda body: calling(json.dumps({"to": echo(body)}))
    answer = client.chat.completions.create(model=name, messages=ASK, tools=TOOLS)
    call = answer.choices[0].message.tool_calls[0]
    assert json.loads(call.function.arguments) == {"to": QUESTION}
    assert answer.choices[0].finish_reason == "tool_calls"
    assert PHONE not in model.asked


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_also_when_the_arguments_come_in_pieces(client, model, name, size):
    def chunk(delta, finish=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return json.dumps(
            {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        ).encode()

    async def plan(conversation):
        arguments = json.dumps({"to": echo(conversation.request.body)})
        first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "mail", "arguments": ""}}
        pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
        deltas = [{"role": "assistant", "content": None, "tool_calls": [first]}]
        deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces]
        await events(*map(chunk, deltas), chunk({}, "tool_calls"))(conversation)

    model.stub.then(plan)
    said, names, finishes = "", [], []
    for one in client.chat.completions.create(model=name, messages=ASK, tools=TOOLS, stream=True):
        for choice in one.choices:
            finishes.append(choice.finish_reason)
            for call in choice.delta.tool_calls or []:
                said += call.function.arguments or ""
                names += [call.function.name] if call.function.name else []
    assert json.loads(said) == {"to": QUESTION}
    assert names == ["mail"]
    assert [one for one in finishes if one] == ["tool_calls"]
    assert PHONE not in model.asked


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("form", ["tool_calls", "function_call"])
def test_a_secret_in_the_name_of_a_tool_does_not_come_out(server, model, name, streamed, form):
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    function = {"name": key, "arguments": "{}"}
    call = [{"index": 0, "id": "c1", "type": "function", "function": function}] if form == "tool_calls" else function

    async def plan(conversation):
        named = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        choice = {"index": 0, "delta": {form: call}, "finish_reason": form}
        await events(json.dumps({**named, "choices": [choice]}).encode())(conversation)

    if streamed:
        model.stub.then(plan)
    else:
        model.stub.says = lambda body: {"content": None, form: call}
    (answer,) = server.talk(request(question(model=name, stream=streamed)))
    assert answer.status == 200
    assert key.encode() not in answer.body
    assert '"name":"[APIキー]"'.encode() in answer.body


def test_several_choices_come_back_each_with_its_values(client, model, name):
    async def plan(conversation):
        text = echo(conversation.request.body)
        choices = [
            {"index": at, "message": {"role": "assistant", "content": f"{at}: {text}"}, "finish_reason": "stop"}
            for at in (0, 1)
        ]
        answer = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}
        body = json.dumps(answer).encode()
        await conversation.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )

    model.stub.then(plan)
    answer = client.chat.completions.create(model=name, messages=ASK, n=2)
    assert [choice.message.content for choice in answer.choices] == [f"0: {QUESTION}", f"1: {QUESTION}"]
    assert model.stub.received[0].body["n"] == 2


def test_papers_come_as_headers(client, server, name):
    raw = client.chat.completions.with_raw_response.create(model=name, messages=ASK)
    assert raw.headers["sekisho-verdict"] == "mask"
    assert raw.headers["sekisho-label"] == "ai-generated"
    receipt, exchange = raw.headers["sekisho-receipt"], raw.headers["sekisho-exchange"]
    told = server.post("/v1/verify", {"receipt": receipt})
    assert told["verified"]
    assert told["statement"]["id"] == exchange
    assert told["statement"] in server.records()


def test_a_secret_is_answered_with_a_refusal_that_the_client_understands(client, model, name):
    ask = [{"role": "user", "content": "鍵はAKIAIOSFODNN7EXAMPLEです。"}]
    answer = client.chat.completions.create(model=name, messages=ask)
    assert answer.choices[0].finish_reason == "content_filter"
    assert answer.choices[0].message.content == answer.model_extra["sekisho"]["notice"]
    streamed = list(client.chat.completions.create(model=name, messages=ask, stream=True))
    assert [one.choices[0].finish_reason for one in streamed if one.choices][-1] == "content_filter"
    assert model.stub.received == []


def test_the_list_of_models_can_be_read(client):
    assert {"m0", "m1"} <= {model.id for model in client.models.list()}


def test_one_model_can_be_read_and_no_other(client):
    assert client.models.retrieve("m0").id == "m0"
    with pytest.raises(openai.NotFoundError) as error:
        client.models.retrieve("meta/unknown")
    assert error.value.code == "model_not_found"


def test_a_wrong_key_is_an_authentication_error(server):
    with server.client(api_key="sk-wrong") as client, pytest.raises(openai.AuthenticationError) as caught:
        client.models.list()
    assert caught.value.code == "unknown_key"
    with server.client(api_key="sk-wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="m0", messages=ASK)


def test_a_profile_that_the_key_does_not_allow_is_a_permission_error(server, key):
    made = key("only-office", "--profile", "office")
    with server.client(api_key=made) as client, pytest.raises(openai.PermissionDeniedError) as caught:
        client.chat.completions.create(model="m0", messages=ASK, extra_headers={"Sekisho-Profile": "coding"})
    assert caught.value.code == "profile_not_allowed"


def test_a_used_up_limit_is_a_rate_limit_error_that_says_when(server, key):
    made = key("rare", "--requests-per-minute", "1")
    with server.client(api_key=made) as client:
        client.chat.completions.create(model="m0", messages=ASK)
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model="m0", messages=ASK)
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 61


def test_what_makes_no_sense_is_a_bad_request(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="m0", messages="hello")
    assert caught.value.body["hint"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_model_that_fails_is_a_server_error_that_keeps_its_secrets(client, model, name, streamed):
    model.stub.plan = status(500)
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model=name, messages=ASK, stream=streamed)
    assert caught.value.code == "upstream_refused"
    assert "secret.py" not in str(caught.value)


def test_a_stream_that_breaks_off_raises_instead_of_ending(client, model, name):
    async def plan(conversation):
        model.stub.plan = close()
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        choice = {"index": 0, "delta": {"content": "途中まで"}, "finish_reason": None}
        await events(json.dumps({**chunk, "choices": [choice]}).encode(), done=False, then="close")(conversation)

    model.stub.then(plan)
    with pytest.raises(openai.APIError, match="m"):
        list(client.chat.completions.create(model=name, messages=ASK, stream=True))


def test_an_answer_in_english_is_asked_for_by_a_header(client):
    with pytest.raises(openai.NotFoundError) as japanese:
        client.get("/nowhere", cast_to=object)
    with pytest.raises(openai.NotFoundError) as english:
        client.get("/nowhere", cast_to=object, options={"headers": {"Accept-Language": "en"}})
    assert japanese.value.body["message"] != english.value.body["message"]
    assert english.value.body["message"].isascii()


async def test_the_asynchronous_client_works_too(server, name):
    async with openai.AsyncOpenAI(base_url=f"{server.origin}/v1", api_key=KEY, max_retries=0) as client:
        stream = await client.chat.completions.create(model=name, messages=ASK, stream=True)
        text = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
    assert "".join(text) == QUESTION
