import json

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pipeline import making
from tests.pipeline.making import (
    BAD,
    CATEGORIES,
    KEY,
    MASKING,
    PHONE,
    cut,
    event,
    examiner,
    profile,
    said,
    table,
    texts,
)

from sekisho.core.errors import UpstreamBroken
from sekisho.core.exchange import Message, Stage
from sekisho.core.verdict import Verdict
from sekisho.models.flaw import Flaw
from sekisho.pipeline import stream
from sekisho.pipeline.answer import examined
from sekisho.pipeline.completion import TEXTS
from sekisho.pipeline.stream import StreamedAnswer

VERDICTS = st.fixed_dictionaries({category: st.sampled_from(Verdict) for category in CATEGORIES})
STREAMS = st.sampled_from(["pattern", "sentence", "end"])
SPELL = st.sampled_from([orjson.dumps, lambda value: json.dumps(value).encode()])
HEAD = {"id": "ours", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def answering(of):
    return StreamedAnswer("m", examiner(of, table()), HEAD)


@st.composite
def batches(draw, payloads):
    """Events as they are read from a connection: some at once, some alone."""
    left, out = list(payloads), []
    while left:
        size = draw(st.integers(1, 4))
        out.append(left[:size])
        left = left[size:]
    return out


async def streamed(of, batches):
    answer = answering(of)
    sent = []
    for batch in batches:
        sent += await answer.pass_on([one if isinstance(one, bytes) else orjson.dumps(one) for one in batch])
        if answer.ended:
            break
    sent += await answer.finish()
    return answer, sent


async def unstreamed(of, **message):
    return await examined(orjson.dumps(making.answer(**{"content": None, **message})), "m", examiner(of, table()))


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(TEXTS), texts(surrogates=False), VERDICTS, STREAMS, SPELL)
async def test_each_text_of_a_stream_reads_as_if_it_had_come_whole(data, name, text, rules, mode, spell):
    of = profile(exit=rules, stream=mode)
    events = [spell(event(role="assistant"))] + [spell(event(**{name: chunk})) for chunk in data.draw(cut(text))]
    answer, sent = await streamed(of, data.draw(batches(events)))
    once = await unstreamed(of, **{name: text})
    assert answer.ended == (once.ended is not None)
    assert answer.answered.withheld == once.withheld
    expected = "" if once.withheld else once.texts[0].get(name) or ""
    assert said(sent, name) == expected
    assert "".join(one.get(name, "") for one in answer.told()) == expected
    for payload in sent:
        assert payload.startswith(b'{"id"')
        orjson.loads(payload)


@settings(max_examples=150, deadline=None)
@given(st.data(), texts(surrogates=False), texts(surrogates=False), VERDICTS, STREAMS)
async def test_texts_and_choices_that_are_mixed_do_not_disturb_each_other(data, first, second, rules, mode):
    """Verdicts here mask at most, since an end of one text is the end of all."""
    of = profile(exit={name: min(verdict, Verdict.MASK) for name, verdict in rules.items()}, stream=mode)
    queues = [
        [event(index=index, **{name: chunk}) for chunk in data.draw(cut(text))]
        for index, name, text in ((0, "content", first), (0, "reasoning_content", second), (1, "content", second))
    ]
    events = []
    while any(queues):
        events.append(data.draw(st.sampled_from([queue for queue in queues if queue])).pop(0))
    _, sent = await streamed(of, data.draw(batches(events)))
    once = await unstreamed(of, content=first, reasoning_content=second)
    assert said(sent, "content") == (once.texts[0]["content"] or "")
    assert said(sent, "reasoning_content") == (once.texts[0]["reasoning_content"] or "")
    assert said(sent, "content", 1) == (await unstreamed(of, content=second)).texts[0]["content"]


@settings(max_examples=200, deadline=None)
@given(st.data(), st.lists(texts(surrogates=False), min_size=1, max_size=2), VERDICTS, st.booleans())
async def test_tool_calls_of_a_stream_read_as_if_they_had_come_whole(data, values, rules, ascii_only):
    of = profile(action=rules)
    calls, events = [], []
    for index, value in enumerate(values):
        arguments = json.dumps({"q": value}, ensure_ascii=ascii_only)
        function = {"name": "search", "arguments": arguments}
        calls.append({"index": index, "id": f"c{index}", "type": "function", "function": function})
        first, *rest = data.draw(cut(arguments))
        events.append({**calls[-1], "function": {**function, "arguments": first}})
        events += [{"index": index, "function": {"arguments": chunk}} for chunk in rest]
    answer, sent = await streamed(of, data.draw(batches([event(tool_calls=[one]) for one in events])))
    once = await unstreamed(of, tool_calls=calls)
    assert answer.ended == (once.ended is not None)
    if answer.ended:
        assert sent == []
    else:
        passed = orjson.loads(sent[0])["choices"][0]["delta"]["tool_calls"]
        assert passed == once.texts[0]["tool_calls"]
        assert all("q" in json.loads(call["function"]["arguments"]) for call in passed)


