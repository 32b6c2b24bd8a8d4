"""The receipt speaks of what the caller really received: with label and notice, masks restored, whole or streamed."""

import orjson
import pytest
from tests.pipeline.making import (
    BAD,
    END,
    KEY,
    MASKING,
    PHONE,
    SIGNER,
    START,
    Log,
    Models,
    answer,
    body,
    caller,
    event,
    profile,
    streamed,
    whole,
    words,
)

from sekisho.core.errors import UpstreamBroken
from sekisho.core.verdict import Verdict
from sekisho.provenance.comparison import part_of
from sekisho.provenance.receipt import verify

CALLS = [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": '{"to":"[PHONE_1]"}'}}]
LABELLED = profile(label="visible", entry=MASKING, exit=MASKING, keep_content=True)
STREAMS = {
    "label": [START, *words("はい。"), END],
    "restored": [START, *words("番号は[PHO", "NE_1]です。"), END],
    "masked": [START, *words(f"鍵は{KEY}。"), END],
    "refused midway": [START, *words("はい。\n\nつぎは", BAD, "です。"), END],
    "choices": [[event(content="一。"), event(index=1, content="二。")], [event(1, "length"), event(0, "stop")]],
    "reasoning": [[event(reasoning_content="考え")], *words("はい。"), END],
    "calls": [[event(tool_calls=CALLS)], [event(finish="tool_calls")]],
}


@pytest.mark.parametrize("batches", STREAMS.values(), ids=STREAMS.keys())
async def test_the_last_receipt_of_a_stream_speaks_of_what_was_sent(batches):
    raw = body(PHONE, stream=True)
    got, outcome, _ = await streamed(batches, raw=raw, who=caller(LABELLED))
    final = next(found for one in reversed(got.payloads) if (found := orjson.loads(one).get("sekisho")))
    receipt = verify(final["receipt"], SIGNER.public_key)
    sent = b"".join(b"data: " + one + b"\n\n" for one in got.payloads)
    assert part_of(receipt, sent) == ("answer", "")
    assert part_of(receipt, sent + b'data: {"choices":[{"index":0,"delta":{"content":"."}}]}\n\n') is None
    assert part_of(receipt, raw) == ("request", "")
    assert part_of(receipt, PHONE.encode()) == ("m0", "user")
    admitted = verify(outcome.receipt, SIGNER.public_key)
    assert (admitted["kind"], admitted["request"]) == ("admission", receipt["request"])


@pytest.mark.parametrize(
    "given", [answer("はい。"), answer("番号は[PHONE_1]。"), answer(BAD), answer(None, "tool_calls", tool_calls=CALLS)]
)
async def test_the_receipt_of_a_whole_answer_speaks_of_what_was_sent(given):
    got, outcome = await whole(Models(given), body(PHONE), who=caller(LABELLED))
    receipt = verify(outcome.receipt, SIGNER.public_key)
    assert part_of(receipt, outcome.payload) == ("answer", "")
    text = got["choices"][0]["message"]["content"]
    assert part_of(receipt, (text or "").encode()) == ("c0", "")


async def test_streamed_and_whole_the_same_answer_has_the_same_text():
    got, *_ = await streamed([START, *words("はい。"), END], who=caller(LABELLED))
    _, outcome = await whole(Models(answer("はい。")), body(), who=caller(LABELLED))
    receipt = verify(outcome.receipt, SIGNER.public_key)
    assert part_of(receipt, b"".join(b"data: " + one + b"\n\n" for one in got.payloads)) == ("answer", "")


async def test_a_refused_stream_and_a_broken_one_speak_of_what_was_sent():
    refusing = caller(profile(entry={"harm": Verdict.REFUSE}, keep_content=True))
    got, outcome, _ = await streamed([], raw=body(BAD, stream=True), who=refusing)
    receipt = verify(outcome.receipt, SIGNER.public_key)
    assert part_of(receipt, b"".join(b"data: " + one + b"\n\n" for one in got.payloads)) == ("answer", "")
    log = Log()
    await streamed([START, *words("はい、"), UpstreamBroken(model="m", why="cut")], log=log, who=refusing)
    assert log.contents[0]["answer"] == [{"index": 0, "content": "はい、"}]
