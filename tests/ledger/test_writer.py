import asyncio
import json
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sekisho.core.errors import LedgerFault
from sekisho.ledger import writer
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record

FAULTS = ["halfway", "lost", "persisted"]


class Faulty(sqlite3.Connection):
    """Fails as planned: in the middle of a transaction, at a COMMIT that does nothing, or at one that persists."""

    plan: ClassVar[list[str]] = []
    commits: ClassVar[int] = 0

    def execute(self, sql, *values):
        if self.plan and self.plan[0] == "halfway" and sql.startswith("UPDATE head"):
            self.plan.pop(0)
            raise sqlite3.OperationalError("database or disk is full")
        if sql == "COMMIT":
            Faulty.commits += 1
            if self.plan and self.plan[0] != "halfway":
                if self.plan.pop(0) == "persisted":
                    super().execute(sql)
                raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)


@pytest.fixture
def faulty(tmp_path):
    Faulty.plan.clear()
    opened = Ledger.open(tmp_path / "home", factory=Faulty)
    yield opened
    opened.close()
    Faulty.plan.clear()


@pytest.mark.parametrize("fault", FAULTS)
async def test_all_who_wait_for_a_failed_commit_are_told_and_later_appends_work(faulty, record, fault):
    Faulty.plan.append(fault)
    first = await asyncio.gather(faulty.append(record(0, b"said")), return_exceptions=True)
    assert isinstance(first[0], LedgerFault)
    assert isinstance(first[0].__cause__, sqlite3.OperationalError)
    persisted = int(fault == "persisted")
    assert faulty.size == persisted
    assert faulty.contents_kept() == persisted
    assert (await faulty.append(record(1))).position == persisted
    assert faulty.audit().size == persisted + 1


async def test_each_waiter_of_a_failed_commit_has_an_error_of_its_own(faulty, record):
    with held(faulty):
        waiting = [asyncio.ensure_future(faulty.append(record(number))) for number in range(20)]
        await asyncio.sleep(0)
        Faulty.plan += ["lost", "lost"]
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert len({id(one) for one in told}) == 20
    assert {type(one) for one in told} == {LedgerFault}
    Faulty.plan.clear()
    assert faulty.size == 0


@contextmanager
def held(ledger):
    """Keeps the writer from its turn, as another process would."""
    with lock_of(ledger).open("r+b") as file:
        flock(file, LOCK_EX)
        yield


def lock_of(ledger):
    return ledger._store._path.with_name("ledger.lock")


