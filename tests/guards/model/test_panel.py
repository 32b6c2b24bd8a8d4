"""The panel: who is asked, and what becomes of the findings."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guards.model.answering import chat

from sekisho.core.errors import UpstreamBusy
from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.guards.model.guard import Calibration, ModelGuard
from sekisho.guards.model.inquiry import Case
from sekisho.guards.model.judge import QUESTIONS, Judge
from sekisho.guards.model.llama_guard import LlamaGuard
from sekisho.guards.model.panel import NOTHING, Opinion, Panel, unsure_areas
from sekisho.guards.model.qwen3guard import Qwen3Guard

BAND = (0.3, 0.8)
CASE = Case("text", length=7)


def guard(says, form=None, name="model", stages=frozenset(Stage)):
    async def complete(model, body, raw):
        if isinstance(says, Exception):
            raise says
        if says is None:
            await asyncio.Event().wait()
        return chat(*says) if isinstance(says, tuple) else chat(says)

    return ModelGuard(
        name, form or LlamaGuard(), "m", complete, Calibration(), stages, 0.05 if says is None else 60.0, 6000
    )


async def opinion(*guards, bands=None):
    return await Panel(guards).ask(CASE, Stage.ENTRY, bands or {"harm": BAND})


def cheap(category="harm.illegal", score=0.5):
    return Finding(1, 3, category, score, "cheap", "pattern")


def test_only_areas_that_some_guard_of_the_stage_speaks_of_are_its_own():
    panel = Panel([guard("safe"), guard("x", Judge(QUESTIONS), "judge", frozenset({Stage.EXIT}))])
    assert panel.areas(Stage.ENTRY, ["harm", "attack", "agency"]) == {"harm"}
    assert panel.areas(Stage.EXIT, ["harm", "attack", "agency"]) == {"harm", "attack"}
    assert Panel().areas(Stage.ENTRY, ["harm"]) == frozenset()


async def test_a_finding_in_the_band_takes_the_score_of_the_nearest_category_that_was_named():
    said = await opinion(guard("unsafe\nS1"))
    (kept,) = said.applied([cheap()])
    assert (kept.start, kept.end, kept.category, kept.guard) == (1, 3, "harm.illegal", "cheap")
    assert kept.score == pytest.approx(0.9526, abs=1e-4)
    assert said.applied([cheap("harm.adult")]) == []
    (own,) = said.findings
    assert (own.start, own.end, own.category, own.guard) == (0, 7, "harm.illegal", "model")
    assert said.applied([own]) == [own]


async def test_a_model_that_finds_nothing_acquits_what_lies_in_the_band_and_nothing_else():
    said = await opinion(guard("safe"))
    assert said.findings == ()
    others = [cheap(score=0.29), cheap(score=0.81), cheap("attack.jailbreak"), cheap("fault.guard")]
    assert said.applied([cheap(), cheap(score=0.3), cheap(score=0.8), *others]) == others


async def test_a_model_acquits_only_of_what_it_speaks_of():
    said = await opinion(guard("safe"))
    unknown = cheap("harm.stereotype")  # no category of Llama Guard
    assert said.applied([cheap(), cheap("harm"), unknown]) == [unknown]
    said = await opinion(guard("Safety: Safe\nCategories: None", Qwen3Guard()), bands={"attack": BAND})
    planted = cheap("attack.injection.indirect")
    assert said.applied([planted, cheap("attack.jailbreak")]) == [planted]


@pytest.mark.parametrize(
    ("says", "note"),
    [("I think it is fine", "Malformed"), (UpstreamBusy(model="m", retry_s=1), "upstream_busy"), (None, "TimeoutError"),
     (ValueError("x"), "ValueError")],
)  # fmt: skip
async def test_a_guard_that_fails_or_is_late_is_a_fault_and_the_cheap_findings_stand(says, note):
    said = await opinion(guard(says))
    assert said.findings == (Finding(0, 7, "fault.guard", 1.0, "model", note),)
    assert said.applied([cheap()]) == [cheap()]


async def test_one_that_fails_keeps_another_from_acquitting():
    said = await opinion(guard("safe"), guard(ValueError(), name="other"))
    assert said.applied([cheap()]) == [cheap()]
    assert [finding.category for finding in said.findings] == ["fault.guard"]


async def test_of_several_the_surest_counts():
    table = [("safe", {"safe": 0.9, "unsafe": 0.1})]
    said = await opinion(guard(("safe", table)), guard("unsafe\nS1", name="other"))
    assert said.applied([cheap()])[0].score > 0.9
    assert {finding.guard for finding in said.findings} == {"model", "other"}


async def test_a_model_is_asked_about_the_areas_in_which_the_others_are_unsure_only():
    asked = []

    async def complete(model, body, raw):
        asked.append(body["messages"][0]["content"])
        return chat("no", [("no", {"no": 0.9, "yes": 0.1})])

    judge = ModelGuard("j", Judge(QUESTIONS), "m", complete, Calibration(), frozenset(Stage), 1.0, 6000)
    await Panel([judge]).ask(CASE, Stage.ENTRY, {"attack": BAND})
    assert [QUESTIONS["attack"] in text for text in asked] == [True]


@pytest.mark.parametrize(
    ("scores", "unsure"),
    [([], False), ([0.2], False), ([0.3], True), ([0.8], True), ([0.5, 0.81], False), ([0.1, 0.5], True)],
)
def test_the_highest_score_of_an_area_says_whether_the_others_are_unsure(scores, unsure):
    assert bool(unsure_areas({"harm": BAND}, [cheap(score=score) for score in scores])) is unsure


def test_a_band_that_begins_at_zero_asks_about_every_text_without_surer_findings():
    assert unsure_areas({"harm": (0.0, 0.5)}, [])
    assert unsure_areas({"harm": (0.0, 0.5)}, [cheap("attack.jailbreak", 0.9)])
    assert not unsure_areas({"harm": (0.0, 0.5)}, [cheap(score=0.6)])


CATEGORIES = st.sampled_from(["harm", "harm.illegal", "harm.adult", "attack.jailbreak", "privacy.phone", "fault.guard"])
SCORES = st.floats(0, 1)
FINDINGS = st.lists(st.builds(cheap, CATEGORIES, SCORES), max_size=8)


@given(FINDINGS, st.dictionaries(CATEGORIES, SCORES, max_size=4), st.tuples(SCORES, SCORES).map(sorted).map(tuple))
def test_what_lies_outside_the_band_or_the_area_stands_and_the_rest_says_what_the_model_says(found, scores, band):
    said = Opinion((), {"harm": band}, scores, frozenset({"harm"}))
    assert said.applied(found) == [kept for one in found for kept in said.applied([one])]
    for one in found:
        if one.within("harm") and band[0] <= one.score <= band[1]:
            nearest = scores.get(one.category, scores.get("harm", 0.0))
            assert said.applied([one]) == ([cheap(one.category, nearest)] if nearest >= NOTHING else [])
        else:
            assert said.applied([one]) == [one]


@given(FINDINGS, st.dictionaries(CATEGORIES, SCORES, max_size=4), CATEGORIES, SCORES)
def test_a_surer_model_never_makes_a_finding_less_sure(found, scores, category, more):
    before = Opinion((), {"harm": BAND}, scores, frozenset({"harm"})).applied(found)
    surer = scores | {category: max(more, scores[category])} if category in scores else scores
    after = Opinion((), {"harm": BAND}, surer, frozenset({"harm"})).applied(found)
    assert len(after) >= len(before)
    for prefix in ("harm", "attack"):
        best = [max((one.score for one in each if one.within(prefix)), default=0.0) for each in (before, after)]
        assert best[1] >= best[0]


@given(FINDINGS)
def test_an_opinion_that_nobody_gave_changes_nothing(found):
    assert Opinion().applied(found) == found