@pytest.mark.parametrize("form", ["tool_calls", "function_call"])
async def test_a_secret_cut_anywhere_in_the_name_of_a_function_never_begins_to_go_out(form):
    def piece(**function):
        return event(**{form: [{"index": 0, "function": function}] if form == "tool_calls" else function})

    for at in range(1, len(KEY)):
        pieces = [piece(name="send_"), piece(name=KEY[:at]), piece(name=KEY[at:], arguments="{}")]
        _, sent = await streamed(profile(action=MASKING), [pieces])
        called = orjson.loads(sent[0])["choices"][0]["delta"][form]
        assert (called[0]["function"] if form == "tool_calls" else called)["name"] == "send_[APIキー]"
        answer, sent = await streamed(profile(action={"secret": Verdict.REFUSE}), [pieces])
        assert answer.ended
        assert sent == []


@pytest.mark.parametrize("name", TEXTS)
async def test_a_secret_cut_anywhere_never_begins_to_go_out(name):
    for at in range(1, len(KEY)):
        chunks = ["鍵は", KEY[:at], KEY[at:], "です"]
        _, sent = await streamed(profile(exit=MASKING), [[event(**{name: chunk})] for chunk in chunks])
        assert said(sent, name) == "鍵は[APIキー]です"
        assert b"AKIA" not in b"".join(sent)


async def test_nothing_follows_the_end_of_an_answer_though_it_came_in_the_same_batch():
    batch = [event(content="はい。"), event(content=BAD + "。"), event(content="あと"), event(index=1, content="あと")]
    answer, sent = await streamed(profile(exit=MASKING), [batch])
    assert answer.ended
    assert said(sent) == "はい。"
    assert said(sent, index=1) == ""


async def test_what_is_replaced_or_held_takes_every_other_text_with_it():
    for verdict in (Verdict.REPLACE, Verdict.HOLD):
        of = profile(exit={"harm": verdict})
        batches = [[event(reasoning_content="考える")], [event(content=BAD)], [event(index=1, content="別の答え")]]
        answer, sent = await streamed(of, batches)
        assert answer.answered.withheld
        assert sent == []
        assert answer.told() == [
            {"index": 0, "reasoning_content": ""}, {"index": 0, "content": ""}, {"index": 1, "content": ""}
        ]  # fmt: skip


async def test_an_action_that_must_wait_leaves_the_words_before_it():
    call = {"index": 0, "id": "1", "function": {"name": "f", "arguments": BAD}}
    of = profile(action={"harm": Verdict.HOLD})
    answer, sent = await streamed(of, [[event(content="はい")], [event(tool_calls=[call])]])
    assert answer.ended
    assert said(sent) == "はい"
    assert BAD.encode() not in b"".join(sent)


CHOICES = (
    b"1", b'{"delta":1}', b'{"delta":{"content":1}}', b'{"index":"0","delta":{}}', b'{"index":16,"delta":{}}',
    b'{"index":-1,"delta":{}}', b'{"index":true,"delta":{}}', b'{"delta":{"tool_calls":[1]}}',
    b'{"delta":{"content":"\\ud800"}}',
)  # fmt: skip


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"1", b'{"error":{"message":"secret"}}', *(b'{"choices":[%b]}' % one for one in CHOICES)],
)
async def test_what_is_no_chunk_is_the_upstreams_fault_and_is_not_quoted(payload):
    with pytest.raises(UpstreamBroken) as caught:
        await answering(profile()).pass_on([payload])
    assert "secret" not in str(caught.value)


async def test_fields_that_nobody_inspects_do_not_pass():
    sneaky = event(content="はい", role="assistant")
    sneaky |= {"note": KEY, "system_fingerprint": {"x": KEY}, "usage": {"total_tokens": 3, "note": KEY, "x y": 1}}
    sneaky["choices"][0] |= {"logprobs": {"content": [{"token": KEY}]}, "extra": KEY}
    sneaky["choices"][0]["delta"] |= {"audio": KEY, "role": KEY}
    answer, sent = await streamed(profile(exit=MASKING), [[sneaky]])
    assert said(sent) == "はい"
    assert KEY.encode() not in b"".join([*sent, *answer.closing(None, {})])
    assert answer.usage == {"total_tokens": 3}
    assert answer.answered.tokens == 3


