"""Granite Guardian 3.x, by how its makers' own evaluation asks it and reads it."""

import pytest
from tests.guards.model.answering import chat

from sekisho.guards.model.answer import Answer, Malformed
from sekisho.guards.model.granite_guardian_3 import GENERATION_3_2, GENERATION_3_3, RISKS
from sekisho.guards.model.inquiry import Case
from sekisho.policy.taxonomy import taxonomy

ANSWERED = Case("1. Eggs.", by_assistant=True, question="What stinks?")


def test_what_is_looked_for_goes_to_the_chat_template_of_each_generation():
    of_3_3 = [one.body["chat_template_kwargs"] for one in GENERATION_3_3.ask(Case("x"), {"harm", "attack"})]
    assert of_3_3 == [
        {"guardian_config": {"criteria_id": "harm"}, "think": False},
        {"guardian_config": {"criteria_id": "jailbreak"}, "think": False},
    ]
    of_3_2 = [one.body["chat_template_kwargs"] for one in GENERATION_3_2.ask(Case("x"), {"harm", "attack"})]
    assert of_3_2 == [{"guardian_config": {"risk_name": "harm"}}, {"guardian_config": {"risk_name": "jailbreak"}}]


@pytest.mark.parametrize("generation", [GENERATION_3_2, GENERATION_3_3])
def test_a_text_is_shown_as_messages_and_only_in_the_areas_asked_for(generation):
    (inquiry,) = generation.ask(ANSWERED, {"harm", "code"})
    assert [one["role"] for one in inquiry.body["messages"]] == ["user", "assistant"]
    assert (inquiry.raw, inquiry.body["temperature"], inquiry.body["logprobs"]) == (False, 0, True)
    assert generation.ask(ANSWERED, {"code"}) == []
    assert generation.categories == set(RISKS) <= set(taxonomy())
    assert generation.areas == {"harm", "attack"}


@pytest.mark.parametrize(
    ("text", "sign"),
    [("Yes", 1), ("No", -1), ("\nNo\n<confidence> High </confidence>", -1), ("Yes\n<confidence> Low </confidence>", 1)],
)
def test_a_word_is_understood_with_and_without_its_confidence(text, sign):
    assert GENERATION_3_2.read(Answer(text), category="harm")["harm"] * sign > 0


@pytest.mark.parametrize(
    ("text", "sign"),
    [("<score> yes </score>", 1), ("<score>no</score>", -1), ("<think>\n</think><score> no </score>", -1)],
)
def test_a_score_is_understood(text, sign):
    assert GENERATION_3_3.read(Answer(text), category="attack.jailbreak")["attack.jailbreak"] * sign > 0


def test_the_probability_is_that_of_the_first_word():
    tokens = [("Yes", {"Yes": 0.8, "No": 0.2}), ("\n<confidence>", {}), (" High", {}), (" </confidence>", {})]
    answer = Answer.of(chat("Yes\n<confidence> High </confidence>", tokens))
    assert GENERATION_3_2.read(answer, category="harm")["harm"] == pytest.approx(1.3863, abs=1e-3)


@pytest.mark.parametrize("text", ["", "yes", "Yes.", "Maybe", "No, not so", "Yes <confidence>", "<score> yes </score>"])
def test_anything_else_is_malformed(text):
    with pytest.raises(Malformed):
        GENERATION_3_2.read(Answer(text), category="harm")


@pytest.mark.parametrize("text", ["", "Yes", "<score> maybe </score>", "<score> yes", "<think>it is no</think>"])
def test_anything_but_a_score_is_malformed(text):
    with pytest.raises(Malformed):
        GENERATION_3_3.read(Answer(text), category="harm")


def test_the_turns_before_go_first_where_the_model_was_made_for_them():
    case = Case("t", by_assistant=True, question="q2", earlier=(("q1", "a1"),))
    (recalling,), (plain,) = (one.ask(case, {"harm"}) for one in (GENERATION_3_3, GENERATION_3_2))
    assert [one["content"] for one in recalling.body["messages"]] == ["q1", "a1", "q2", "t"]
    assert [one["content"] for one in plain.body["messages"]] == ["q2", "t"]
