"""Answers in one piece."""

import pytest
from tests.models.asking import QUESTION, one
from tests.stub_upstream import OK_STREAM, StubUpstream, chunk, raw, whole

from sekisho.core.errors import UpstreamBroken
from sekisho.models import whole as module
from sekisho.models.flaw import Flaw


async def too_large(plan):
    async with StubUpstream(plan=plan) as stub, one(stub) as models:
        with pytest.raises(UpstreamBroken) as caught:
            await models.complete(["m"], QUESTION)
        assert caught.value.details["why"] == Flaw.BODY_TOO_LARGE
        await stub.left.wait()


async def test_100_megabytes_that_are_declared_are_refused_before_they_are_read():
    await too_large(raw(whole(b'{"', length=100_000_000), then="stall"))


async def test_100_megabytes_on_one_line_that_are_not_declared_are_given_up_at_the_limit(monkeypatch):
    monkeypatch.setattr(module, "BODY_BYTES", 1 << 20)
    piece = chunk(b"x" * 1_000_000)
    sent = []

    async def plan(conversation):
        await conversation.send(OK_STREAM)
        for _ in range(100):
            await conversation.send(piece)
            sent.append(1)

    await too_large(plan)
    assert len(sent) < 50


async def test_invalid_utf8_and_broken_json_are_handed_on_as_bytes_for_the_pipeline_to_judge():
    async with StubUpstream(plan=raw(whole(b'{"\xff'))) as stub, one(stub) as models:
        assert (await models.complete(["m"], QUESTION)).payload == b'{"\xff'


async def test_the_body_of_an_empty_answer_is_empty():
    async with StubUpstream(plan=raw(whole(b""))) as stub, one(stub) as models:
        assert (await models.complete(["m"], QUESTION)).payload == b""