async def test_of_a_field_that_stands_twice_only_the_inspected_one_passes():
    head = '{"choices":[{"index":0,"delta":{"content":"%s","content":"はい"}}]}'
    answer = answering(profile(exit=MASKING))
    sent = await answer.pass_on([(head % KEY).encode(), (head % KEY).encode()]) + await answer.finish()
    assert said(sent) == "はいはい"
    assert KEY.encode() not in b"".join(sent)


async def test_finish_reasons_wait_for_the_closing_and_usage_comes_last():
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    events = [event(content="a"), event(index=1, content="b"), event(finish="length"), event(index=1, finish="odd")]
    answer, sent = await streamed(profile(), [events, [{**HEAD, "choices": [], "usage": usage}]])
    assert all(choice["finish_reason"] is None for one in sent for choice in orjson.loads(one)["choices"])
    last = [orjson.loads(one) for one in answer.closing(None, {"sekisho": 1})]
    assert [one["choices"][0]["finish_reason"] for one in last[:2]] == ["length", "stop"]
    assert last[1]["sekisho"] == 1
    assert (last[2]["choices"], last[2]["usage"]) == ([], usage)
    refused = [orjson.loads(one) for one in answer.closing("content_filter", {})]
    assert {one["choices"][0]["finish_reason"] for one in refused[:2]} == {"content_filter"}


async def test_a_choice_without_delta_only_finishes():
    answer, sent = await streamed(profile(), [[{"choices": [{"index": 0, "finish_reason": "stop"}]}]])
    assert sent == []
    assert answer.finishes == {0: "stop"}


async def test_clean_events_go_out_as_they_came():
    payloads = [json.dumps(event(content=text)).encode() for text in ("今日", "は、", "よい", "日。")]
    _, sent = await streamed(profile(exit=MASKING), [[one] for one in payloads])
    assert sent[1] == payloads[1]
    assert said(sent) == "今日は、よい日。"
    assert orjson.loads(sent[0]) == {**orjson.loads(payloads[0]), "choices": [
        {"index": 0, "delta": {"content": "今日"}, "finish_reason": None}]}  # fmt: skip


@pytest.mark.parametrize("others", [[], [event(index=1, content="別")], [event(finish="stop")]])
async def test_a_batch_of_many_events_goes_out_in_its_order(others):
    alike = [event(content=f"{number}番。") for number in range(150)]
    batch = [orjson.dumps(one) for one in (*alike[:100], *others, *alike[100:], *others)]
    answer, sent = await streamed(profile(exit=MASKING), [batch])
    expected = [one for one in batch if b"stop" not in one]
    assert sent[-40:-1] == expected[-40:-1]
    assert len(sent) == len(expected)
    assert said(sent) == "".join(f"{number}番。" for number in range(150))
    assert said(sent, index=1) == "別別" * (len(expected) > 150)
    assert answer.length == len(said(sent)) + len(said(sent, index=1))


async def test_a_finding_across_the_events_of_a_batch_changes_only_those_it_stands_in():
    batch = [orjson.dumps(event(content=text)) for text in ("番号。", "は。", "090-1234", "-5679", "です。", "終。")]
    _, sent = await streamed(profile(exit=MASKING), [batch])
    assert said(sent) == "番号。は。[電話番号]です。終。"
    assert [batch[1], *batch[4:]] == [sent[1], *sent[3:]]


async def test_placeholders_come_back_in_every_text():
    for name in TEXTS:
        _, sent = await streamed(profile(), [[event(**{name: chunk})] for chunk in ("[PHO", "NE_", "1]です")])
        assert said(sent, name) == PHONE + "です"


async def test_the_message_that_is_judged_names_its_place():
    answer, _ = await streamed(profile(exit=MASKING), [[event(index=2, content=f"{PHONE}x")]])
    (judged,) = [one for one in answer.answered.judged if one.finding.category == "privacy.phone"]
    assert judged.path == ("choices", 2, "message", "content")
    assert Message(Stage.EXIT, "assistant", "", judged.path).stage is judged.stage


@pytest.mark.parametrize(
    "delta",
    [
        {"content": "あ" * 50},
        {"reasoning_content": "あ" * 50},
        {"tool_calls": [{"index": 0, "id": "1", "function": {"name": "f", "arguments": "x" * 50}}]},
        {"function_call": {"arguments": "x" * 50}},
    ],
)
async def test_an_answer_without_an_end_is_given_up(monkeypatch, delta):
    monkeypatch.setattr(stream, "LONGEST", 1000)
    answer = answering(profile())
    payload = orjson.dumps(event(**delta))
    for _ in range(10):
        await answer.pass_on([payload])
    with pytest.raises(UpstreamBroken, match=Flaw.ANSWER_TOO_LONG.words["en"]):
        await passed_on(answer, [payload] * 20)


async def passed_on(answer, payloads):
    for payload in payloads:
        await answer.pass_on([payload])
