"""Model guards on the way of a text: when they are asked, what they see, what follows."""

from dataclasses import replace

import pytest
from tests.guards.model.answering import chat
from tests.pipeline.making import BAD, GUARD, MASKING, PHONE, examiner, profile, table

from sekisho.core.exchange import Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.model.guard import Calibration, ModelGuard
from sekisho.guards.model.llama_guard import LlamaGuard
from sekisho.guards.model.panel import Panel
from sekisho.guards.protocol import guard
from sekisho.pipeline import placeholders
from sekisho.pipeline.check import Checker
from sekisho.pipeline.outlet import Outlet
from sekisho.policy.load import Profiles

UNSURE = {"harm": (0.3, 0.8)}
POISON = "毒の話"


@guard("cheap", *Stage)
async def cheap(text, context):
    """Unsure of every 毒, sure of every 爆."""
    said = {"毒": 0.5, "爆": 0.95}
    return [Finding(at, at + 1, "harm.illegal", said[c], "cheap") for at, c in enumerate(text.received) if c in said]


class Desk:
    """An inspector with a model guard that answers `says`, and what that was asked."""

    def __init__(self, says="unsafe\nS1", stages=frozenset(Stage)):
        self.says = says
        self.asked = []
        form = ModelGuard("model", LlamaGuard(), "m", self._complete, Calibration(), stages, 1.0, 6000)
        rules = (placeholders.rule(),)
        self.inspector = Inspector((GUARD, cheap), budget_s=60, rules=rules, panel=Panel([form]))

    async def _complete(self, model, body, raw):
        self.asked.append([part["text"] for turn in body["messages"] for part in turn["content"]])
        return chat(self.says)

    def examiner(self, given=None, known=None, **more):
        rules = {"privacy": Verdict.MASK, "harm": Verdict.REFUSE, "secret": Verdict.REFUSE}
        made = profile(entry=rules, exit=rules, source=rules, unsure=UNSURE, **more)
        # The thresholds of the other tests are 0, so everything that is found counts.
        stages = {stage: tuple(replace(one, at=0.4) for one in each) for stage, each in made.stages.items()}
        return examiner(given or replace(made, stages=stages), known, self.inspector)


def said(text, stage=Stage.ENTRY, author="user"):
    return Message(stage, author, text)


async def test_where_the_others_are_unsure_the_model_decides():
    sharp, mild = Desk("unsafe\nS1"), Desk("safe")
    assert (await sharp.examiner().examine(said(POISON))).ended is not None
    passed = await mild.examiner().examine(said(POISON))
    assert (passed.text, passed.judged, passed.ended) == (POISON, [], None)
    assert mild.asked == [[POISON]]


@pytest.mark.parametrize("text", ["よい天気", "爆", "爆と毒"])
async def test_where_the_others_are_sure_it_is_not_asked(text):
    desk = Desk("safe")
    result = await desk.examiner().examine(said(text))
    assert desk.asked == []
    assert (result.ended is not None) == ("爆" in text)


async def test_a_band_from_zero_asks_about_every_text_each_time():
    desk = Desk("unsafe\nS1")
    given = desk.examiner().profile
    for _ in range(2):
        result = await desk.examiner(replace(given, unsure={"harm": (0.0, 0.8)})).examine(said("よい天気"))
        assert result.ended is not None
    assert len(desk.asked) == 2


BUILT_IN = [one for one in Profiles().all if one.name != "open"]


@pytest.mark.parametrize("given", BUILT_IN, ids=lambda one: one.name)
async def test_the_bands_of_built_in_profiles_have_an_effect_where_a_model_guard_is_and_nowhere_else(given):
    desk = Desk("safe")
    unbanded = replace(given, unsure={})
    without = Inspector((GUARD, cheap), budget_s=60, rules=(placeholders.rule(),))
    for stage, author in ((Stage.ENTRY, "user"), (Stage.SOURCE, "tool"), (Stage.EXIT, "assistant")):
        for text in (POISON, "爆", "よい天気", PHONE):
            told = [await examiner(one, None, without).examine(said(text, stage, author)) for one in (given, unbanded)]
            assert told[0] == told[1]
    assert not desk.asked
    await desk.examiner(given).examine(said(POISON))
    assert desk.asked == [[POISON]]


