import hashlib

import orjson
import pytest
from tests.pipeline.making import Log, profile

from sekisho.core.exchange import Exchange
from sekisho.core.verdict import Verdict
from sekisho.ledger.signer import Signer
from sekisho.pipeline.record import Recorder, Seal
from sekisho.provenance import receipt

SIGNER = Signer.of("test.example", b"s" * 32)
RAW = '{"messages":[{"role":"user","content":"秘密"}]}'.encode()
TEXTS = [{"index": 0, "content": "答え"}]


async def recorded(**more):
    log = Log()
    exchange = Exchange(
        "0" * 26, 1_775_000_000_000, "key", "test", "ja", {}, model="m", verdict=Verdict.MASK, finish="stop"
    )
    seal = Seal.of(RAW)
    paper = await Recorder(log, SIGNER).record(exchange, profile(**more), seal, RAW, TEXTS, 7)
    return log, paper, seal


async def test_the_receipt_is_signed_and_speaks_of_request_and_answer():
    log, paper, seal = await recorded()
    verified = receipt.verify(paper, SIGNER.public_key)
    assert verified.statement == log.records[0].statement
    assert verified.speaks_of(RAW, seal.salt) == "request"
    assert verified.speaks_of(orjson.dumps(TEXTS), seal.salt) == "answer"
    assert (verified["verdict"], verified["finish"], verified["tokens"]) == ("mask", "stop", 7)


async def test_the_statement_holds_no_words_and_no_digest_that_could_be_guessed():
    log, *_ = await recorded()
    statement = log.records[0].statement.decode()
    assert "秘密" not in statement
    assert "答え" not in statement
    assert hashlib.sha256(RAW).hexdigest() not in statement
    assert Seal.of(RAW).request != Seal.of(RAW).request


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
    verified = receipt.verify(Recorder(Log(), SIGNER).admission(exchange, profile(), Seal.of(RAW)), SIGNER.public_key)
    assert (verified["kind"], verified["profile"], verified["id"]) == ("admission", "test", "0" * 26)
