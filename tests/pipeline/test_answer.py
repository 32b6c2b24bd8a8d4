import json

import orjson
import pytest
from tests.pipeline.making import BAD, KEY, MASKING, PHONE, answer, examiner, profile, table

from sekisho.core.errors import UpstreamBroken
from sekisho.core.verdict import Verdict
from sekisho.pipeline.answer import examined


async def passed(body, of=None):
    payload = body if isinstance(body, bytes) else orjson.dumps(body)
    return await examined(payload, "m", examiner(of or profile(exit=MASKING, action=MASKING), table()))


async def test_a_clean_answer_passes_as_it_is():
    body = answer("はい", reasoning_content="考える", refusal=None)
    result = await passed(body)
    assert result.completion["choices"][0]["message"] == body["choices"][0]["message"]
    assert result.completion["usage"] == body["usage"]
    assert (result.ended, result.tokens, result.judged) == (None, 3, [])


async def test_every_text_is_examined():
    result = await passed(answer(f"{KEY}", reasoning_content=f"a {KEY}", reasoning=f"b {KEY}", refusal=f"c {KEY}"))
    assert result.texts == [
        {"index": 0, "content": "[APIキー]", "reasoning_content": "a [APIキー]", "reasoning": "b [APIキー]",
         "refusal": "c [APIキー]"}
    ]  # fmt: skip
    assert len(result.judged) == 4


MESSAGES = (
    b"1", b'{"content":1}', b'{"tool_calls":1}', b'{"tool_calls":[1]}', b'{"tool_calls":[{}]}', b'{"function_call":1}',
    b'{"tool_calls":[{"function":{"arguments":{}}}]}', b'{"tool_calls":[{"function":{"name":1}}]}',
)  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"choices":[]}', b'{"choices":[1]}', b'{"choices":[{}]}']
    + [b'{"choices":[{"message":%b}]}' % one for one in MESSAGES],
)
async def test_what_is_no_completion_is_the_upstreams_fault(body):
    with pytest.raises(UpstreamBroken):
        await passed(body)


async def test_what_nobody_inspects_does_not_pass():
    body = answer("はい", audio={"data": KEY}, annotations=[KEY])
    body |= {"prompt_filter": KEY, "system_fingerprint": [KEY], "usage": {"total_tokens": 3, "who": KEY}}
    body["choices"][0] |= {"logprobs": {"content": [KEY]}, "finish_reason": KEY, "index": KEY}
    body["choices"][0]["message"]["role"] = KEY
    call = {"id": KEY, "type": KEY, "other": KEY, "function": {"name": "f", "arguments": "{}", "x": KEY}}
    body["choices"][0]["message"]["tool_calls"] = [call]
    result = await passed(body)
    assert KEY.encode() not in orjson.dumps(result.completion)
    assert result.completion["choices"][0]["message"]["tool_calls"] == [
        {"id": "[APIキー]", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    ]


async def test_of_a_field_that_stands_twice_only_the_inspected_one_passes():
    raw = f'{{"choices":[{{"message":{{"content":"{KEY}","content":"はい"}}}}]}}'.encode()
    assert KEY.encode() not in orjson.dumps((await passed(raw)).completion)


async def test_the_callers_own_data_comes_back_in_arguments_as_valid_json():
    arguments = json.dumps({"to": "[PERSON_1]", "tel": "[phone 1]"}, ensure_ascii=True)
    calls = [{"id": "1", "type": "function", "function": {"name": "send", "arguments": arguments}}]
    result = await passed(answer(None, "tool_calls", tool_calls=calls))
    found = result.completion["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(found) == {"to": "田中太郎", "tel": PHONE}


async def test_arguments_in_which_nothing_changed_keep_their_spelling():
    arguments = '{ "q" : "\\u65e5\\u672c\\n" }'
    calls = [{"id": "1", "function": {"name": "f", "arguments": arguments}}]
    result = await passed(answer(None, tool_calls=calls))
    assert result.completion["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == arguments


async def test_escapes_hide_nothing_in_arguments():
    hidden = "".join(f"\\u{ord(c):04x}" for c in KEY)
    calls = [{"id": "1", "function": {"name": "f", "arguments": f'{{"q": "{hidden}"}}'}}]
    result = await passed(answer(None, tool_calls=calls))
    found = result.completion["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(found) == {"q": "[APIキー]"}


async def test_a_thought_that_ends_the_answer_leaves_no_word_of_it():
    result = await passed(answer("よい答え", reasoning_content=f"まず{BAD}"))
    assert result.ended is not None
    assert result.texts[0] == {"index": 0, "content": "", "reasoning_content": "まず"}


async def test_the_worst_of_several_endings_counts_and_a_hold_withholds():
    of = profile(exit={"privacy": Verdict.HOLD, "harm": Verdict.REFUSE})
    result = await passed(answer(BAD, reasoning_content=PHONE), of)
    assert result.ended is not None
    assert result.ended.verdict is Verdict.REFUSE
    assert result.withheld


async def test_a_single_function_call_of_the_old_form_is_judged_too():
    body = answer(None, function_call={"name": "f", "arguments": f'"{KEY}"'})
    result = await passed(body)
    assert result.completion["choices"][0]["message"]["function_call"] == {"name": "f", "arguments": '"[APIキー]"'}


@pytest.mark.parametrize("verdict", [Verdict.MASK, Verdict.REFUSE])
@pytest.mark.parametrize("form", ["tool_calls", "function_call"])
async def test_a_secret_in_the_name_of_a_function_does_not_pass(form, verdict):
    function = {"name": f"send_{KEY}", "arguments": "{}"}
    calls = {"tool_calls": [{"id": "c1", "type": "function", "function": function}], "function_call": function}
    result = await passed(answer(None, **{form: calls[form]}), profile(action={"secret": verdict}))
    assert [one.path[-1] for one in result.judged] == ["name"]
    assert (result.ended is not None) == (verdict is Verdict.REFUSE)
    assert KEY.encode() not in orjson.dumps(result.texts)
    if verdict is Verdict.MASK:
        assert KEY.encode() not in orjson.dumps(result.completion)
