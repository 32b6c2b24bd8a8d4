"""gpt-oss-safeguard, by the output forms of its guide."""

import pytest
from tests.guards.model.answering import chat

from sekisho.guards.model.answer import Answer, Malformed
from sekisho.guards.model.inquiry import Case
from sekisho.guards.model.safeguard import Safeguard

GUARD = Safeguard("<your policy>", "harm.unethical")


def test_the_policy_is_the_system_message_and_the_text_the_user_message():
    (inquiry,) = GUARD.ask(Case("<user content to verify>"), {"harm"})
    assert inquiry.body["messages"] == [
        {"role": "system", "content": "<your policy>"},
        {"role": "user", "content": "<user content to verify>"},
    ]
    assert "max_tokens" not in inquiry.body


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("1", True),
        ("0\n", False),
        ('{"violation": 1, "policy_category": "H2.f"}', True),
        ('{"violation": 0, "policy_category": null}', False),
        ('{\n "violation": 1, "rule_ids": ["H2.d"], "confidence": "high", "rationale": "It dehumanizes."\n}', True),
    ],
)
def test_the_published_outputs_are_understood(text, yes):
    assert (GUARD.read(Answer(text))["harm.unethical"] > 0) is yes


def test_only_the_last_digit_decides_when_reasoning_stands_before_it():
    tokens = [("analysis 1 or 0? ", {}), ("0", {"0": 0.6, "1": 0.4})]
    assert GUARD.read(Answer.of(chat("0", tokens)))["harm.unethical"] == pytest.approx(-0.405, abs=1e-3)


@pytest.mark.parametrize("text", ["", "2", "no", "{}", '{"violation": 2}', '{"violation": true}', "0 1", "[1]"])
def test_anything_else_is_malformed(text):
    with pytest.raises(Malformed):
        GUARD.read(Answer(text))


def test_what_was_said_before_has_no_place_in_its_guide():
    alone, behind = Case("x", by_assistant=True), Case("x", by_assistant=True, question="q", earlier=(("a", "b"),))
    assert [one.body for one in GUARD.ask(alone, {"harm"})] == [one.body for one in GUARD.ask(behind, {"harm"})]
