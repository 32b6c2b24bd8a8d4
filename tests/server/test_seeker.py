"""The process that finds texts again, as `sekisho serve` runs it."""

import asyncio
import os
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests.provenance.kept import record
from tests.server.running import until

from sekisho.cli.seeker import LOG, supervisor
from sekisho.core.settings import Settings, VerifierSettings
from sekisho.ledger.ledger import Ledger
from sekisho.provenance.passages.index import Passages
from sekisho.server.lookup_faults import LookupUnavailable, TooManyLookups
from sekisho.server.seeker import NICE, NICE_INDEXING, Desk, Question, Reply, listening
from sekisho.server.seeking import Seeking
from sekisho.server.visits import Visits

ANSWER = "転入届は、新しい住所に住み始めた日から14日以内に、市役所の窓口へお出しください。本人確認書類が必要です。"
NAME = "verifier.sock"


@pytest.fixture
def ledger(tmp_path):
    with closing(Ledger.open(tmp_path)) as opened:
        yield opened


@pytest.fixture
def beside(tmp_path, ledger):
    settings = Settings(home=str(tmp_path), verifier=VerifierSettings(lookups_per_minute=500, total_per_minute=0))
    started = supervisor(settings, NAME)
    started.start()
    until(lambda: started.state == "ready")
    yield started
    started.stop()


def replied(desk, text, address):
    return msgspec.json.decode(desk.reply(Question(text, address)), type=Reply)


def asked(home, text=ANSWER, address="192.0.2.1"):
    return asyncio.run(Seeking(home, NAME).ask(text, address))


def found(home):
    try:
        return asked(home).found
    except LookupUnavailable:
        return []


def test_it_takes_in_what_comes_and_is_low_in_priority_and_private(tmp_path, ledger, beside):
    asyncio.run(ledger.append(record(1, ANSWER)))
    assert until(lambda: found(tmp_path))[0].exchange == f"{1:026}"
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    threads = {int(thread.name) for thread in Path(f"/proc/{beside.pid}/task").iterdir()} - {beside.pid}
    assert os.getpriority(os.PRIO_PROCESS, beside.pid) == min(19, mine + NICE_INDEXING)  # a process is its first thread
    assert min(19, mine + NICE) in {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads}
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0
    assert (tmp_path / LOG).read_text() == ""


def test_killed_it_is_started_again_and_goes_on(tmp_path, ledger, beside):
    asyncio.run(ledger.append(record(1, ANSWER)))
    until(lambda: found(tmp_path))
    first = beside.pid
    os.kill(first, signal.SIGKILL)
    asyncio.run(ledger.append(record(2, ANSWER)))
    assert until(lambda: len(found(tmp_path)) == 2)
    assert beside.pid != first


def test_it_ends_with_its_standard_input_and_takes_its_socket_along(tmp_path, beside):
    pid = beside.pid
    beside.stop()
    assert not (tmp_path / NAME).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_erased_content_is_gone_from_the_next_answer(tmp_path, ledger, beside):
    asyncio.run(ledger.append(record(1, ANSWER)))
    until(lambda: found(tmp_path))
    ledger.erase(f"{1:026}")
    assert asked(tmp_path).found == []


def test_what_is_no_question_is_not_answered_and_the_next_one_is(tmp_path, ledger, beside):
    for nonsense in (b"", b"\n", b"[]\n", b'{"text": 1}\n'):
        with socket.socket(socket.AF_UNIX) as connection:
            home = os.open(tmp_path, os.O_RDONLY)
            connection.connect(f"/proc/self/fd/{home}/{NAME}")
            os.close(home)
            connection.sendall(nonsense)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(10) == b""
    assert asked(tmp_path).found == []


def test_an_index_that_cannot_be_opened_is_told_and_not_tried_again(tmp_path, ledger):
    (tmp_path / "passages.key").write_bytes(b"damaged")
    (tmp_path / "passages.key").chmod(0o600)
    started = supervisor(Settings(home=str(tmp_path)), NAME)
    started.start()
    until(lambda: started.state == "failed")
    assert "passages.key" in started.fault["en"]
    started.stop()


def test_too_many_are_sent_away_and_a_fault_is_told_without_the_text(tmp_path, ledger, caplog):
    with closing(Passages.open(tmp_path)) as passages:
        desk = Desk(ledger, passages, Visits(1, 0))
        assert replied(desk, "文章", "192.0.2.1").retry_s == 0
        assert replied(desk, "文章", "192.0.2.1").retry_s == 60

        def broken(text, _):
            raise faults.pop(0)(f"disk I/O error {text if len(faults) == 0 else ''}")

        passages.find = broken
        faults = [sqlite3.OperationalError, KeyError]
        assert replied(desk, "秘密の文章", "192.0.2.2").failed is True
        assert replied(desk, "秘密の文章", "192.0.2.3").failed is True
    assert "disk I/O error" in caplog.text
    assert "KeyError in broken, line" in caplog.text
    assert "秘密" not in caplog.text


def test_a_socket_that_was_left_behind_is_replaced(tmp_path):
    (tmp_path / NAME).touch()
    with listening(tmp_path, NAME) as listener:
        assert listener.getsockname().endswith(NAME)
    assert not (tmp_path / NAME).exists()


def test_the_limits_of_the_settings_hold(tmp_path, ledger):
    started = supervisor(Settings(home=str(tmp_path), verifier=VerifierSettings(lookups_per_minute=1)), NAME)
    started.start()
    until(lambda: started.state == "ready")
    try:
        assert asked(tmp_path).found == []
        with pytest.raises(TooManyLookups):
            asked(tmp_path)
    finally:
        started.stop()
