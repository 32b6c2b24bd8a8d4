"""The parts of a checkpoint: open together, or not at all."""

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading

import pytest

from sekisho.core.errors import AccessFault, ConfigurationError, LedgerFault
from sekisho.core.settings import Model, Settings
from sekisho.ledger.record import Record
from sekisho.policy.kept import kept
from sekisho.server import rows
from sekisho.server.plan import Plan
from sekisho.server.services import Services

OPENS = """
import asyncio, sys
from sekisho.core.settings import Settings
from sekisho.server.plan import Plan
from sekisho.server.services import Services
sys.stdin.readline()
services = Services.open(Plan(Settings(home=sys.argv[1], guards=["privacy"])))
print(services.signer.verifier_key)
asyncio.run(services.close())
"""


def plan(home, key="", **more):
    return Plan(Settings(home=str(home), **{"guards": ["privacy"], **more}), key)


def held() -> tuple[int, int]:
    """Descriptors and threads of this process. A file object that nobody holds any more counts as closed."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")), threading.active_count()  # noqa: PTH208 - counted, not walked


def refused(wanted, fault, said):
    """Does not open, and the error with all that hangs on it is gone."""
    with pytest.raises(fault, match=said):
        Services.open(wanted)


def damage_keys(home):
    asyncio.run(Services.open(plan(home)).close())
    (home / "access.sqlite").write_bytes(b"\0" * 5000)


def damage_ledger(home):
    asyncio.run(Services.open(plan(home)).close())
    (home / "ledger.sqlite").write_bytes(b"another program's file" * 100)


def show_the_signing_key(home):
    home.mkdir()
    (home / "signer.key").write_text("PRIVATE+KEY+")
    (home / "signer.key").chmod(0o644)


def put_a_file_there(home):
    home.write_text("")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"profile": "nowhere"}, "nowhere"),
        ({"profiles": ["/nowhere"]}, "/nowhere"),
        ({"guards": ["nothing"]}, "nothing"),
        ({"models": {"m": Model(url="http://[broken")}}, "m"),
        ({"key": " "}, "demonstration"),
    ],
)
def test_a_broken_configuration_is_told_and_leaves_nothing_open(tmp_path, settings, said):
    before = held()
    refused(plan(tmp_path / "home", **settings), ConfigurationError, said)
    assert held() == before


@pytest.mark.parametrize(
    ("damage", "fault", "said"),
    [
        (damage_keys, AccessFault, "not a database"),
        (damage_ledger, LedgerFault, "not a database"),
        (show_the_signing_key, ConfigurationError, "signer.key"),
        (put_a_file_there, ConfigurationError, "limits.shared"),
    ],
)
def test_a_damaged_home_is_told_and_leaves_nothing_open(tmp_path, damage, fault, said):
    damage(tmp_path / "home")
    before = held()
    refused(plan(tmp_path / "home"), fault, said)
    assert held() == before


def test_one_worker_too_many_is_told_and_leaves_nothing_open(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "ROWS", 0)
    before = held()
    refused(plan(tmp_path), ConfigurationError, "worker processes")
    assert held() == before


def test_what_was_open_is_closed_and_the_home_opens_again_as_it_was(tmp_path):
    async def once(exchange):
        services = Services.open(plan(tmp_path))
        await services.log.append(Record(exchange, json.dumps({"id": exchange}).encode()))
        found = services.ledger.size, services.signer.verifier_key
        await services.close()
        return found

    asyncio.run(once("a"))
    before = held()
    (first, key), (second, same) = asyncio.run(once("b")), asyncio.run(once("c"))
    assert (first, second) == (2, 3)
    assert key == same
    assert held() == before


async def test_one_home_is_open_twice_and_each_sees_what_the_other_does(tmp_path):
    one, other = Services.open(plan(tmp_path)), Services.open(plan(tmp_path))
    key = one.access.create("app", ("office",))
    assert other.access.identify(f"Bearer {key}").name == "app"
    one.switch.stop("all", "me", "")
    assert other.switch.stopped(model="m", profile="office") == "all"
    await one.log.append(Record("a", b'{"id":"a"}'))
    assert other.ledger.size == 1
    await one.close()
    await other.close()


def test_workers_that_open_a_new_home_at_once_find_one_and_the_same(tmp_path):
    command = [sys.executable, "-c", OPENS, str(tmp_path / "home")]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    told = [worker.communicate() for worker in workers]
    assert [error for _, error in told] == [""] * 4
    assert len({key for key, _ in told}) == 1


async def test_the_demonstration_key_of_the_plan_is_let_in_while_it_runs(tmp_path):
    services = Services.open(plan(tmp_path, "sk-demo"))
    assert services.door.visitor([(b"authorization", b"Bearer sk-demo")]).caller.profile.name == "office"
    await services.close()


async def test_the_texts_of_all_profiles_are_kept_under_their_digests(tmp_path):
    services = Services.open(plan(tmp_path / "home"))
    await services.close()
    assert kept(tmp_path / "home") == {one.digest: one.canonical().encode() for one in services.profiles}


async def test_a_stop_reaches_the_pipeline(tmp_path):
    services = Services.open(plan(tmp_path))
    services.switch.stop("office", "me", "")
    assert services.pipeline.stopped("m", "office") == "office"
    await services.close()
