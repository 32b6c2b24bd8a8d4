import asyncio
import shutil
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.ledger.test_writer import FAULTS, Machine, acknowledged, appending
from tests.postgres_server import PASSWORD, certificates, tls_server

from sekisho.core.errors import ConfigurationError, LedgerFault
from sekisho.ledger import postgres, tiles
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.postgres import PostgresStore


class Cut:
    """A connection that the server ends as planned: within a transaction, before a COMMIT, or right after it."""

    def __init__(self, connection, url, plan):
        self.connection, self.url, self.plan = connection, url, plan

    def __getattr__(self, name):
        return getattr(self.connection, name)

    async def execute(self, query, *values):
        fault = self.plan[0] if self.plan else ""
        if (fault, query) in (("halfway", postgres.APPEND), ("lost", "COMMIT")):
            await self.cut()
        if (fault, query) == ("persisted", "COMMIT"):
            await self.connection.execute("COMMIT")
            await self.cut()
        return await self.connection.execute(query, *values)

    async def cut(self):
        self.plan.pop(0)
        other = await asyncpg.connect(self.url)
        assert await other.fetchval("SELECT pg_terminate_backend($1, 5000)", self.connection.get_server_pid())
        await other.close()


def cutting(ledger, url, plan):
    """The ledger, whose writing connection is ended as planned."""
    store = ledger._store
    connect = store._writer._connect

    async def connected():
        return Cut(await connect(), url, plan)

    store._writer._connect = connected
    store.end()
    return ledger


@pytest.fixture
def plan():
    return []


@pytest.fixture
def cut(tmp_path, database, plan):
    ledger = cutting(Ledger.open(tmp_path / "machine", database=database), database, plan)
    yield ledger
    ledger.close()


@pytest.mark.parametrize("fault", FAULTS)
async def test_all_who_wait_for_a_lost_commit_are_told_and_later_appends_work(cut, plan, record, fault):
    plan.append(fault)
    told = await asyncio.gather(*[cut.append(record(0, b"said"))], return_exceptions=True)
    assert [type(one) for one in told] == [LedgerFault]
    persisted = int(fault == "persisted")
    assert (cut.size, cut.contents_kept()) == (persisted, persisted)
    assert (await cut.append(record(1))).position == persisted
    assert cut.audit().size == persisted + 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_an_erasure_that_is_cut_off_is_told_and_can_be_done_again(cut, plan, record, fault):
    await cut.append(record(0, b"said"))
    plan.append(fault)
    with pytest.raises(LedgerFault):
        cut.erase(record(0).exchange)
    assert cut.erase(record(0).exchange) == int(fault != "persisted")
    assert cut.content(record(0).exchange) is None
    assert (cut.audit().erased, cut.size) == (1, 2)


def test_whatever_is_cut_off_what_was_acknowledged_stays(server):
    planned = []

    class OnServer(Machine):
        plan = planned
        begun = False

        def opened(self):
            if not self.begun:
                server.forget()
                self.begun = True
            return cutting(Ledger.open(self.home(), database=server.url), server.url, planned)

        def home(self):
            return Path(self.directory.name)

    run_state_machine_as_test(OnServer, settings=settings(max_examples=4, stateful_step_count=8, deadline=None))


async def test_a_connection_that_the_server_ended_is_replaced(cut, server, record):
    await cut.append(record(0))
    server.cut_off()
    assert cut.size == 1
    with suppress(LedgerFault):  # it may notice only by asking
        await cut.append(record(1))
    assert (await cut.append(record(2))).position in (1, 2)


async def test_who_writes_waits_for_whoever_holds_the_head(cut, database, record):
    other = await asyncpg.connect(database)
    await other.execute("BEGIN")
    await other.fetch("SELECT * FROM sekisho.head FOR UPDATE")
    waiting = asyncio.ensure_future(cut.append(record(0)))
    done, _ = await asyncio.wait([waiting], timeout=0.2)
    assert not done
    await other.execute("COMMIT")
    assert (await waiting).position == 0
    await other.close()


def test_commits_are_synchronous_and_nobody_keeps_the_head_by_vanishing(cut, database):
    async def shown(name):
        async with cut._store._writer.turn() as connection:
            return await connection.fetchval(f"SHOW {name}")

    names = ("synchronous_commit", "idle_in_transaction_session_timeout")
    assert [cut._store._wait(shown(name)) for name in names] == ["on", "10s"]


def machines(tmp_path, database, *names):
    """Homes of several machines with the same master.key."""
    first, *others = [tmp_path / name for name in names]
    Ledger.open(first, database=database).close()
    for home in others:
        home.mkdir(mode=0o700)
        shutil.copy(first / "master.key", home)
    return [first, *others]


