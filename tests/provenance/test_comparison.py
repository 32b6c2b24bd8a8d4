import hashlib
import json

import pytest
from tests.provenance.test_opening import RAW, SALT, opened, users

from sekisho.provenance import opening
from sekisho.provenance.comparison import MAX_TEXT, part_of, unlike
from sekisho.provenance.receipt import Receipt

CHOICES = [{"index": 0, "content": "はい。", "reasoning": "考え"}, {"index": 1, "content": "いいえ。"}]
ASKED = [{"role": "system", "content": "丁寧に。"}, *users("問い"), {"role": "user", "content": [{"type": "text"}]}]
RECEIPT = Receipt(b"", {}, opening=opened(ASKED, CHOICES))


def body(**more):
    first = {"role": "assistant", "content": "はい。", "reasoning": "考え", "refusal": None, **more}
    said = [first, {"role": "assistant", "content": "いいえ。"}]
    return {"id": "x", "choices": [{"index": at, "message": one} for at, one in enumerate(said)], "sekisho": {}}


def stream(*deltas):
    chunks = [{"choices": [{"index": index, "delta": delta}]} for index, delta in deltas]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"


STREAM = stream((0, {"role": "assistant", "reasoning": "考"}), (1, {"content": "いい"}), (0, {"reasoning": "え"}),
                (0, {"content": "はい。"}), (1, {"content": "え。"}), (0, {}))  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (RAW, ("request", "")),
        (RAW + b"\n", ("request", "")),
        (json.dumps(body()).encode(), ("answer", "")),
        (json.dumps(body(), ensure_ascii=False, indent=1).encode(), ("answer", "")),
        (b"HTTP/1.1 200 OK\r\nsekisho-receipt: x\r\n\r\n" + json.dumps(body()).encode(), ("answer", "")),
        (STREAM, ("answer", "")),
        (b"HTTP/1.1 200 OK\r\n\r\n" + STREAM, ("answer", "")),
        ("丁寧に。".encode(), ("m0", "system")),
        ("問い\n".encode(), ("m1", "user")),
        (b'[{"type": "text"}]', ("m2", "user")),
        ("はい。".encode(), ("c0", "")),
        ("いいえ。\n".encode(), ("c1", "")),
    ],
)
def test_a_text_is_recognised(text, part):
    assert part_of(RECEIPT, text) == part


@pytest.mark.parametrize(
    "text",
    [b"", RAW + b" ", RAW + b"\n\n", "問 い".encode(), json.dumps(body(content="はい")).encode(), b"\xff", b"[]", b"{}",
     json.dumps(body(reasoning="")).encode(), json.dumps({"choices": body()["choices"][:1]}).encode(),
     STREAM.replace(b"data: {", b"data: [", 1), stream((0, {"content": "はい。"})), b"data: [DONE]\n\n"],
)  # fmt: skip
def test_another_text_is_not(text):
    assert part_of(RECEIPT, text) is None


def test_the_earlier_messages_are_recognised_as_a_list():
    asked = users(*(f"{at}" for at in range(18)))
    receipt = Receipt(b"", {}, opening=opened(asked))
    assert part_of(receipt, json.dumps(asked[:2], indent=2).encode()) == ("earlier", "")
    assert part_of(receipt, b"0") is None
    assert part_of(receipt, b"2") == ("m2", "user")


def test_a_receipt_that_shows_one_part_speaks_of_no_other():
    receipt = Receipt(b"", {}, opening=opened(ASKED, CHOICES).only("c1"))
    assert part_of(receipt, "いいえ。".encode()) == ("c1", "")
    for text in (RAW, "はい。".encode(), "問い".encode(), json.dumps(body()).encode()):
        assert part_of(receipt, text) is None


def test_a_text_without_bounds_is_none():
    assert part_of(RECEIPT, b"x" * (MAX_TEXT + 1)) is None
    assert part_of(RECEIPT, b"data: {}\n" * 100_001) is None


def test_kept_contents_are_compared_with_statements_of_every_version():
    salt, raw, answer = SALT, b'{"messages":[{"role":"user","content":"x"}]}', b'[{"index":0,"content":"y"}]'
    first = {
        "v": 1,
        "request": hashlib.sha256(salt + raw).hexdigest(),
        "answer": hashlib.sha256(salt + answer).hexdigest(),
    }
    listed = opening.of_request(salt, raw, [{"role": "user", "content": "x"}])
    said = opening.of_answer(salt, [{"index": 0, "content": "y"}])
    second = {
        "v": 2,
        "request": opening.stated(opening.digest(salt), listed),
        "answer": opening.stated(opening.digest(salt), said),
    }
    for stated in (first, second):
        assert unlike(stated, salt, raw, answer) == ""
        assert unlike(stated, bytes(16), raw, answer) == "request"
        assert unlike(stated, salt, raw, answer.replace(b"y", b"z")) == "answer"
    for asked, given in ((b"[]", answer), (raw, answer + b" ")):
        with pytest.raises(ValueError, match="not a request"):
            unlike(second, salt, asked, given)
