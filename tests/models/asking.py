"""Asks stub upstreams through the real client."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from tests.stub_upstream import Conversation, Plan, StubUpstream

from sekisho.core.settings import Model, Timeouts
from sekisho.models import Models, Stream
from sekisho.models.backoff import Backoff

QUESTION = {"messages": [{"role": "user", "content": "関所とは何ですか"}]}
STREAMED = {**QUESTION, "stream": True}
IMPATIENT = Timeouts(connect=20.0, first_token=0.5, between_tokens=0.5, total=60.0)


async def at_once(_wait_s: float) -> None:
    """A sleep that takes no time."""


@asynccontextmanager
async def client(models: dict[str, Model], **more: Any) -> AsyncIterator[Models]:
    """Models that do not wait between tries; all connections are closed at the end."""
    asked = Models(models, environ=more.pop("environ", {}), backoff=Backoff(sleep=at_once), **more)
    try:
        yield asked
    finally:
        await asked.close()


@asynccontextmanager
async def one(stub: StubUpstream, **settings: Any) -> AsyncIterator[Models]:
    """One model `m` behind `stub`, asked once unless told otherwise, with short time-outs."""
    settings = {"retries": 0, "timeouts": IMPATIENT, **settings}
    async with client({"m": Model(url=stub.url, **settings)}) as models:
        yield models


def text(payload: bytes) -> str:
    """What the model says in an unstreamed answer."""
    return orjson.loads(payload)["choices"][0]["message"]["content"]


def spoken(events: Sequence[bytes]) -> str:
    """What the model says in a stream."""
    deltas = [choice["delta"] for event in events for choice in orjson.loads(event)["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


async def everything(stream: Stream) -> list[bytes]:
    """All events of a stream."""
    return [event async for batch in stream for event in batch]


def announced(plan: Plan, arrived: asyncio.Event) -> Plan:
    """`plan`, which also tells that a request has arrived."""

    async def announcing(conversation: Conversation) -> None:
        arrived.set()
        await plan(conversation)

    return announcing
