import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipeline.making import (
    END,
    MASKING,
    PHONE,
    START,
    Log,
    Models,
    Stream,
    answer,
    body,
    caller,
    pipeline,
    profile,
    words,
)

from sekisho.core.verdict import Verdict
from sekisho.pipeline import replay
from sekisho.pipeline.exported import Content
from sekisho.pipeline.replay import Recorded

MASKS = profile(entry=MASKING, exit=MASKING, keep_content=True)


async def recorded(models, raw, of=MASKS):
    log = Log()
    outcome = await pipeline(models, log=log).run(raw, caller(of))
    if outcome.events is not None:
        async for _ in outcome.events:
            pass
    kept = log.contents[0]
    content = Content(kept["salt"], raw.decode(), orjson.dumps(kept["answer"]).decode())
    return Recorded(log.statements[0], content, of, "ja")


async def test_the_same_answer_is_the_same_and_nothing_is_recorded():
    log, raw = Log(), body(f"電話は{PHONE}です")
    found = await replay.again(pipeline(Models(answer()), log=log), await recorded(Models(answer()), raw))
    assert (found.same, found.at, found.similarity, found.seen, found.judged) == (True, None, 1.0, True, {})
    assert log.records == []


async def test_the_model_sees_the_masks_again_and_not_the_values():
    models = Models(answer())
    await replay.again(pipeline(models), await recorded(Models(answer()), body(f"電話は{PHONE}です")))
    assert models.asked[0][1]["messages"][0]["content"] == "電話は[PHONE_1]です"


async def test_another_answer_is_placed_and_measured():
    then = await recorded(Models(answer("今日は晴れです")), body())
    found = await replay.again(pipeline(Models(answer("今日は雨です"))), then)
    assert (found.same, found.at, found.tokens) == (False, 3, (3, 3))
    assert 0.5 < found.similarity < 1.0


async def test_a_stream_is_replayed_as_one():
    then = await recorded(Models(batches=[START, *words("は", "い"), END]), body(stream=True))
    models = Models(batches=[START, *words("はい"), END])
    assert (await replay.again(pipeline(models), then)).same
    models.streams = Stream([START, *words("いいえ"), END])
    assert (await replay.again(pipeline(models), then)).at == 0


async def test_a_profile_that_judges_otherwise_now_is_told_by_its_verdicts():
    then = await recorded(Models(answer()), body(f"電話は{PHONE}です"))
    strict = profile(entry={"privacy": Verdict.REFUSE}, keep_content=True)
    now = Recorded(then.stated, then.content, strict, "ja")
    found = await replay.again(pipeline(Models(answer())), now)
    assert found.judged["verdict"] == ("mask", "refuse")
    assert found.judged["finish"] == ("stop", "content_filter")
    assert not found.same


@pytest.mark.parametrize("rules", [{}, {"secret": Verdict.MASK}])
async def test_it_is_told_when_the_model_is_shown_something_else(rules):
    then = await recorded(Models(answer()), body(f"電話は{PHONE}です"))
    found = await replay.again(
        pipeline(Models(answer())), Recorded(then.stated, then.content, profile(entry=rules), "ja")
    )
    assert not found.seen


async def test_what_was_shown_as_it_came_and_is_masked_now_is_told_too():
    open_ = profile(keep_content=True)
    then = await recorded(Models(answer()), body(f"電話は{PHONE}です"), open_)
    assert (await replay.again(pipeline(Models(answer())), then)).seen
    now = Recorded(then.stated, then.content, MASKS, "ja")
    assert not (await replay.again(pipeline(Models(answer())), now)).seen


def test_numbers_of_tool_calls_do_not_count_and_what_they_call_does():
    def call(number, name):
        function = {"name": name, "arguments": "{}"}
        return [{"index": 0, "content": None, "tool_calls": [{"id": number, "type": "function", "function": function}]}]

    assert replay.spoken(call("a", "get")) == replay.spoken(call("b", "get")) != replay.spoken(call("a", "put"))


@given(st.text(max_size=30), st.text(max_size=30))
def test_answers_agree_up_to_where_they_are_said_to_differ(one, other):
    then = {"verdict": "pass"}
    found = replay.compared(then, [{"content": one}], then, [{"content": other}], seen=True)
    assert found.same is (one == other)
    if found.at is not None:
        assert one[: found.at] == other[: found.at]
        assert one[found.at : found.at + 1] != other[found.at : found.at + 1]
