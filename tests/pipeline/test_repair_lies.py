"""Models, and servers before them, that lie or break when they are asked again."""

import orjson
import pytest
from tests.pipeline.agreeing import FORM, TOOL, Asked, calling, content, contracts, under
from tests.pipeline.making import Models, answer, body, whole

from sekisho.core.verdict import Verdict
from sekisho.pipeline.contract import plain
from sekisho.policy.profile import Contract


def counting(text, **usage):
    return {**answer(text), "usage": usage}


@pytest.mark.parametrize("most", [2**64 - 1, -(2**63)])
async def test_counts_that_no_number_holds_are_cut(most):
    asked = Asked(counting("x", prompt_tokens=most), counting('{"age": 3}', prompt_tokens=most))
    payload, _ = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=1)))
    assert content(payload) == '{"age": 3}'
    assert abs(payload["usage"]["prompt_tokens"]) == 2**63 - 1


DEEP = orjson.Fragment(b"[" * 400 + b"]" * 400)  # deeper than orjson writes of itself


@pytest.mark.parametrize("field", ["junk", "usage", "choices"])
@pytest.mark.parametrize("times", [(True, False), (False, True)])
async def test_what_lies_deep_breaks_nothing(field, times):
    answers = [answer("x"), answer('{"age": 3}')]
    for one, lies in zip(answers, times, strict=True):
        if lies:
            (one["choices"][0] if field == "choices" else one)[field] = DEEP
    asked = Asked(*answers)
    payload, _ = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=1)))
    assert len(asked.bodies) == 2
    assert content(payload) in ("x", '{"age": 3}')


async def test_nor_does_it_within_a_call():
    lie = calling("{}")
    lie["choices"][0]["message"]["tool_calls"][0] |= {"junk": DEEP}
    asked = Asked(lie, calling('{"city": "堺"}'))
    payload, _ = await whole(Models(asked), body(tools=[TOOL]), who=under(Contract(again=1)))
    assert [verdict for _, verdict in contracts(payload)][-1] in ("annotate", "pass")


async def test_a_model_sees_of_its_calls_what_callers_would():
    lie = calling("{}")
    lie["choices"][0]["message"]["tool_calls"][0]["function"]["junk"] = "x"
    asked = Asked(lie, calling('{"city": "堺"}'))
    payload, _ = await whole(Models(asked), body(tools=[TOOL]), who=under(Contract(again=1)))
    assert asked.bodies[1]["messages"][-2]["tool_calls"][0]["function"] == {"name": "weather", "arguments": "{}"}
    assert contracts(payload) == [("contract.schema", "pass")]


async def test_choices_that_nobody_asked_for_are_not_asked_for_again():
    many = answer("x")
    many["choices"] = [{**many["choices"][0], "index": index} for index in range(17)]
    asked = Asked(many)
    payload, outcome = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=2)))
    assert len(asked.bodies) == 1
    assert len(payload["choices"]) == 17
    assert outcome.passage.exchange.verdict is Verdict.ANNOTATE


async def test_an_answer_that_is_none_costs_what_it_says():
    asked = Asked("a", {"choices": [], "usage": {"total_tokens": 40}})
    _, outcome = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=1)))
    assert outcome.passage.tokens == 43


def test_names_that_are_looked_at_in_a_request_are_not_told_in_a_place():
    assert plain(("properties", "falcon9", "items", "0", "type")) == ["properties", "…", "items", "0", "type"]
