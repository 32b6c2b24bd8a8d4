from dataclasses import replace

import orjson
import pytest
from tests.guards.model.answering import chat
from tests.pipeline.making import GUARD, Log, Models, answer, body, caller, pipeline, profile, rule

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.settings import Model, Settings
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.model.guard import Calibration, ModelGuard
from sekisho.guards.model.llama_guard import LlamaGuard
from sekisho.guards.model.panel import Panel
from sekisho.guards.protocol import guard
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


@guard("cheap", *Stage)
async def cheap(text, context):
    """Unsure of every text."""
    return [Finding(0, 1, "harm.illegal", 0.5, "cheap")] if len(text) else []


class Judging:
    """An exchange of which a model guard, `inside` or not, is asked about every text; and what it was shown."""

    def __init__(self, *, inside):
        self.shown = []
        form = ModelGuard(
            "g", LlamaGuard(plain=True), "m", self._complete, Calibration(), frozenset(Stage), 5.0, 6000, inside
        )
        self.inspector = Inspector((*INSPECTOR.guards, cheap), budget_s=60, panel=Panel([form]))
        self.log = Log()

    async def _complete(self, model, body, raw):
        self.shown.append(body["messages"][-1]["content"])
        return chat("safe")

    async def run(self, *texts, fault=Verdict.ANNOTATE, said="はい。", lowest=0.0):
        rules = {"secret": Verdict.ANNOTATE, "fault": fault}
        who = caller(profile(entry=rules, exit=rules, source=rules, unsure={"harm": (lowest, 0.8)}))
        through = pipeline(Models(answer(said), names=("inner",)), log=self.log, inspector=self.inspector)
        raw = orjson.dumps({"model": "inner", "messages": [{"role": "user", "content": text} for text in texts]})
        outcome = await replace(through, inside=frozenset({"inner"})).run(raw, who)
        faults = [one.finding for one in outcome.passage.exchange.judged if one.finding.category == "fault.guard"]
        return outcome, [(one.guard, one.note) for one in faults]


@pytest.mark.parametrize("texts", [(MARKED,), ("原価は120円です", MARKED), (MARKED, "要約して")])
async def test_a_model_guard_outside_is_shown_nothing_of_a_request_with_a_mark_and_counts_as_one_that_failed(texts):
    desk = Judging(inside=False)
    _, faults = await desk.run(*texts)
    assert desk.shown == []
    assert faults == [("g", "no_internal_model")] * (len(texts) + 1)  # the answer, too


async def test_a_mark_behind_escapes_counts_for_what_stands_before_it():
    desk = Judging(inside=False)
    await desk.run("原価は120円です", '{"a": "\\u793e\\u5916秘"}')
    assert desk.shown == []


def watching(*, steady):
    """A guard that finds nothing, and the texts that it gets to see."""
    seen = []

    @guard("seeing", Stage.ENTRY, steady=steady)
    async def seeing(text, context):
        seen.append(text.received)
        return []

    return seen, seeing


@pytest.mark.parametrize(("steady", "times"), [(True, 1), (False, 2)])
async def test_steady_guards_look_once_though_marks_are_looked_for_before(steady, times):
    seen, seeing = watching(steady=steady)
    desk = Judging(inside=False)
    guards = (*INSPECTOR.guards, replace(cheap, steady=True), seeing)
    desk.inspector = Inspector(guards, budget_s=5, panel=desk.inspector.panel)
    escaped = '{"a": "\\u5929気"}'
    await desk.run("要約して", escaped)
    assert {one: seen.count(one) for one in seen} == {"要約して": times, escaped: 1, '{"a": "天気"}': times}
    assert desk.shown == ["要約して", '{"a": "天気"}', "はい。"]


async def test_marks_are_not_looked_for_in_what_is_known_to_hold_nothing():
    seen, seeing = watching(steady=True)
    desk = Judging(inside=False)
    desk.inspector = Inspector((*INSPECTOR.guards, seeing), budget_s=5, panel=desk.inspector.panel)
    for texts in (("天気は",), ("天気は", "明日は")):
        await desk.run(*texts, lowest=0.1)
    assert seen == ["天気は", "明日は"]


async def test_an_answer_with_a_mark_is_not_shown_to_it_either():
    desk = Judging(inside=False)
    _, faults = await desk.run("要約して", said=MARKED)
    assert desk.shown == ["要約して"]
    assert len(faults) == 1


async def test_what_it_could_not_judge_is_refused_where_failed_guards_are():
    outcome, _ = await Judging(inside=False).run(MARKED, fault=Verdict.REFUSE)
    assert outcome.passage.exchange.model == "inner"
    assert orjson.loads(outcome.payload)["choices"][0]["finish_reason"] == "content_filter"


@pytest.mark.parametrize(("text", "inside"), [(MARKED, True), ("要約して", False)])
async def test_a_model_guard_is_asked_where_it_is_inside_or_nothing_is_marked(text, inside):
    desk = Judging(inside=inside)
    _, faults = await desk.run(text)
    assert desk.shown == [text, "はい。"]
    assert faults == []


def test_only_models_that_the_settings_name_begin_the_confinement():
    cloud, inner = Model(url="https://llm.example.com/v1"), Model(url="http://127.0.0.1:1/v1", internal=True)
    resident = Resident(name="embedded", served="m", url="", key="k")
    assert Plan(Settings(models={"cloud": cloud}), residents=[resident]).inside() == frozenset()
    told = Plan(Settings(models={"cloud": cloud, "inner": inner}), residents=[resident]).inside()
    assert told == {"inner", "embedded"}