def test_processes_with_homes_of_their_own_write_one_log(tmp_path, database):
    homes = machines(tmp_path, database, "a", "b", "c")
    processes = [appending(home, home.name, 200, database) for home in homes]
    told = [acknowledged(process.communicate(timeout=300)[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(at for part in told for at in part.values()) == list(range(600))
    with closing(Ledger.open(homes[0], database=database)) as ledger:
        assert ledger.audit().kept == 600
        assert all(ledger.entry_of(name).position == at for part in told for name, at in part.items())
        assert ledger.content("b-1") == ledger.content("c-200") == b"said"


def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path, database):
    homes = machines(tmp_path, database, "a", "b")
    told = {}
    for rounds, home in enumerate([*homes, homes[0]]):
        process = appending(home, f"r{rounds}", 1_000_000, database)
        first = "".join(process.stdout.readline() for _ in range(25 + 60 * rounds))
        process.send_signal(signal.SIGKILL)
        told |= acknowledged(first + process.communicate()[0])
    with closing(Ledger.open(homes[1], database=database)) as ledger:
        assert ledger.audit().size == ledger.size >= len(told) >= 25 * 3
        assert all(ledger.entry_of(name).position == at for name, at in told.items())


def test_a_machine_without_the_key_of_the_log_does_not_join(tmp_path, database):
    (home,) = machines(tmp_path, database, "a")
    with pytest.raises(ConfigurationError, match=r"master\.key: is missing"):
        Ledger.open(tmp_path / "new", database=database)
    other = tmp_path / "other"
    Ledger.open(other).close()
    with pytest.raises(ConfigurationError, match=r"master\.key: is not the key of the log"):
        Ledger.open(other, database=database)
    Ledger.open(home, database=database).close()


async def test_a_content_under_another_name_does_not_open(cut, server, record):
    await asyncio.gather(*[cut.append(record(number, b"said")) for number in range(2)])
    server.ask("UPDATE sekisho.contents SET sealed = (SELECT sealed FROM sekisho.contents WHERE position = 1)")
    with pytest.raises(LedgerAltered, match="Entry 0 "):
        cut.content(record(0).exchange)
    with pytest.raises(LedgerAltered, match="Entry 0 "):
        cut.audit()


async def test_tiles_entries_and_erasures_are_those_of_a_file(cut, ledger, record):
    for one in (cut, ledger):
        await asyncio.gather(*[one.append(record(number, b"said")) for number in range(300)])
    named = [tile for tile in tiles.of(300) if cut.tile(tile) != ledger.tile(tile)]
    assert named == []
    assert cut.root == ledger.root
    cut.erase(record(7).exchange)
    assert cut.erasure_of(record(7).exchange).position == 300
    assert [one.position for one in cut.entries_of(record(7).exchange)] == [7, 300]
    assert cut.contents_from(290, 100).erased == [7]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("UPDATE sekisho.entries SET statement = 'x' WHERE position = 1", "its statement"),
        ("DELETE FROM sekisho.entries WHERE position = 1", "missing"),
        ("UPDATE sekisho.entries SET position = 9 WHERE position = 2", "missing"),
        ("UPDATE sekisho.entries SET exchange = 'x' WHERE position = 1", "exchange"),
        ("UPDATE sekisho.head SET frontier = ''", "head"),
    ],
)
async def test_an_audit_finds_what_was_changed_in_the_database(cut, server, record, change, part):
    await asyncio.gather(*[cut.append(record(number)) for number in range(3)])
    server.ask(change)
    with pytest.raises(LedgerAltered, match=part):
        cut.audit()


def test_tables_of_another_version_are_refused(tmp_path, database, server):
    Ledger.open(tmp_path / "home", database=database).close()
    server.ask("UPDATE sekisho.head SET version = 99")
    with pytest.raises(ConfigurationError, match="not a ledger of this version"):
        Ledger.open(tmp_path / "home", database=database)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ((PASSWORD, "an0ther-password"), LedgerFault),
        (("/postgres?", "/nowhere?"), LedgerFault),
        (("?host=", "?host=/nowhere"), LedgerFault),
        (("postgresql://", "mysql://"), ConfigurationError),
        (("?host=", "?sslmode=an0ther-password&host="), ConfigurationError),
    ],
)
def test_an_address_that_does_not_work_is_told_without_its_password(database, change, fault):
    with pytest.raises(fault) as told:
        PostgresStore(database.replace(*change))
    said = repr(told.value) + told.value.say("ja") + told.value.say("en")
    assert PASSWORD not in said
    assert "an0ther-password" not in said


@pytest.fixture(scope="module")
def tls():
    """A PostgreSQL that takes connections over TLS only."""
    with tls_server() as started:
        yield started


def test_over_tls_the_ledger_works_and_the_connection_is_encrypted(tls, tmp_path, record):
    url = tls.url(sslmode="verify-full", sslrootcert=tls.root)
    with closing(Ledger.open(tmp_path, database=url)) as ledger:
        asyncio.run(ledger.append(record(0, b"said")))
        assert ledger.audit().size == 1
        encrypted = ledger._store.read("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", ())
        assert encrypted in ([(True, "TLSv1.3")], [(True, "TLSv1.2")])


def test_a_server_that_is_not_the_right_one_is_not_spoken_to(tls, tmp_path):
    certificates(tmp_path)  # a root that issued nothing of the server's
    for url, why in (
        (tls.url(sslmode="verify-full", sslrootcert=tmp_path / "root.crt"), "certificate does not verify"),
        (tls.url("127.0.0.1", sslmode="verify-full", sslrootcert=tls.root), "not valid for '127.0.0.1'"),
        (tls.url(sslmode="disable"), "no encryption"),  # which the server refuses
    ):
        with pytest.raises(LedgerFault, match=why) as told:
            PostgresStore(url)
        assert PASSWORD not in repr(told.value) + told.value.say("en")


def test_a_mode_that_does_not_look_at_names_or_roots_is_no_proof_of_the_server(tls):
    for url in (tls.url("127.0.0.1", sslmode="verify-ca", sslrootcert=tls.root), tls.url(sslmode="require")):
        store = PostgresStore(url)
        try:
            assert store.read("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", ()) == [(True,)]
        finally:
            store.close()


def test_without_the_driver_it_says_which_extra_has_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigurationError, match=r"sekisho\[postgres\]"):
        PostgresStore("postgresql://nobody@127.0.0.1/none")


def test_a_closed_store_says_so(cut):
    cut.close()
    with pytest.raises(LedgerFault, match="closed"):
        cut.size  # noqa: B018
