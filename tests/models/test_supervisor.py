"""A child that is kept running, with real processes."""

import os
import select
import signal
import sys
import threading

import pytest
from tests.server.running import until

from sekisho.models import supervisor as module
from sekisho.models.supervisor import Program, Supervisor

READY = """
import sys
job = sys.stdin.readline()
print('{"state": "ready", "share": 1.0}', flush=True)
"""
WAITS = READY + "sys.stdin.read()"


@pytest.fixture
def run(tmp_path):
    """Starts supervisors, and stops them at the end."""
    started = []

    def start(body, *, delays_s=(0.0,), environ=None, log=None, stopping=None):
        argv = (sys.executable, "-I", "-c", body)
        supervisor = Supervisor(Program(argv, b'{"a": 1}', log or tmp_path / "log", environ or {}, delays_s))
        supervisor._stopping = stopping or supervisor._stopping
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()


def gone(handle, within_s=60.0):
    """Whether the process of this pidfd ends in time."""
    return bool(select.select([handle], [], [], within_s)[0])


def settled(supervisor):
    until(lambda: supervisor.state in ("ready", "failed"))
    return supervisor


class Impatient(threading.Event):
    """Keeps how long it should have waited, and ends everything after four times."""

    def __init__(self):
        super().__init__()
        self.waited = []

    def wait(self, timeout=None):
        self.waited.append(timeout)
        if len(self.waited) == 4:
            self.set()
        return self.is_set()


def test_a_child_becomes_ready_and_is_stopped(run):
    supervisor = settled(run(WAITS))
    assert (supervisor.state, supervisor.share) == ("ready", 1.0)
    handle = os.pidfd_open(supervisor.pid)
    supervisor.stop()
    assert gone(handle, 0)
    assert (supervisor.state, supervisor.pid) == ("stopped", None)
    os.close(handle)


def test_it_gets_its_job_on_its_input_and_of_the_environment_only_what_it_is_given(run, tmp_path):
    body = "import os, sys; print(sys.stdin.readline(), dict(os.environ), file=sys.stderr)\n" + WAITS.replace(
        "job = sys.stdin.readline()", ""
    )
    settled(run(body, environ={"GIVEN": "1", "LC_ALL": "C.UTF-8"}))
    until(lambda: (tmp_path / "log").read_text().count("GIVEN"))
    assert (tmp_path / "log").read_text().startswith('{"a": 1}')
    assert "HOME" not in (tmp_path / "log").read_text()


def test_a_child_that_dies_is_started_again(run):
    supervisor = settled(run(WAITS))
    first = supervisor.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: supervisor.pid not in (None, first) and supervisor.state == "ready")


def test_words_that_are_not_of_the_protocol_are_passed_over(run):
    noise = 'import sys; sys.stdout.buffer.write(b\'llama\\n\\xff\\n[]\\n{"state": "dancing"}\\n\')\n'
    supervisor = settled(run(noise + WAITS))
    assert supervisor.state == "ready"


def test_how_the_checking_goes_is_told(run):
    told = """
import sys
sys.stdin.readline()
print('{"state": "checking", "share": 0.25}', flush=True)
sys.stdin.read()
"""
    supervisor = run(told)
    until(lambda: supervisor.state == "checking")
    assert supervisor.share == 0.25


def test_a_child_that_says_why_it_failed_is_not_started_again(run, tmp_path):
    starts = tmp_path / "starts"
    body = f"""
import sys
open({str(starts)!r}, 'a').write('x')
print('{{"state": "failed", "ja": "だめ", "en": "no"}}'.encode().decode(), flush=True)
"""
    supervisor = settled(run(body, environ={"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}))
    supervisor._thread.join(300)
    assert (supervisor.state, supervisor.fault) == ("failed", {"ja": "だめ", "en": "no"})
    assert starts.read_text() == "x"


def test_after_five_starts_that_came_to_nothing_it_gives_up_and_names_the_log(run, tmp_path):
    starts = tmp_path / "starts"
    supervisor = settled(run(f"open({str(starts)!r}, 'a').write('x')"))
    assert supervisor.state == "failed"
    assert starts.read_text() == "xxxxx"
    assert all(str(tmp_path / "log") in sentence for sentence in supervisor.fault.values())


def test_a_program_that_cannot_be_started_is_given_up_too(run, tmp_path):
    supervisor = settled(run(WAITS, log=tmp_path / "absent" / "log"))
    assert (supervisor.state, supervisor.pid) == ("failed", None)


def test_waits_grow_from_death_to_death(run):
    stopping = Impatient()
    run(READY, delays_s=(1.0, 2.0, 3.0), stopping=stopping)._thread.join(300)
    assert stopping.waited == [1.0, 2.0, 3.0, 3.0]


def test_waits_begin_anew_after_a_steady_life(run, monkeypatch):
    monkeypatch.setattr(module, "STEADY_S", 0.0)
    stopping = Impatient()
    run(READY, delays_s=(1.0, 2.0, 3.0), stopping=stopping)._thread.join(300)
    assert stopping.waited == [1.0] * 4


def test_a_child_that_will_not_end_is_killed(run, monkeypatch):
    monkeypatch.setattr(module, "STOP_S", 0.05)
    supervisor = settled(run(READY + "import time\nwhile True: time.sleep(60)"))
    handle = os.pidfd_open(supervisor.pid)
    supervisor.stop()
    assert gone(handle, 0)
    os.close(handle)


def test_stopping_twice_or_while_it_waits_to_start_again_is_harmless(run):
    supervisor = run("pass", delays_s=(60.0,))
    until(lambda: supervisor.state == "waiting")
    supervisor.stop()
    supervisor.stop()
    assert supervisor.state == "stopped"
