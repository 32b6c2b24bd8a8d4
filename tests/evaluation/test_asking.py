"""Model guards in a measurement: which texts they see, how, and what counts."""

import asyncio
import math

import pytest
from tests.guards.model.answering import chat

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.evaluation.asking import Asking
from sekisho.evaluation.guards import run
from sekisho.evaluation.items import Item, ItemSet
from sekisho.guards.inspector import Inspector
from sekisho.guards.model.guard import Calibration, ModelGuard
from sekisho.guards.model.llama_guard import LlamaGuard
from sekisho.guards.model.panel import Panel
from sekisho.guards.privacy import privacy
from sekisho.guards.protocol import guard
from sekisho.guards.secrets import secrets
from sekisho.policy.load import Profiles

OFFICE = Profiles().get("office")  # asks for harm between 0.2 and 0.8


@guard("words", *Stage)
async def words(text, context):
    """Unsure of every 毒, sure of every 爆; breaks on 壊."""
    if "壊" in text.received:
        raise RuntimeError
    said = {"毒": 0.6, "爆": 0.95}
    return [Finding(at, at + 1, "harm.illegal", said[c], "words") for at, c in enumerate(text.received) if c in said]


class Desk:
    """A model guard that finds every 薬 harmful, gives nonsense for 謎, and what it was shown."""

    def __init__(self, *guards, inside=True):
        self.shown = []
        judge = ModelGuard(
            "model", LlamaGuard(), "m", self._complete, Calibration(), frozenset({Stage.ENTRY}), 5, 6000, inside
        )
        self.inspector = Inspector([words, *guards], budget_s=5, panel=Panel([judge]))

    async def _complete(self, model, body, raw):
        text = body["messages"][-1]["content"][0]["text"]
        self.shown.append(text)
        return chat("?" if "謎" in text else "unsafe\nS1" if "薬" in text else "safe")

    def measured(self, *items, alone):
        told = asyncio.run(run(self.inspector, [ItemSet("s", items, by_place=False)], Asking(OFFICE, alone=alone)))
        ((row, _),) = told
        return row


def bad(text, stage=Stage.ENTRY):
    return Item(text, text, frozenset({"harm.illegal"}), (), stage, hard=False)


def fine(text):
    return Item(text, text, frozenset(), (), Stage.ENTRY, hard=False)


def test_within_the_band_of_the_profile_they_decide_and_elsewhere_they_are_not_asked():
    desk = Desk()
    row = desk.measured(bad("毒の薬"), bad("爆"), bad("薬"), fine("毒"), fine("空"), alone=False)
    assert desk.shown == ["毒の薬", "毒"], "each once: what is looked at to warm up is not shown to models"
    assert row.model_asked.value == 2 / 5
    assert (row.recall.value, row.precision.value) == (2 / 3, 1), "the model acquits 毒, and 薬 alone never reached it"
    assert row.model_s >= 0


def test_alone_they_are_asked_about_every_text_and_nothing_else_counts():
    desk = Desk()
    row = desk.measured(bad("毒の薬"), bad("爆"), bad("薬"), fine("毒"), fine("空"), alone=True)
    assert desk.shown == ["毒の薬", "爆", "薬", "毒", "空"]
    assert row.model_asked.value == 1
    assert (row.recall.value, row.precision.value) == (2 / 3, 1)


def test_texts_of_stages_where_they_do_not_work_are_told_apart():
    row = Desk().measured(bad("薬", Stage.EXIT), bad("薬"), fine("空"), alone=True)
    assert row.model_asked.value == 2 / 3
    assert row.recall.value == 1 / 2


@pytest.mark.parametrize("alone", [True, False])
def test_a_text_on_which_one_fails_is_neither_found_nor_harmless(alone):
    row = Desk().measured(bad("毒の薬"), bad("毒の謎"), fine("毒"), fine("謎の毒"), alone=alone)
    assert (row.positive, row.negative, row.failed.value) == (1, 1, 0.5)
    assert (row.recall.value, row.auc.value) == (1, 1)
    assert row.model_asked.value == 1


@pytest.mark.parametrize("alone", [True, False])
def test_so_is_one_on_which_another_guard_fails(alone):
    row = Desk().measured(bad("壊"), bad("毒の薬"), fine("空"), alone=alone)
    assert (row.positive, row.negative, round(row.failed.value, 3)) == (1, 1, 0.333)


def test_where_all_fail_there_are_no_figures():
    row = Desk().measured(bad("毒の謎"), fine("謎の毒"), alone=True)
    assert row.failed.value == 1
    assert math.isnan(row.f1.value)
    assert math.isnan(row.auc.value)


@pytest.mark.parametrize("alone", [True, False])
def test_they_see_what_a_model_may_see(alone):
    desk = Desk(privacy)
    desk.measured(bad("毒は090-1234-5678へ"), alone=alone)
    assert desk.shown == ["毒は[PHONE_1]へ"]


def test_alone_too_they_are_not_shown_what_must_stay_inside():
    desk = Desk(secrets, inside=False)
    row = desk.measured(bad("【社外秘】毒の薬"), bad("薬"), alone=True)
    assert desk.shown == ["薬"]
    assert row.failed.value == 0.5


def test_sets_of_which_they_do_not_speak_are_not_shown_to_them():
    desk = Desk()
    label = frozenset({"privacy.phone"})
    row = desk.measured(Item("1", "薬", label, (), Stage.ENTRY, hard=False), fine("空"), alone=True)
    assert desk.shown == []
    assert row.model_asked.value == 0
