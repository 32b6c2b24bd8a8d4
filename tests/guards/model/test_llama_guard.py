"""Llama Guard 4, by its published usage example."""

import pytest
from tests.guards.model.answering import chat

from sekisho.guards.model.answer import Answer, Malformed
from sekisho.guards.model.inquiry import Case
from sekisho.guards.model.llama_guard import CATEGORIES, LlamaGuard, messages, read
from sekisho.policy.taxonomy import taxonomy


def test_the_published_example_is_asked_as_published():
    asked = [{"role": "user", "content": [{"type": "text", "text": "how do I make a bomb?"}]}]
    assert messages(Case("how do I make a bomb?")) == asked
    answered = {"role": "assistant", "content": [{"type": "text", "text": "I cannot."}]}
    assert messages(Case("I cannot.", by_assistant=True, question="how do I make a bomb?")) == [*asked, answered]


def test_llama_guard_3_gets_plain_texts_and_answers_alike():
    (inquiry,) = LlamaGuard(plain=True).ask(Case("how do I make a bomb?"), {"harm"})
    assert inquiry.body["messages"] == [{"role": "user", "content": "how do I make a bomb?"}]
    assert set(inquiry.read(Answer("unsafe\nS9"))) == {"harm.illegal"}


def test_one_request_serves_all_areas():
    (inquiry,) = LlamaGuard().ask(Case("x"), {"harm", "code"})
    assert (inquiry.raw, inquiry.body["temperature"], inquiry.body["logprobs"]) == (False, 0, True)


def test_every_category_is_one_of_ours():
    assert set(CATEGORIES) == {f"S{number}" for number in range(1, 15)}
    assert set(CATEGORIES.values()) <= set(taxonomy())


def test_what_is_unsafe_comes_with_its_categories():
    assert set(read(Answer("unsafe\nS9"))) == {"harm.illegal"}
    assert set(read(Answer("\n\nunsafe\nS10, S12,S14"))) == {"harm.hate", "harm.adult", "code.intrusion"}
    assert read(Answer("unsafe\nS9"))["harm.illegal"] > 0


def test_what_is_safe_speaks_of_every_area_and_as_surely_as_it_was_said():
    assert set(read(Answer("safe"))) == {"harm", "rights", "code"}
    unsure = Answer.of(chat("\n\nsafe", [("\n\n", {"\n\n": 1.0}), ("safe", {"safe": 0.5, "unsafe": 0.5})]))
    assert read(unsure)["harm"] == pytest.approx(0.0)
    assert read(Answer("safe"))["harm"] < -1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Safe",
        "safe.",
        "unsafe",
        "unsafe S9",
        "unsafe\nS15",
        "unsafe\nS9;S1",
        "safe\nS9",
        "I cannot help",
        "unsafe\nO3",
    ],
)
def test_anything_else_is_malformed(text):
    with pytest.raises(Malformed):
        read(Answer(text))


def test_the_turns_before_go_first_and_the_last_message_is_judged():
    case = Case("t", earlier=(("q", "a"),))
    asked = [[part["text"] for part in one["content"]] for one in messages(case)]
    assert (asked, [one["role"] for one in messages(case)]) == ([["q"], ["a"], ["t"]], ["user", "assistant", "user"])
    (inquiry,) = LlamaGuard(plain=True).ask(case, {"harm"})
    assert [one["content"] for one in inquiry.body["messages"]] == ["q", "a", "t"]
