"""The judge of last resort."""

import pytest
from tests.guards.model.answering import chat

from sekisho.guards.model.answer import Answer, Malformed
from sekisho.guards.model.inquiry import Case
from sekisho.guards.model.judge import QUESTIONS, Judge, read


def test_one_token_is_asked_for_and_its_alternatives():
    (inquiry,) = Judge(QUESTIONS).ask(Case("爆弾"), {"harm"})
    assert (inquiry.body["max_tokens"], inquiry.body["top_logprobs"], inquiry.body["logprobs"]) == (1, 20, True)
    assert "<text>\n爆弾\n</text>" in inquiry.body["messages"][1]["content"]


def test_each_area_is_a_question_of_its_own_and_the_text_stands_last():
    first, second = Judge(QUESTIONS).ask(Case("x"), {"harm", "attack"})
    assert first.body["messages"][0] != second.body["messages"][0]
    assert first.body["messages"][1] == second.body["messages"][1]
    own = Judge({"contract": "Is it rude?"}).ask(Case("x"), {"contract"})
    assert "Is it rude?" in own[0].body["messages"][0]["content"]


def test_the_probabilities_count_and_not_the_word():
    answer = Answer.of(chat("No", [("No", {"No": 0.4, "yes": 0.2, " Yes": 0.3, "The": 0.1})]))
    assert read(answer, "harm")["harm"] == pytest.approx(0.2231, abs=1e-3)


def test_yes_and_no_that_are_equally_likely_are_an_answer_too():
    assert read(Answer.of(chat("No", [("No", {"No": 0.5, "Yes": 0.5})])), "harm")["harm"] == pytest.approx(0.0)


@pytest.mark.parametrize("answer", [Answer("yes"), Answer("no"), Answer.of(chat("The", [("The", {"The": 0.9})]))])
def test_without_probabilities_of_yes_or_no_it_is_malformed(answer):
    with pytest.raises(Malformed):
        read(answer, "harm")
