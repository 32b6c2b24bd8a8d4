import base64
import hashlib

import orjson
import pytest
from tests.pipeline.making import Log, profile

from sekisho.core.exchange import Exchange
from sekisho.core.verdict import Verdict
from sekisho.ledger.signer import Signer
from sekisho.pipeline.record import Recorder, Seal
from sekisho.provenance import receipt
from sekisho.provenance.comparison import part_of

SIGNER = Signer.of("test.example", b"s" * 32)
MESSAGES = [{"role": "user", "content": "秘密"}]
RAW = '{"messages":[{"role":"user","content":"秘密"}]}'.encode()
TEXTS = [{"index": 0, "content": "答え"}]


async def recorded(**more):
    log = Log()
    exchange = Exchange(
        "0" * 26, 1_775_000_000_000, "key", "test", "ja", {}, model="m", verdict=Verdict.MASK, finish="stop"
    )
    seal = Seal.of(RAW, MESSAGES)
    recorder = Recorder(log, SIGNER, weights={"m": "W" * 43})
    paper = await recorder.record(exchange, profile(**more), seal, RAW, TEXTS, 7)
    return log, paper, seal


async def test_the_receipt_is_signed_and_speaks_of_request_and_answer():
    log, paper, seal = await recorded()
    verified = receipt.verify(paper, SIGNER.public_key)
    assert verified.statement == log.records[0].statement
    body = orjson.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": "答え"}}]})
    texts = (RAW, body, "秘密".encode(), "答え".encode())
    assert [part_of(verified, text).name for text in texts] == ["request", "answer", "m0", "c0"]
    assert (verified.opening.salt, verified["v"], verified["weights"]) == (seal.salt, 2, "W" * 43)
    assert (verified["verdict"], verified["finish"], verified["tokens"]) == ("mask", "stop", 7)


async def test_the_statement_holds_no_words_and_no_digest_that_could_be_guessed():
    log, _, seal = await recorded()
    statement = log.records[0].statement.decode()
    assert base64.urlsafe_b64encode(seal.salt).decode()[:22] not in statement
    assert "秘密" not in statement
    assert "答え" not in statement
    assert hashlib.sha256(RAW).hexdigest() not in statement
    assert Seal.of(RAW, MESSAGES).request != Seal.of(RAW, MESSAGES).request


@pytest.mark.parametrize(
    ("keep", "seconds", "until"), [(False, 0, None), (True, 60, 1_775_000_060), (True, None, None)]
)
async def test_contents_are_kept_as_the_profile_says(keep, seconds, until):
    log, _, seal = await recorded(keep_content=keep, keep_s=seconds)
    assert log.records[0].keep_until_s == until
    if keep:
        assert log.contents == [{"salt": seal.salt.hex(), "request": orjson.loads(RAW), "answer": TEXTS}]
    else:
        assert log.records[0].content is None


def test_the_receipt_at_the_beginning_of_a_stream_says_that_the_request_was_taken_in():
    exchange = Exchange("0" * 26, 1_775_000_000_000, "key", "test", "ja", {})
    paper = Recorder(Log(), SIGNER).admission(exchange, profile(), Seal.of(RAW, MESSAGES))
    verified = receipt.verify(paper, SIGNER.public_key)
    assert part_of(verified, RAW).name == "request"
    assert (verified["kind"], verified["profile"], verified["id"]) == ("admission", "test", "0" * 26)


async def test_entry_and_receipt_stay_small_also_for_a_long_conversation():
    log = Log()
    exchange = Exchange("0" * 26, 1_775_000_000_000, "key", "office", "ja", {}, model="town-llm", finish="stop")
    messages = [{"role": "user", "content": f"{at}"} for at in range(200)]
    texts = [{"index": at, "content": "x"} for at in range(16)]
    seal = Seal.of(RAW, messages)
    paper = await Recorder(log, SIGNER, weights={"town-llm": "W" * 43}).record(exchange, profile(), seal, RAW, texts, 7)
    proof = 20 * 32 * 4 // 3  # what it is longer by in a log of a million entries
    assert len(log.records[0].statement) < 400
    assert len(paper) + proof < 4000
