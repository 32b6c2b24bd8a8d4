import orjson
from tests.pipeline.agreeing import FORM, TOOL, Asked, calling, contracts, under
from tests.pipeline.making import (
    Log,
    Models,
    body,
    last,
    pipeline,
    read,
    said,
    streamed,
    words,
)
from tests.pipeline.making import event as chunk

from sekisho.core.verdict import Verdict
from sekisho.policy.profile import Contract


async def told(models, raw, who, log=None):
    outcome = await pipeline(models, log=log).run(raw, who)
    got = read([part async for part in outcome.events])
    assert got.done
    return [orjson.loads(one) for one in got.payloads], outcome


async def test_a_stream_waits_where_the_model_may_be_asked_again():
    asked = Asked("x", '{"age": 3}')
    models, log = Models(asked), Log()
    raw = body(response_format=FORM, stream=True, stream_options={"include_usage": True})
    got, outcome = await told(models, raw, under(Contract(again=1)), log)
    assert "stream" not in asked.bodies[0]
    assert "stream_options" not in asked.bodies[1]
    assert got[0]["object"] == "chat.completion.chunk"
    assert got[0]["choices"][0]["delta"] == {"role": "assistant", "content": '{"age": 3}'}
    assert got[1]["choices"][0]["finish_reason"] == "stop"
    assert contracts(got[1]) == [("contract.format", "pass")]
    assert got[2] == {**{name: got[0][name] for name in ("id", "object", "created", "model")}, "choices": [],
                      "usage": {"prompt_tokens": 2, "completion_tokens": 4, "total_tokens": 6}}  # fmt: skip
    assert log.contents[0]["answer"][0]["content"] == '{"age": 3}'
    assert outcome.passage.recorded


async def test_a_stream_waits_where_a_rule_may_keep_it_back():
    models = Models(Asked("秘密の答え"))
    got, _ = await told(models, body(response_format=FORM, stream=True), under(verdict=Verdict.REFUSE))
    assert "秘密" not in orjson.dumps(got).decode()
    assert got[-1]["choices"][0]["finish_reason"] == "content_filter"
    models = Models(Asked('{"age": 3}'))
    got, _ = await told(models, body(response_format=FORM, stream=True), under(verdict=Verdict.REFUSE))
    assert len(got) == 2  # no usage that nobody asked for


async def test_calls_of_a_stream_that_waited_have_their_places():
    models = Models(Asked(calling('{"city": "堺"}')))
    got, _ = await told(models, body(tools=[TOOL], stream=True), under(Contract(again=1)))
    call = got[0]["choices"][0]["delta"]["tool_calls"][0]
    assert (call["index"], call["id"], call["function"]["arguments"]) == (0, "call_1", '{"city": "堺"}')
    assert got[1]["choices"][0]["finish_reason"] == "tool_calls"


async def test_another_stream_runs_and_is_checked_at_its_end():
    log = Log()
    got, outcome, models = await streamed(
        [*words('{"age"', ': "3"}'), [chunk(finish="stop")]],
        raw=body(response_format=FORM, stream=True), who=under(), log=log,
    )  # fmt: skip
    assert models.asked[0][1]["stream"] is True
    assert said(got.payloads) == '{"age": "3"}'
    assert contracts(last(got.payloads)) == [("contract.schema", "annotate")]
    assert outcome.passage.exchange.verdict is Verdict.ANNOTATE
    assert log.statements[0]["categories"] == ["contract.schema"]


async def test_so_are_the_calls_of_its_tools():
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    got, _, _ = await streamed(
        [[chunk(tool_calls=[call])], [chunk(finish="tool_calls")]],
        raw=body(tools=[TOOL], stream=True), who=under(action={"contract": Verdict.ANNOTATE}),
    )  # fmt: skip
    assert contracts(last(got.payloads)) == [("contract.schema", "annotate")]


async def test_a_stream_without_a_contract_runs_as_ever():
    got, _, models = await streamed([*words("はい"), [chunk(finish="stop")]], who=under(verdict=Verdict.REFUSE))
    assert models.asked[0][1]["stream"] is True
    assert contracts(last(got.payloads)) == []
