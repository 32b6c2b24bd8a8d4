import orjson
import pytest
from tests.pipeline.agreeing import FORM, TOOL, Asked, calling, content, contracts, under
from tests.pipeline.making import (
    BAD,
    NAME,
    PHONE,
    Log,
    Models,
    answer,
    body,
    caller,
    pipeline,
    profile,
    whole,
)

from sekisho.core.errors import InvalidField, Stopped, UpstreamBroken, UpstreamTimeout
from sekisho.core.schema import Schema
from sekisho.core.verdict import Verdict
from sekisho.policy.profile import Contract


async def test_an_answer_that_fits_costs_nothing_and_says_nothing():
    asked = Asked('{"age": 3}')
    payload, _ = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=2)))
    assert len(asked.bodies) == 1
    assert contracts(payload) == []
    assert payload["sekisho"]["notice"] == ""


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"age": 3}\n```',
        'はい、こちらです。\n{"age": 3}',
        'Sure! Here [as asked] it is: {"age": 3} Anything else?',
    ],
)
async def test_data_amid_words_is_taken_out_for_nothing(text):
    log = Log()
    payload, outcome = await whole(Models(Asked(text)), body(response_format=FORM), who=under(), log=log)
    assert content(payload) == '{"age": 3}'
    assert contracts(payload) == [("contract.format", "pass")]
    assert "除きました" in payload["sekisho"]["notice"]
    assert log.contents[0]["answer"][0]["content"] == '{"age": 3}'
    assert outcome.passage.exchange.categories == ["contract.format"]
    assert log.statements[0]["verdict"] == "pass"


@pytest.mark.parametrize(
    "text",
    [
        '{"age": 3} または {"age": 4}',  # which of them?
        '{"people": [{"age": 3}, {"age": 4',  # a part of what was cut off
        'はい。{"age": 3, "age": 4}',  # readers differ
        'はい。{"age": "3"}',
    ],
)
async def test_what_is_not_surely_the_answer_is_not_taken_for_it(text):
    payload, _ = await whole(Models(Asked(text)), body(response_format=FORM), who=under())
    assert content(payload) == text
    assert contracts(payload) == [("contract.format", "annotate")]


async def test_the_model_is_asked_again_with_its_own_answer_and_what_is_wrong():
    log = Log()
    asked = Asked('{"age": "three"}', '{"age": 3}')
    payload, outcome = await whole(
        Models(asked), body(f"{NAME}さんは?", response_format=FORM), who=under(Contract(again=1)), log=log
    )
    assert content(payload) == '{"age": 3}'
    first, second = asked.bodies
    assert second["messages"][:1] == first["messages"] == [{"role": "user", "content": "[PERSON_1]さんは?"}]
    assert second["messages"][1] == {"role": "assistant", "content": '{"age": "three"}'}
    assert second["messages"][2]["role"] == "user"
    assert "properties/age/type" in second["messages"][2]["content"]
    assert second["response_format"] == FORM
    assert contracts(payload) == [("contract.schema", "pass")]
    assert "データの形の違い" in payload["sekisho"]["notice"]
    assert payload["usage"] == {"prompt_tokens": 2, "completion_tokens": 4, "total_tokens": 6}
    assert outcome.passage.tokens == log.statements[0]["tokens"] == 6
    assert "contract.schema" in log.statements[0]["categories"]


async def test_what_is_told_names_nothing_of_the_person():
    form = {"type": "json_object", "schema": {"type": "object", "properties": {PHONE: {"type": "integer"}}}}
    asked = Asked('{"[PHONE_1]": "x"}', '{"[PHONE_1]": 1}')
    payload, _ = await whole(Models(asked), body(response_format=form), who=under(Contract(again=1)))
    assert PHONE not in orjson.dumps(asked.bodies).decode()
    assert orjson.loads(content(payload)) == {PHONE: 1}


async def test_no_more_often_than_the_profile_says():
    asked = Asked("a", "b", "c")
    payload, outcome = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=1)))
    assert (len(asked.bodies), content(payload)) == (2, "b")
    assert contracts(payload) == [("contract.format", "pass"), ("contract.format", "annotate")]
    assert outcome.passage.exchange.verdict is Verdict.ANNOTATE
    asked = Asked("a", "b")
    payload, _ = await whole(Models(asked), body(response_format=FORM), who=under(Contract()))
    assert (len(asked.bodies), content(payload)) == (1, "a")


@pytest.mark.parametrize(
    "fault", [UpstreamTimeout(model="m", phase="total", limit=1), UpstreamBroken(model="m", why="")]
)
async def test_a_model_that_fails_when_asked_again_leaves_the_first_answer(fault):
    payload, outcome = await whole(Models(Asked("a", fault)), body(response_format=FORM), who=under(Contract(again=2)))
    assert content(payload) == "a"
    assert outcome.passage.exchange.verdict is Verdict.ANNOTATE


@pytest.mark.parametrize("broken", [{"choices": []}, {"choices": [3]}, {"choices": [{"message": 3}]}, {}])
async def test_so_does_an_answer_that_is_none(broken):
    payload, _ = await whole(Models(Asked("a", broken)), body(response_format=FORM), who=under(Contract(again=2)))
    assert content(payload) == "a"


async def test_a_model_that_was_stopped_meanwhile_is_not_heard():
    log, asked = Log(), Asked("a", '{"age": 3}')
    running = pipeline(Models(asked), log=log, stopped=lambda model, profile: "m" if len(asked.bodies) > 1 else None)
    with pytest.raises(Stopped):
        await running.run(body(response_format=FORM), under(Contract(again=1)))
    assert log.statements[0]["finish"] == "stopped"


async def test_the_second_answer_is_inspected_like_the_first():
    asked = Asked("x", f'{{"age": 3, "say": "{PHONE} {BAD}"}}')
    payload, _ = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=1)))
    assert payload["choices"][0]["finish_reason"] == "content_filter"
    assert BAD not in content(payload)


async def test_findings_of_an_answer_that_nobody_got_are_kept_and_nothing_follows():
    asked = Asked(f"{PHONE}です", '{"age": 3}')
    payload, outcome = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=1)))
    assert outcome.passage.exchange.verdict is Verdict.PASS
    assert outcome.passage.exchange.categories == ["contract.format", "privacy.phone"]
    assert content(payload) == '{"age": 3}'


async def test_a_refused_answer_is_not_asked_again():
    asked = Asked(BAD)
    payload, _ = await whole(Models(asked), body(response_format=FORM), who=under(Contract(again=2)))
    assert len(asked.bodies) == 1
    assert payload["choices"][0]["finish_reason"] == "content_filter"


@pytest.mark.parametrize("verdict", [Verdict.REFUSE, Verdict.HOLD, Verdict.REPLACE])
async def test_rules_may_keep_back_what_does_not_fit(verdict):
    payload, _ = await whole(Models(Asked("秘密の答え")), body(response_format=FORM), who=under(verdict=verdict))
    assert "秘密" not in content(payload)
    assert contracts(payload) == [("contract.format", verdict.word)]


async def test_a_mask_hides_the_whole():
    payload, _ = await whole(Models(Asked("秘密の答え")), body(response_format=FORM), who=under(verdict=Verdict.MASK))
    assert content(payload) == "[書式の違い]"


async def test_without_a_rule_it_is_recorded_and_passes():
    payload, outcome = await whole(Models(Asked("a")), body(response_format=FORM), who=under(verdict=None))
    assert content(payload) == "a"
    assert outcome.passage.exchange.categories == ["contract.format"]


async def test_each_choice_is_mended_by_itself():
    two = answer('{"age": 1}')
    two["choices"].append({"index": 1, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"})
    asked = Asked(two, '{"age": 2}')
    payload, _ = await whole(Models(asked), body(response_format=FORM, n=2), who=under(Contract(again=1)))
    assert [content(payload, index) for index in (0, 1)] == ['{"age": 1}', '{"age": 2}']
    assert "n" not in asked.bodies[1]
    assert asked.bodies[1]["messages"][-2]["content"] == "x"


async def test_what_a_mask_breaks_is_broken():
    form = {"type": "json_object", "schema": {"properties": {"tel": {"pattern": "^0[0-9-]+$"}}}}
    payload, _ = await whole(Models(Asked(f'{{"tel": "{PHONE}"}}')), body(response_format=form), who=under())
    assert contracts(payload) == [("contract.schema", "annotate")]


async def test_a_profiles_schema_is_told_to_the_model_and_counts_beside_the_requests():
    who = under(Contract(schema=Schema({"type": "object", "maxProperties": 1})))
    asked = Asked('{"age": 3}')
    _, outcome = await whole(Models(asked), body(), who=who)
    form = asked.bodies[0]["response_format"]
    assert form == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": who.profile.answer.schema.document},
    }
    assert outcome.passage.exchange.seen
    asked = Asked('{"age": 3, "x": 1}')
    payload, _ = await whole(Models(asked), body(response_format=FORM), who=who)
    assert asked.bodies[0]["response_format"] == FORM
    assert contracts(payload) == [("contract.schema", "annotate")]


async def test_data_is_not_labelled():
    who = under(Contract(format="json"), label="visible", marks=("line",))
    payload, _ = await whole(Models(Asked("[1]")), body(), who=who)
    assert content(payload) == "[1]"
    payload, _ = await whole(Models(Asked("はい")), body(), who=under(Contract(most=2), label="visible"))
    assert contracts(payload) == []  # the label is not counted
    assert content(payload).startswith("はい\n\n")


async def test_arguments_of_strict_tools_are_checked_and_asked_for_again():
    asked = Asked(calling('{"town": "堺"}'), calling('{"city": "堺"}'))
    who = under(Contract(again=1), action={"contract": Verdict.REFUSE})
    payload, _ = await whole(Models(asked), body(tools=[TOOL]), who=who)
    assert payload["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == '{"city": "堺"}'
    told = asked.bodies[1]["messages"]
    assert told[-2]["tool_calls"][0]["id"] == told[-1]["tool_call_id"] == "call_1"
    assert told[-1]["role"] == "tool"
    assert "required/city" in told[-1]["content"]
    assert contracts(payload) == [("contract.schema", "pass")]


async def test_of_several_calls_each_gets_an_answer():
    two = calling('{"town": 1}')
    two["choices"][0]["message"]["tool_calls"].append(
        {"type": "function", "function": {"name": "weather", "arguments": '{"city": "堺"}'}}
    )
    asked = Asked(two, calling('{"city": "堺"}'))
    await whole(Models(asked), body(tools=[TOOL]), who=under(Contract(again=1)))
    told = asked.bodies[1]["messages"]
    ids = [one["id"] for one in told[-3]["tool_calls"]]
    assert ids == [one["tool_call_id"] for one in told[-2:]]
    assert len(set(ids)) == 2
    assert "実行していません" in told[-1]["content"]


@pytest.mark.parametrize(("verdict", "kept"), [(Verdict.REFUSE, False), (Verdict.ANNOTATE, True), (Verdict.MASK, None)])
async def test_rules_of_actions_judge_arguments(verdict, kept):
    who = under(action={"contract": verdict})
    payload, _ = await whole(Models(Asked(calling("{}"))), body(tools=[TOOL]), who=who)
    assert contracts(payload) == [("contract.schema", verdict.word)]
    calls = payload["choices"][0]["message"].get("tool_calls")
    arguments = calls[0]["function"]["arguments"] if calls else None
    assert arguments == {False: None, True: "{}", None: '"[データの形の違い]"'}[kept]


@pytest.mark.parametrize("changed", [{"strict": False}, {"parameters": None}, {"name": "other"}])
async def test_other_tools_are_not_checked(changed):
    tool = {"type": "function", "function": TOOL["function"] | changed}
    payload, _ = await whole(Models(Asked(calling("{}"))), body(tools=[tool]), who=under())
    assert contracts(payload) == []


async def test_words_beside_calls_and_refusals_have_no_form():
    payload, _ = await whole(
        Models(Asked(calling('{"city": "堺"}', words="調べます。"))),
        body(tools=[TOOL], response_format=FORM),
        who=under(),
    )
    assert contracts(payload) == []
    refused = answer(None, refusal="お答えできません。")
    payload, _ = await whole(Models(Asked(refused)), body(response_format=FORM), who=under())
    assert contracts(payload) == []
    payload, _ = await whole(Models(Asked(answer(None))), body(response_format=FORM), who=under())
    assert contracts(payload) == [("contract.format", "annotate")]


async def test_an_answer_cut_off_is_a_broken_contract():
    payload, _ = await whole(Models(Asked(answer('{"age": 3', "length"))), body(response_format=FORM), who=under())
    assert contracts(payload) == [("contract.format", "annotate")]


async def test_a_very_long_answer_is_not_shown_again():
    asked = Asked("a" * 200_001, "b")
    payload, _ = await whole(Models(asked), body(), who=under(Contract(most=10, again=1)))
    assert len(asked.bodies) == 1
    assert contracts(payload) == [("contract.length", "annotate")]


async def test_a_profile_that_inspects_nothing_checks_nothing():
    nothing = profile(
        exit={"fault": Verdict.PASS}, action={"fault": Verdict.PASS}, entry={"fault": Verdict.PASS}, keep_content=True
    )
    broken = {"type": "json_schema", "json_schema": {"schema": {"type": 3}}}
    payload, outcome = await whole(Models(Asked("a")), body(response_format=broken), who=caller(nothing))
    assert content(payload) == "a"
    assert outcome.passage.exchange.categories == []


@pytest.mark.parametrize("verdict", [Verdict.REFUSE, Verdict.PASS])
async def test_a_broken_schema_is_the_callers_to_mend(verdict):
    models = Models(Asked("a"))
    form = {"type": "json_schema", "json_schema": {"schema": {"properties": {"a": {"pattern": "(?=x)"}}}}}
    with pytest.raises(InvalidField) as caught:
        await whole(models, body(response_format=form), who=under(verdict=verdict))
    assert caught.value.details["field"] == "response_format.json_schema.schema.properties.a.pattern"
    assert "正規表現" in caught.value.say("ja")
    assert models.asked == []


async def test_data_is_inspected_behind_its_escapes_and_stays_data():
    phone = "".join(f"\\u{ord(one):04x}" for one in PHONE)
    payload, _ = await whole(Models(Asked(f'{{"age": 3, "tel": "{phone}"}}')), body(response_format=FORM), who=under())
    assert orjson.loads(content(payload))["tel"] == "[電話番号]"
    said = f'password: ab"cd\\n {NAME}'

    async def echo(asked):
        told = asked["messages"][0]["content"]
        return answer(orjson.dumps({"age": 3, "said": told}).decode())

    payload, _ = await whole(Models(echo), body(said, response_format=FORM), who=under())
    assert orjson.loads(content(payload)) == {"age": 3, "said": said}


@pytest.mark.parametrize("text", ['{"age": "' + "a" * 2_000_000 + '"}', "[" * 100_000])
async def test_what_cannot_be_checked_is_broken(text):
    payload, _ = await whole(Models(Asked(text)), body(response_format=FORM), who=under(verdict=Verdict.REFUSE))
    assert payload["choices"][0]["finish_reason"] == "content_filter"


async def test_a_schema_that_takes_for_ever_is_looked_at_elsewhere_and_counts_as_broken():
    parts = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(60)} | {"d60": {"type": "object"}}
    form = {"type": "json_object", "schema": {"$ref": "#/$defs/d0", "$defs": parts}}
    payload, _ = await whole(Models(Asked("{}")), body(response_format=form), who=under())
    assert contracts(payload) == [("contract.schema", "annotate")]


@pytest.mark.parametrize(("text", "kept"), [('{"a": 1}', False), ("はい、[1]です。", True), ("3", True)])
async def test_words_may_be_agreed_on(text, kept):
    payload, _ = await whole(Models(Asked(text)), body(), who=under(Contract(format="text")))
    assert contracts(payload) == ([] if kept else [("contract.format", "annotate")])
