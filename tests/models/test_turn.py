"""Places at an upstream."""

import asyncio

import pytest

from sekisho.core.errors import UpstreamBroken, UpstreamBusy, UpstreamRefused
from sekisho.models.breaker import Breaker
from sekisho.models.turn import Turn, take_turn

BROKEN = UpstreamBroken(model="m", why="cut_short")


def breaker(*, threshold=1):
    return Breaker(lambda: 0.0, threshold=threshold)


async def test_a_place_is_given_back_once_however_often_it_is_left():
    gate = asyncio.Semaphore(1)
    turn = await take_turn("m", gate, breaker(), 1.0)
    assert gate.locked()
    turn.leave(None)
    turn.leave(None)
    await gate.acquire()
    assert gate.locked()


async def test_who_finds_no_place_in_time_is_told_to_come_back():
    gate = asyncio.Semaphore(1)
    await gate.acquire()
    with pytest.raises(UpstreamBusy) as caught:
        await take_turn("m", gate, breaker(), 0.01)
    assert caught.value.details["retry_s"] == "1"


async def test_a_place_that_comes_free_is_taken():
    gate = asyncio.Semaphore(1)
    first = await take_turn("m", gate, breaker(), 5.0)
    second = asyncio.create_task(take_turn("m", gate, breaker(), 5.0))
    await asyncio.sleep(0)
    first.leave(None)
    assert isinstance(await second, Turn)


async def test_while_the_breaker_is_open_nobody_waits_for_a_place():
    gate, circuit = asyncio.Semaphore(1), breaker()
    circuit.failed()
    with pytest.raises(UpstreamBusy) as caught:
        await take_turn("m", gate, circuit, 60.0)
    assert caught.value.details["retry_s"] == "10"
    assert not gate.locked()


async def test_a_breaker_that_opens_while_one_waits_gives_the_place_on():
    gate, circuit = asyncio.Semaphore(1), breaker()
    first = await take_turn("m", gate, circuit, 5.0)
    waiting = asyncio.create_task(take_turn("m", gate, circuit, 5.0))
    await asyncio.sleep(0)
    first.leave(BROKEN)
    with pytest.raises(UpstreamBusy):
        await waiting
    assert not gate.locked()


@pytest.mark.parametrize(
    ("fault", "wait_s"),
    [
        (None, 0),
        (BROKEN, 10),
        (UpstreamRefused(model="m", status_code=400), 0),
        (UpstreamRefused(model="m", status_code=500), 10),
        (asyncio.CancelledError(), 0),
    ],
)
async def test_only_failures_of_the_upstream_count_against_it(fault, wait_s):
    circuit = breaker()
    turn = await take_turn("m", asyncio.Semaphore(1), circuit, 1.0)
    turn.leave(fault)
    assert circuit.wait_s() == wait_s


async def test_a_try_that_tells_nothing_frees_its_place_and_lets_another_one_probe():
    gate, now = asyncio.Semaphore(1), [0.0]
    circuit = Breaker(lambda: now[0], threshold=1)
    circuit.failed()
    now[0] = 10.0
    turn = await take_turn("m", gate, circuit, 1.0)
    turn.abandon()
    turn.leave(BROKEN)
    assert not gate.locked()
    assert (circuit.open, circuit.wait_s()) == (True, 0)


async def test_the_first_event_of_a_probing_stream_closes_the_breaker():
    now = [0.0]
    circuit = Breaker(lambda: now[0], threshold=1)
    circuit.failed()
    now[0] = 10.0
    turn = await take_turn("m", asyncio.Semaphore(1), circuit, 1.0)
    turn.alive()
    assert circuit.wait_s() == 0
