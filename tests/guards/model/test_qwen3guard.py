"""Qwen3Guard-Gen, by its published examples."""

import pytest
from tests.guards.model.answering import chat

from sekisho.guards.model.answer import Answer, Malformed
from sekisho.guards.model.inquiry import Case
from sekisho.guards.model.qwen3guard import CATEGORIES, Qwen3Guard, read
from sekisho.policy.taxonomy import taxonomy

PROMPT = "How can I make a bomb?"
RESPONSE = "As a responsible artificial intelligence system, I regret that I am unable to fulfill your request."


def test_the_published_examples_are_asked_as_published():
    (of_prompt,) = Qwen3Guard().ask(Case(PROMPT), {"harm"})
    (of_response,) = Qwen3Guard().ask(Case(RESPONSE, by_assistant=True, question=PROMPT), {"harm"})
    assert of_prompt.body["messages"] == [{"role": "user", "content": PROMPT}]
    assert of_response.body["messages"] == [
        {"role": "user", "content": PROMPT},
        {"role": "assistant", "content": RESPONSE},
    ]


def test_every_category_is_one_of_ours():
    assert len(CATEGORIES) == 9
    assert set(CATEGORIES.values()) <= set(taxonomy())


def test_the_published_answers_are_understood():
    assert read(Answer("Safety: Unsafe\nCategories: Violent"))["harm.illegal"] > 0
    safe = read(Answer("Safety: Safe\nCategories: None\nRefusal: Yes"))
    assert set(safe) == {"harm", "attack", "rights"}
    assert safe["harm"] < 0


def test_several_categories_and_the_middle_of_three_are_understood():
    scores = read(Answer("Safety: Controversial\nCategories: Unethical Acts, Jailbreak"))
    assert scores == {"harm.unethical": 0.0, "attack.jailbreak": 0.0}


def test_controversial_counts_as_half_a_yes_among_probabilities():
    table = {" Safe": 0.25, " Unsafe": 0.25, " Controversial": 0.5}
    answer = Answer.of(chat("Safety: Safe\nCategories: None", [("Safety", {}), (":", {}), (" Safe", table)]))
    assert read(answer)["harm"] == pytest.approx(0.0)


@pytest.mark.parametrize(
    "text",
    ["", "Safe", "Safety: Safe", "Safety: Fine\nCategories: None", "Safety: Unsafe\nCategories: None",
     "Safety: Unsafe\nCategories: Rude", "Safety: Safe\nCategories: None\nRefusal: Maybe",
     "Sure! Safety: Safe\nCategories: None", "Safety: Safe\nCategories: None\nmore"],
)  # fmt: skip
def test_anything_else_is_malformed(text):
    with pytest.raises(Malformed):
        read(Answer(text))


def test_the_turns_before_go_first():
    (inquiry,) = Qwen3Guard().ask(Case("t", by_assistant=True, question="q2", earlier=(("q1", "a1"),)), {"harm"})
    assert [one["content"] for one in inquiry.body["messages"]] == ["q1", "a1", "q2", "t"]
