"""One connection: what an upstream may send, and how long it may take."""

import pytest
from tests.models.asking import QUESTION, STREAMED, everything, one, text
from tests.stub_upstream import OK_STREAM, StubUpstream, chunk, close, raw, slow, stall, status, well, whole

from sekisho.core.errors import UpstreamBroken, UpstreamRefused, UpstreamTimeout
from sekisho.core.settings import Timeouts
from sekisho.models.connection import Head
from sekisho.models.flaw import Flaw

ANSWER = b'{"choices": [{"message": {"content": "ok"}}]}'


async def flaw_of(plan, **settings):
    async with StubUpstream(plan=plan) as stub, one(stub, **settings) as models:
        with pytest.raises(UpstreamBroken) as caught:
            await models.complete(["m"], QUESTION)
        assert len(stub.received) == 1
        return caught.value.details["why"]


async def late(plan, **settings):
    async with StubUpstream(plan=plan) as stub, one(stub, **settings) as models:
        with pytest.raises(UpstreamTimeout) as caught:
            await models.complete(["m"], QUESTION)
        return caught.value.details["phase"]


async def test_answers_over_one_connection_follow_each_other():
    async with StubUpstream() as stub, one(stub) as models:
        for _ in range(5):
            assert text((await models.complete(["m"], QUESTION)).payload) == "関所とは何ですか"
        assert stub.connections == 1


HASTY = Timeouts(connect=1.0, first_token=0.05, between_tokens=0.05, total=0.2)


async def test_a_whole_answer_that_never_comes_runs_into_the_total_time():
    assert await late(stall(), timeouts=HASTY) == "total"


async def test_a_whole_answer_that_stalls_after_headers_runs_into_the_total_time():
    assert await late(raw(whole(b"", length=100), then="stall"), timeouts=HASTY) == "total"


async def test_a_whole_answer_may_take_longer_than_a_first_token():
    timeouts = Timeouts(1.0, 0.05, 0.05, 20.0)
    async with StubUpstream(plan=raw(b"", whole(ANSWER), pause_s=0.2)) as stub, one(stub, timeouts=timeouts) as models:
        assert (await models.complete(["m"], QUESTION)).payload == ANSWER


async def test_a_whole_answer_may_rest_after_its_first_byte():
    early = raw(whole(b" ", length=len(ANSWER) + 1), ANSWER, pause_s=0.2)
    async with StubUpstream(plan=early) as stub, one(stub, timeouts=Timeouts(1.0, 0.05, 0.05, 20.0)) as models:
        assert (await models.complete(["m"], QUESTION)).payload == b" " + ANSWER


async def test_a_whole_answer_that_stalls_within_its_body_runs_into_the_total_time():
    assert await late(raw(whole(b'{"choices', length=100), then="stall"), timeouts=HASTY) == "total"


async def test_a_trickle_runs_into_the_total_time():
    trickle = raw(whole(b"", length=1000), *[b" "] * 200, pause_s=0.01)
    assert await late(trickle, timeouts=Timeouts(1.0, 5.0, 5.0, 0.2)) == "total"


async def test_a_time_out_closes_the_connection_so_that_the_upstream_stops_working():
    async with StubUpstream(plan=stall()) as stub, one(stub) as models:
        with pytest.raises(UpstreamTimeout):
            await models.complete(["m"], QUESTION)
        await stub.left.wait()


async def test_closing_without_a_byte_is_no_response():
    assert await flaw_of(close()) == Flaw.NO_RESPONSE


async def test_a_body_shorter_than_declared_is_cut_short():
    assert await flaw_of(raw(whole(ANSWER, length=len(ANSWER) + 1))) == Flaw.CUT_SHORT


async def test_a_reset_within_the_body_is_cut_short():
    assert await flaw_of(raw(whole(ANSWER, length=1000), pause_s=0.01, then="reset")) == Flaw.CUT_SHORT


async def test_a_body_longer_than_declared_is_refused_whole():
    assert await flaw_of(raw(whole(ANSWER, length=len(ANSWER) - 5))) == Flaw.EXCESS


async def test_a_second_answer_that_nobody_asked_for_spoils_the_first():
    assert await flaw_of(raw(whole(ANSWER) + whole(b'{"injected": 1}'))) == Flaw.EXCESS


