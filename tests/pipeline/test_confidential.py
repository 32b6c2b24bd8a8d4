from dataclasses import replace

import pytest
from tests.pipeline.making import GUARD, Log, Models, answer, body, caller, pipeline, profile, rule

from sekisho.core.exchange import Stage
from sekisho.core.settings import Model, Settings
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.rule_guard import RuleGuard
from sekisho.pipeline.confidential import NothingInside
from sekisho.server.plan import Plan, Resident

MARKED = "社外秘の資料を要約してください"
INSPECTOR = Inspector(
    (GUARD, RuleGuard("marks", frozenset(Stage), (rule("secret.internal_mark", "社外秘"),))), budget_s=5.0
)


def confined(models, inside=("inner",), log=None, **more):
    return replace(pipeline(models, log=log, inspector=INSPECTOR, **more), inside=frozenset(inside))


def models(**more):
    return Models(answer(), names=("cloud", "inner", "other"), **more)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.ANNOTATE, Verdict.MASK])
async def test_what_is_marked_goes_to_a_model_inside_whichever_was_asked_for(stream, verdict):
    asked, who = models(), caller(profile(entry={"secret": verdict}))
    outcome = await confined(asked).run(body(MARKED, model="cloud", stream=stream), who)
    assert asked.asked[0][0] == ["inner"]
    assert outcome.passage.exchange.model == "inner"


async def test_fallbacks_outside_are_not_asked_either():
    seen = []

    class Asking(Models):
        async def complete(self, order, body, may):
            seen.extend(name for name in self.names if may(name))
            return await super().complete(order, body, may)

    await confined(Asking(answer(), names=("cloud", "inner", "other"))).run(body(MARKED), caller(profile()))
    assert seen == ["inner"]


async def test_where_no_model_inside_may_be_asked_nothing_is_sent_and_the_attempt_is_recorded():
    asked, log = models(), Log()
    who = caller(profile(models=("cloud", "other")))
    with pytest.raises(NothingInside):
        await confined(asked, log=log).run(body(MARKED), who)
    assert asked.asked == []
    assert log.statements[0]["finish"] == "no_internal_model"


async def test_a_stopped_model_inside_is_none():
    asked = models()
    with pytest.raises(NothingInside):
        await confined(asked, stopped=lambda model, _: model if model == "inner" else None).run(
            body(MARKED), caller(profile())
        )
    assert asked.asked == []


@pytest.mark.parametrize(("text", "inside"), [("資料を要約してください", ("inner",)), (MARKED, ())])
async def test_all_else_goes_where_it_was_sent(text, inside):
    asked = models()
    await confined(asked, inside).run(body(text, model="cloud"), caller(profile()))
    assert asked.asked[0][0] == ["cloud"]


def test_only_models_that_the_settings_name_begin_the_confinement():
    cloud, inner = Model(url="https://llm.example.com/v1"), Model(url="http://127.0.0.1:1/v1", internal=True)
    resident = Resident(name="embedded", served="m", url="", key="k")
    assert Plan(Settings(models={"cloud": cloud}), residents=[resident]).inside() == frozenset()
    told = Plan(Settings(models={"cloud": cloud, "inner": inner}), residents=[resident]).inside()
    assert told == {"inner", "embedded"}
