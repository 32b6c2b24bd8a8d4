"""While records cannot be written nobody gets an answer; afterwards the log itself tells of the gap."""

import json
import resource
import shutil
from contextlib import closing
from types import SimpleNamespace

import pytest
from tests.disks import Disk
from tests.server.running import models, question, request, serving, start, until

from sekisho.core.errors import LedgerFault
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.server.log import LEAST_BYTES, WatchedLog

RECORD = Record("01J", b'{"v":1}', None, None)


class Flaky:
    """A ledger whose disk is full while `full`."""

    def __init__(self, ledger):
        self.ledger, self.full = ledger, False

    async def append(self, record):
        if self.full:
            raise LedgerFault(why="the disk is full")
        return await self.ledger.append(record)


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger.open(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def flaky(ledger):
    return Flaky(ledger)


@pytest.fixture
def log(flaky, tmp_path):
    return WatchedLog(flaky, tmp_path)


async def test_a_log_that_never_failed_works_and_writes_nothing(log, ledger):
    assert await log.works()
    assert ledger.size == 0


async def test_a_failure_is_passed_on_and_remembered(log, flaky):
    flaky.full = True
    with pytest.raises(LedgerFault):
        await log.append(RECORD)
    assert not await log.works()
    assert not await log.works()


async def test_whoever_asks_first_after_it_writes_one_record_of_the_gap(log, flaky, ledger):
    flaky.full = True
    for _ in range(3):
        with pytest.raises(LedgerFault):
            await log.append(RECORD)
    flaky.full = False
    assert await log.works()
    assert await log.works()
    assert ledger.size == 1
    assert b'"kind":"gap","lost":3,"since":"' in ledger.leaf(0)


async def test_the_next_record_is_followed_by_that_of_the_gap(log, flaky, ledger):
    flaky.full = True
    with pytest.raises(LedgerFault):
        await log.append(RECORD)
    flaky.full = False
    await log.append(RECORD)
    assert [ledger.leaf(at)[:14] for at in range(ledger.size)] == [b'{"v":1}', b'{"id":"' + ledger.leaf(1)[7:14]]
    assert await log.works()
    assert ledger.size == 2


async def test_a_disk_that_is_all_but_full_does_not_work(log, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=LEAST_BYTES - 1))
    assert not await log.works()


def health(server):
    (answer,) = server.talk(request(b"", path="/healthz", method="GET"))
    return answer.status


@pytest.mark.parametrize("streamed", [False, True])
def test_a_server_that_cannot_record_gives_no_answer_says_so_and_goes_on_later(tmp_path, model, streamed):
    """The limit of a file's size stands for a full disk: SQLite sees a write that fails in both cases."""
    with serving(tmp_path, models(model.url)) as server:
        ask = request(question("答えです", stream=streamed))
        assert server.talk(ask)[0].status == health(server) == 200
        process = server.process.pid
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (1, hard))
        (answer,) = server.talk(ask)
        if streamed:
            assert '"ledger_fault"' in answer.body.decode().split("\n\n")[-2]
            assert "[DONE]" not in answer.body.decode()
        else:
            assert (answer.status, answer.error["code"]) == (503, "ledger_fault")
            assert answer.error["hint"]
        assert health(server) == 503
        resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))
        until(lambda: health(server) == 200)
        assert server.talk(ask)[0].status == 200
        kinds = [record["kind"] for record in server.records()]
        assert kinds == ["exchange", "gap", "exchange"]
        assert server.command("ledger", "audit").returncode == 0


@pytest.mark.parametrize("streamed", [False, True])
def test_a_server_whose_disk_is_full_gives_no_answer_says_so_and_goes_on_later(tmp_path, model, streamed):
    server = start(tmp_path, models(model.url), small_disk=True)
    disk = Disk(tmp_path / "home", server.process.pid)
    try:
        ask = request(question("答えです", stream=streamed))
        assert server.talk(ask)[0].status == health(server) == 200
        disk.fill()
        recorded = 0
        for _ in range(200):  # what SQLite has set aside already takes a few more
            (answer,) = server.talk(ask)
            told = answer.body.decode()
            if "ledger_fault" in told:
                break
            recorded += 1
            assert "Sekisho-Receipt".lower() in answer.headers or "receipt" in told
        assert "ledger_fault" in told
        if streamed:
            assert "[DONE]" not in told
        else:
            assert (answer.status, answer.error["code"]) == (503, "ledger_fault")
            assert "答えです" not in told
        assert health(server) == 503
        disk.free()
        until(lambda: health(server) == 200)
        assert server.talk(ask)[0].status == 200
        for name in ("ledger.sqlite", "master.key"):
            disk.copy_of(name, tmp_path / "copy")
        with closing(Ledger.open(tmp_path / "copy")) as ledger:
            kinds = [json.loads(ledger.leaf(at))["kind"] for at in range(ledger.size)]
            assert kinds == ["exchange"] * (1 + recorded) + ["gap", "exchange"]
            assert ledger.audit().size == len(kinds)
    finally:
        server.stop()
