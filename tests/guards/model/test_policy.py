"""Policy as prompt."""

import pytest
from tests.guards.model.answering import chat

from sekisho.guards.model.answer import Answer, Malformed
from sekisho.guards.model.inquiry import Case
from sekisho.guards.model.policy import BEFORE, Policy

GUARD = Policy("No praise of cats.", "contract")


def test_the_output_is_constrained_and_the_text_is_marked_as_data():
    (inquiry,) = GUARD.ask(Case("Cats are great.", by_assistant=True), {"contract"})
    system, user = inquiry.body["messages"]
    assert system["content"].endswith("Policy:\nNo praise of cats.")
    assert user["content"] == "Written by an AI:\n<text>\nCats are great.\n</text>"
    schema = inquiry.body["response_format"]["json_schema"]
    assert (schema["strict"], schema["schema"]["additionalProperties"]) == (True, False)


def test_the_verdict_counts_by_its_probability():
    tokens = [('{"violation":', {}), (" true", {" true": 0.8, " false": 0.2}), ("}", {})]
    assert GUARD.read(Answer.of(chat('{"violation": true}', tokens)))["contract"] == pytest.approx(1.3863, abs=1e-3)
    assert GUARD.read(Answer('{"violation": false}'))["contract"] < 0


@pytest.mark.parametrize(
    "text", ["", "true", '{"violation": 1}', '{"violation": true', '{"violation": true, "x": 1}', "{}"]
)
def test_anything_else_is_malformed(text):
    with pytest.raises(Malformed):
        GUARD.read(Answer(text))


def test_what_was_said_before_stands_in_marks_of_its_own():
    case = Case("Both.", by_assistant=True, question="Cats or dogs?", earlier=(("Hi.", "Hello."),))
    (inquiry,) = GUARD.ask(case, {"contract"})
    assert inquiry.body["messages"][1]["content"] == (
        f"{BEFORE}\n<earlier>\na person: Hi.\nan AI: Hello.\na person: Cats or dogs?\n</earlier>\n\n"
        "Written by an AI:\n<text>\nBoth.\n</text>"
    )
