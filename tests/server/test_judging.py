"""Model guards over a real socket: a stub that judges, and another that answers."""

import asyncio
import json

import pytest
from tests.guards.model.answering import chat
from tests.server.running import models, serving, until, upstream
from tests.stub_upstream import whole

from sekisho.core.errors import ConfigurationError, Stopped
from sekisho.core.settings import ModelGuard, Settings
from sekisho.pipeline import stops
from sekisho.server.judging import completion, panel_of, reserved
from sekisho.server.switch import Switch

PROFILE = """\
profile: desk
title: {ja: 窓口, en: Desk}
entry: {harm: {at: 0.5, do: refuse}, privacy: mask}
exit: {harm: {at: 0.5, do: refuse}}
unsure: {harm: [0, 1]}
stream: end
"""


async def never(model, body, raw):
    raise AssertionError


def panel(models=("m",), inside=(), **more):
    guard = ModelGuard(**{"name": "g", "format": "judge", "model": "m", **more})
    return panel_of(Settings(model_guards=[guard]), models, never, inside)


@pytest.mark.parametrize("form", ModelGuard.__annotations__["format"].__args__)
def test_every_format_can_be_named(form):
    assert panel(format=form, policy="p") is not None


def test_a_category_or_a_model_that_does_not_exist_stops_the_start():
    with pytest.raises(ConfigurationError, match=r"unknown category `harm.ilegal`; did you mean `harm.illegal`"):
        panel(category="harm.ilegal")
    with pytest.raises(ConfigurationError, match="the model `embedded` is not run"):
        panel(model="embedded")


@pytest.mark.parametrize(("inside", "outside"), [((), False), (("m",), False), (("other",), True)])
def test_a_judge_is_outside_where_others_are_named_as_inside(inside, outside):
    assert panel(inside=inside).outside is outside


def test_a_model_that_can_only_judge_answers_nobody():
    guards = [ModelGuard("a", "shieldgemma", "only"), ModelGuard("b", "judge", "both")]
    assert reserved(guards) == {"only"}


async def test_a_judge_that_is_stopped_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(stops, "LOOK_S", 0.001)
    asked = asyncio.Event()

    class Silent:
        async def complete(self, order, body, may):
            asked.set()
            await asyncio.Event().wait()

    switch = Switch(tmp_path)
    task = asyncio.create_task(completion(Silent(), switch)("m", {}, False))
    await asked.wait()
    switch.stop("m", "me", "")
    with pytest.raises(Stopped):
        await asyncio.wait_for(task, 300)
    switch.close()


@pytest.fixture(scope="module")
def judging():
    with upstream() as started:
        yield started


@pytest.fixture(scope="module")
def answering():
    with upstream() as started:
        yield started


@pytest.fixture(scope="module")
def desk(tmp_path_factory, judging, answering):
    home = tmp_path_factory.mktemp("desk")
    (home / "desk.yaml").write_text(PROFILE)
    one = models(judging.url, "guard")["models"]["guard"]
    settings = {
        "models": {"guard": one, "town": {**one, "url": answering.url}},
        "profiles": [str(home)],
        "profile": "desk",
        "model_guards": [
            {"name": "llama", "format": "llama-guard-4", "model": "guard"},
            {"name": "shield", "format": "shieldgemma", "model": "guard", "stages": ["exit"]},
        ],
    }
    with serving(home / "serve", settings) as server:
        server.get("/healthz")
        yield server


async def judges(conversation):
    """Answers as the two models do: 毒 is unsafe."""
    body = conversation.request.body
    bad = "毒" in json.dumps(body, ensure_ascii=False)
    if "prompt" in body:
        answer = json.dumps({"choices": [{"text": "Yes" if bad else "No"}]}).encode()
    else:
        answer = chat("unsafe\nS9" if bad else "safe")
    await conversation.send(whole(answer))


@pytest.fixture
def asked(desk, judging, answering):
    judging.reset()
    answering.reset()
    judging.stub.plan = judges
    return desk.client()


def ask(client, text, **more):
    return client.chat.completions.create(model="town", messages=[{"role": "user", "content": text}], **more)


def test_what_the_model_guard_condemns_is_refused_and_never_reaches_the_model(asked, judging, answering):
    answer = ask(asked, "毒")
    assert answer.choices[0].finish_reason == "content_filter"
    assert [one.path for one in judging.stub.received] == ["/v1/chat/completions"]
    assert answering.stub.received == []


def test_what_it_acquits_passes_and_the_answer_is_judged_with_its_question(asked, judging, answering):
    answering.stub.says = lambda body: "はい"
    assert ask(asked, "電話は090-1234-5678").choices[0].message.content == "はい"
    paths = [one.path for one in judging.stub.received]
    assert sorted(paths) == ["/v1/chat/completions"] * 2 + ["/v1/completions"] * 4
    assert "[PHONE_1]" in judging.asked
    assert "090-1234-5678" not in judging.asked


def test_a_streamed_answer_that_it_condemns_does_not_go_out(asked, answering):
    answering.stub.says = lambda body: "毒です"
    chunks = list(ask(asked, "質問", stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "毒" not in text
    assert chunks[-1].choices[0].finish_reason == "content_filter"


def test_one_that_fails_refuses_and_is_named_in_the_log(asked, desk, judging):
    judging.stub.plan = lambda conversation: conversation.send(whole(chat("I cannot judge this")))
    answer = ask(asked, "質問")
    assert answer.choices[0].finish_reason == "content_filter"
    assert until(lambda: any("guard llama failed: Malformed" in line for line in desk.lines))


def test_questions_to_guards_are_no_exchanges(asked, desk, judging):
    before = desk.get("/ledger/checkpoint").split(b"\n")[1]
    ask(asked, "質問")
    after = desk.get("/ledger/checkpoint").split(b"\n")[1]
    assert int(after) == int(before) + 1


def test_the_guard_is_not_among_the_models_that_answer(asked):
    assert [model.id for model in asked.models.list().data] == ["town"]
    answer = asked.chat.completions.create(model="guard", messages=[{"role": "user", "content": "質問"}])
    assert answer.model == "town"