async def test_bytes_that_come_after_the_answer_are_never_taken_for_the_next_one():
    async with StubUpstream() as stub, one(stub) as models:
        stub.then(raw(whole(ANSWER), whole(b'{"injected": 1}'), pause_s=0.01, then="keep"), well)
        assert (await models.complete(["m"], QUESTION)).payload == ANSWER
        await stub.left.wait()
        assert text((await models.complete(["m"], QUESTION)).payload) == "関所とは何ですか"
        assert stub.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_malformed(answer):
    assert await flaw_of(raw(answer, then="stall")) == Flaw.MALFORMED


async def test_a_head_without_an_end_is_given_up():
    endless = raw(b"HTTP/1.1 200 OK\r\n", *[b"X-Padding: " + b"x" * 1000 + b"\r\n"] * 80, then="stall")
    assert await flaw_of(endless) == Flaw.HEADERS_TOO_LARGE


@pytest.mark.parametrize("tail", [b"0\r\nX-Endless: ", b"0\r\n", b"5;x="])
async def test_a_trailer_without_an_end_is_given_up(tail):
    begun = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n" + tail
    fields = b"X-A: b\r\n" * 1000 if tail == b"0\r\n" else b"a" * 8000
    assert await flaw_of(raw(begun, *[fields] * 12, then="stall")) == Flaw.HEADERS_TOO_LARGE


async def test_short_trailers_are_passed_over():
    begun = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = [begun, b"%x\r\n%b\r\n0\r\n" % (len(ANSWER), ANSWER), b"X-A: " + b"a" * 20_000, b"\r\n\r\n"]
    async with StubUpstream(plan=raw(*parts, pause_s=0.01)) as stub, one(stub) as models:
        assert text((await models.complete(["m"], QUESTION)).payload) == "ok"


async def test_a_compressed_answer_is_refused_since_no_guard_could_read_it():
    assert await flaw_of(raw(whole(ANSWER, headers="Content-Encoding: gzip\r\n"))) == Flaw.ENCODED


async def test_interim_answers_are_passed_over():
    plan = raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + whole(ANSWER))
    async with StubUpstream(plan=plan) as stub, one(stub) as models:
        assert (await models.complete(["m"], QUESTION)).payload == ANSWER


async def test_a_body_may_end_with_its_connection():
    plan = raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + ANSWER)
    async with StubUpstream(plan=plan) as stub, one(stub) as models:
        assert (await models.complete(["m"], QUESTION)).payload == ANSWER


async def test_a_chunked_body_cut_anywhere_is_put_together():
    body = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(ANSWER[:9]) + chunk(ANSWER[9:]) + b"0\r\n\r\n"
    )
    parts = [body[at : at + 7] for at in range(0, len(body), 7)]
    async with StubUpstream(plan=raw(*parts, pause_s=0.001, then="keep")) as stub, one(stub) as models:
        assert (await models.complete(["m"], QUESTION)).payload == ANSWER


async def test_a_chunked_body_without_its_last_chunk_is_cut_short():
    assert await flaw_of(raw(OK_STREAM + chunk(ANSWER))) == Flaw.CUT_SHORT


async def test_after_a_short_error_the_connection_serves_again():
    async with StubUpstream() as stub, one(stub) as models:
        stub.then(status(500))
        with pytest.raises(UpstreamRefused):
            await models.complete(["m"], QUESTION)
        await models.complete(["m"], QUESTION)
        assert stub.connections == 1


async def test_the_rest_of_a_long_error_is_not_waited_for():
    async with StubUpstream() as stub, one(stub) as models:
        stub.then(status(500, body=b"x" * 5_000_000))
        with pytest.raises(UpstreamRefused):
            await models.complete(["m"], QUESTION)
        await models.complete(["m"], QUESTION)
        assert stub.connections == 2


async def test_a_server_that_says_it_closes_is_not_asked_on_that_connection_again():
    async with StubUpstream() as stub, one(stub) as models:
        stub.then(raw(whole(ANSWER, headers="Connection: close\r\n"), then="keep"))
        await models.complete(["m"], QUESTION)
        await models.complete(["m"], QUESTION)
        assert stub.connections == 2


async def test_every_token_has_its_own_time():
    async with StubUpstream(plan=slow(0.03)) as stub, one(stub) as models:
        assert len(await everything(await models.stream(["m"], STREAMED))) > 3


@pytest.mark.parametrize(
    ("value", "seconds"), [(b"3", 3.0), (b"", None), (b"Fri, 1 Jan 2027", None), (b"9" * 10, None)]
)
def test_retry_after_is_read_only_as_a_sane_number_of_seconds(value, seconds):
    assert Head(503, {b"retry-after": value}).retry_after_s == seconds