async def test_without_a_band_or_away_from_its_stages_it_is_not_asked():
    desk = Desk("safe", stages=frozenset({Stage.EXIT}))
    assert (await desk.examiner().examine(said(POISON))).ended is not None
    plain = Desk("safe")
    await plain.examiner(profile(entry=MASKING)).examine(said(POISON))
    assert desk.asked == plain.asked == []


async def test_the_model_sees_no_more_than_the_model_behind_the_checkpoint_may():
    desk = Desk("safe")
    result = await desk.examiner().examine(said(f"{POISON} {PHONE}"))
    assert desk.asked == [[f"{POISON} [PHONE_1]"]]
    assert result.text == f"{POISON} [PHONE_1]"


async def test_a_text_that_is_refused_for_another_reason_is_not_shown_to_it():
    desk = Desk("safe")
    assert (await desk.examiner().examine(said(f"{POISON} AKIA{'Q' * 16}"))).ended is not None
    assert desk.asked == []


async def test_an_answer_is_shown_with_the_question_and_nothing_is_put_back_for_it():
    desk = Desk("safe")
    asking = desk.examiner(known=table())
    await asking.examine(said(f"電話は{PHONE}"))
    result = await asking.examine(said(f"{POISON} [PHONE_1]", Stage.EXIT, "assistant"))
    assert desk.asked == [["電話は[PHONE_1]", f"{POISON} [PHONE_1]"]]
    assert result.text == f"{POISON} {PHONE}"


async def test_what_an_application_says_of_itself_is_not_judged():
    desk = Desk("unsafe\nS1")
    result = await desk.examiner().examine(said(POISON, Stage.ENTRY, "system"))
    assert (desk.asked, result.ended) == ([], None)


async def test_one_that_fails_is_a_fault_which_is_refused():
    result = await Desk("no idea").examiner().examine(said(POISON))
    assert result.ended is not None
    assert {one.finding.category for one in result.judged} == {"fault.guard", "harm.illegal"}


async def test_escaped_arguments_are_judged_by_what_they_say():
    desk = Desk("safe")
    result = await desk.examiner().examine_escaped(said('{"a": "\\u6bd2"}', Stage.SOURCE, "assistant"))
    assert desk.asked == [['{"a": "毒"}']]
    assert (result.text, result.ended) == ('{"a": "\\u6bd2"}', None)


async def test_a_check_asks_as_an_exchange_does():
    desk = Desk("safe")
    given = desk.examiner().profile
    checked = await Checker(desk.inspector).check(POISON, Stage.ENTRY, given, "ja")
    assert (checked.verdict, desk.asked) == (Verdict.PASS, [[POISON]])


@pytest.mark.parametrize(("mode", "asks"), [("end", True), ("sentence", False), ("pattern", False)])
async def test_a_stream_is_shown_to_it_where_it_waits_for_its_end(mode, asks):
    desk = Desk("safe")
    outlet = Outlet("content", 0, desk.examiner(stream=mode))
    out = ""
    for piece in ("毒の", "話。番号", PHONE, "です。"):
        outlet.take(piece)
        await outlet.advance()
        out += outlet.until()
    await outlet.finish()
    out += outlet.until()
    assert desk.asked == ([["毒の話。番号[電話番号]です。"]] if asks else [])
    assert out == ("毒の話。番号[電話番号]です。" if asks else "")
    assert outlet.channel.length == len(f"毒の話。番号{PHONE}です。")


async def test_a_stream_that_it_condemns_is_not_let_out():
    outlet = Outlet("content", 0, Desk("unsafe\nS1").examiner(stream="end"))
    outlet.take(POISON)
    await outlet.advance()
    await outlet.finish()
    assert outlet.until() == ""
    assert outlet.channel.ended is not None


async def test_other_guards_are_heard_as_before_where_there_is_no_model():
    outlet = Outlet("content", 0, Desk("safe").examiner(profile(exit=MASKING, stream="end")))
    outlet.take(BAD)
    await outlet.finish()
    assert outlet.channel.ended is not None