async def test_records_that_wait_together_share_a_commit(faulty, record):
    with held(faulty):
        before = Faulty.commits
        waiting = [asyncio.ensure_future(faulty.append(record(number))) for number in range(500)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert Faulty.commits - before <= 2


@pytest.fixture
async def crowded(faulty, record):
    """A ledger that has just written several records at a time."""
    with held(faulty):
        waiting = [asyncio.ensure_future(faulty.append(record(100 + number))) for number in range(20)]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    return faulty


async def test_records_that_come_in_following_turns_of_the_event_loop_share_a_commit(crowded, record, monkeypatch):
    monkeypatch.setattr(writer, "GATHER_S", 60.0)
    before = Faulty.commits
    waiting = []
    for number in range(20):
        waiting.append(asyncio.ensure_future(crowded.append(record(number))))
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert Faulty.commits - before == 1


async def test_a_record_that_comes_alone_does_not_wait_for_others(crowded, record, monkeypatch):
    monkeypatch.setattr(writer, "GATHER_S", 3600.0)
    assert (await asyncio.wait_for(crowded.append(record(0)), 300)).position == 20


async def test_however_many_come_the_first_waits_no_longer_than_the_limit(crowded, record, monkeypatch):
    monkeypatch.setattr(writer, "TURNS", 10**9)
    assert (await asyncio.wait_for(crowded.append(record(0)), 300)).position == 20


async def test_a_waiter_that_gives_up_hurts_nobody_and_its_record_stays(faulty, record):
    with held(faulty):
        waiting = [asyncio.ensure_future(faulty.append(record(number))) for number in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
    first, second, third = await asyncio.gather(*waiting, return_exceptions=True)
    assert (first.position, type(second), third.position) == (0, asyncio.CancelledError, 2)
    assert faulty.leaf(1) == record(1).statement


async def test_a_record_of_the_wrong_type_fails_alone(faulty, record):
    with held(faulty):
        good = asyncio.ensure_future(faulty.append(record(0)))
        await asyncio.sleep(0)
        with pytest.raises(TypeError):
            await faulty.append(Record("x", "text"))
    assert (await good).position == 0


async def test_a_full_disk_is_told_and_survived(faulty, record):
    """The limit on file sizes stands for the full disk; the system refuses to let the write-ahead log grow."""
    await faulty.append(record(0))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(LedgerFault, match=r"full|I/O"):
            await faulty.append(record(1, b"x" * 400_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (await faulty.append(record(2))).position == 1
    assert faulty.audit().size == 2
    assert faulty.entry_of(record(1).exchange) is None


def test_several_event_loops_can_append_to_one_ledger(tmp_path, record):
    ledger = Ledger.open(tmp_path)
    placed = []

    async def some(start):
        placed.extend(await asyncio.gather(*[ledger.append(record(start + number)) for number in range(50)]))

    threads = [threading.Thread(target=asyncio.run, args=(some(start),)) for start in (0, 50, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry.position for entry in placed) == list(range(150))
    ledger.close()


def test_an_event_loop_that_ended_does_not_end_the_writer(tmp_path, record):
    ledger = Ledger.open(tmp_path)

    async def leave():
        asyncio.ensure_future(ledger.append(record(0))).add_done_callback(lambda _: None)
        await asyncio.sleep(0)

    with held(ledger):
        asyncio.run(leave())
    assert asyncio.run(ledger.append(record(1))).position == 1
    ledger.close()


def test_a_record_of_an_event_loop_that_ended_at_once_is_written_with_the_next(tmp_path, record, monkeypatch):
    monkeypatch.setattr(writer, "TURNS", 10**9)
    monkeypatch.setattr(writer, "GATHER_S", 60.0)
    monkeypatch.setattr(writer, "FEW", -1)
    ledger = Ledger.open(tmp_path)

    async def leave():
        asyncio.ensure_future(ledger.append(record(0))).add_done_callback(lambda _: None)
        await asyncio.sleep(0)

    asyncio.run(leave())
    monkeypatch.undo()
    assert asyncio.run(ledger.append(record(1))).position == 1
    assert ledger.leaf(0) == record(0).statement
    ledger.close()


def test_closing_writes_what_waits(tmp_path, record):
    ledger = Ledger.open(tmp_path)

    async def several():
        waiting = [asyncio.ensure_future(ledger.append(record(number))) for number in range(10)]
        await asyncio.sleep(0)
        await asyncio.to_thread(ledger.close)
        return await asyncio.gather(*waiting)

    assert len(asyncio.run(several())) == 10
    again = Ledger.open(tmp_path)
    assert again.size == 10
    again.close()


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_erasure_that_fails_is_told_and_can_be_done_again(faulty, record, fault):
    await faulty.append(record(0, b"said"))
    Faulty.plan.append(fault)
    with pytest.raises(LedgerFault):
        faulty.erase(record(0).exchange)
    assert faulty.erase(record(0).exchange) == int(fault != "persisted")
    assert faulty.content(record(0).exchange) is None
    assert (faulty.audit().erased, faulty.size) == (1, 2)


class Machine(RuleBasedStateMachine):
    """Whatever fails, what was acknowledged is in the log at its position, and the log only ever grows."""

    plan: ClassVar[list[str]] = Faulty.plan

    def opened(self):
        return Ledger.open(Path(self.directory.name), factory=Faulty)

    @initialize()
    def begin(self):
        self.plan.clear()
        self.directory = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.ledger = self.opened()
        self.number = 0
        self.placed = {}
        self.lost = set()
        self.contents = {}
        self.heads = [(0, self.ledger.root)]

    def made(self, content):
        self.number += 1
        name = f"{self.number:026}"
        return Record(name, json.dumps({"id": name}).encode(), content)

    def append(self, records):
        async def together():
            return await asyncio.gather(*[self.ledger.append(one) for one in records], return_exceptions=True)

        return self.runner.run(together())

    @rule(contents=st.lists(st.none() | st.binary(max_size=40), min_size=1, max_size=9))
    def append_well(self, contents):
        records = [self.made(content) for content in contents]
        for one, entry in zip(records, self.append(records), strict=True):
            self.placed[entry.position] = one
            self.contents[one.exchange] = one.content

    @rule(fault=st.sampled_from(FAULTS), content=st.none() | st.binary(max_size=40))
    def append_badly(self, fault, content):
        one = self.made(content)
        self.plan.append(fault)
        [told] = self.append([one])
        assert isinstance(told, LedgerFault)
        if fault == "persisted":
            self.placed[self.ledger.size - 1] = one
            self.contents[one.exchange] = content
        else:
            self.lost.add(one.exchange)

    @rule(data=st.data(), fault=st.none() | st.sampled_from(FAULTS))
    def erase(self, data, fault):
        if not self.contents:
            return
        exchange = data.draw(st.sampled_from(sorted(self.contents)))
        self.plan[:] = [fault] if fault else []
        try:
            self.ledger.erase(exchange)
        except LedgerFault:
            self.plan.clear()
            self.ledger.erase(exchange)
        self.contents[exchange] = None

    @rule()
    def open_again(self):
        self.ledger.close()
        self.ledger = self.opened()

    @invariant()
    def holds(self):
        size, root = self.heads[-1]
        assert self.ledger.size >= size
        assert self.ledger.root_at(size) == root
        self.heads.append((self.ledger.size, self.ledger.root))
        for position, one in self.placed.items():
            assert self.ledger.entry_of(one.exchange).position == position
            assert self.ledger.leaf(position) == one.statement
        for exchange in self.lost:
            assert self.ledger.entry_of(exchange) is None
        for exchange, content in self.contents.items():
            assert self.ledger.content(exchange) == content
        assert self.ledger.audit().root == self.ledger.root

    def teardown(self):
        if hasattr(self, "ledger"):
            self.ledger.close()
            self.runner.close()
            self.directory.cleanup()


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)

APPENDING = """
import asyncio, sys
from pathlib import Path
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record

async def main(directory, name, rounds, database):
    ledger = Ledger.open(Path(directory), database=database)
    number = 0
    while number < rounds:
        records = []
        for _ in range(10):
            number += 1
            exchange = f"{name}-{number}"
            records.append(Record(exchange, b'{"id":"%b"}' % exchange.encode(), b"said"))
        entries = await asyncio.gather(*[ledger.append(one) for one in records])
        print("".join(f"{entry.exchange} {entry.position}\\n" for entry in entries), end="", flush=True)
    ledger.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]))
"""


def appending(directory, name, rounds, database=""):
    command = [sys.executable, "-c", APPENDING, str(directory), name, str(rounds), database]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def acknowledged(output):
    whole = output[: output.rfind("\n") + 1]
    return {exchange: int(position) for exchange, position in map(str.split, whole.splitlines())}


def test_two_processes_that_append_at_once_never_fork(tmp_path):
    processes = [appending(tmp_path, name, 300) for name in ("a", "b")]
    told = [acknowledged(process.communicate(timeout=300)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted([*told[0].values(), *told[1].values()]) == list(range(600))
    ledger = Ledger.open(tmp_path)
    assert ledger.audit().kept == 600
    assert all(ledger.entry_of(name).position == at for part in told for name, at in part.items())
    ledger.close()


def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path):
    told = {}
    for round_ in range(4):
        process = appending(tmp_path, f"r{round_}", 1_000_000)
        first = "".join(process.stdout.readline() for _ in range(25 + 60 * round_))
        process.send_signal(signal.SIGKILL)
        told |= acknowledged(first + process.communicate()[0])
        ledger = Ledger.open(tmp_path)
        assert ledger.audit().size == ledger.size >= len(told)
        assert all(ledger.entry_of(name).position == at for name, at in told.items())
        ledger.close()
    assert len(told) >= 25 * 4 + 60 * 6
