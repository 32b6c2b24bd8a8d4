"""The stop switch works at once, in every process, and outlives them."""

import os
import sqlite3
import time
from fcntl import LOCK_EX, LOCK_UN, flock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.another import Another

from sekisho.core.errors import AccessFault
from sekisho.server.switch import Switch

SERVER = """
import sys
from pathlib import Path
from sekisho.server.switch import Switch
switch = Switch(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    model, profile = line.split()
    print(switch.stopped(model=model, profile=profile), flush=True)
"""
NAMES = st.sampled_from(["all", "office", "coding", "town-llm", "embedded"])


@pytest.fixture
def switch(tmp_path):
    switch = Switch(tmp_path)
    yield switch
    switch.close()


class Server(Another):
    """Another process that asks the switch."""

    def __init__(self, directory):
        super().__init__(SERVER, directory)

    def stopped(self, model, profile):
        return self.ask(f"{model} {profile}")[0]


def test_nothing_is_stopped_at_first(switch):
    assert switch.stopped(model="embedded", profile="office") is None
    assert switch.list() == ()


@pytest.mark.parametrize("what", ["all", "office", "embedded"])
def test_what_is_stopped_is_named_until_it_is_started(switch, what):
    switch.stop(what, "me", "why not")
    assert switch.stopped(model="embedded", profile="office") == what
    assert switch.start(what)
    assert switch.stopped(model="embedded", profile="office") is None


def test_others_go_on(switch):
    switch.stop("coding", "me", "")
    assert switch.stopped(model="embedded", profile="office") is None


def test_the_widest_stop_is_named(switch):
    for what, named in (("embedded", "embedded"), ("office", "office"), ("all", "all")):
        switch.stop(what, "me", "")
        assert switch.stopped(model="embedded", profile="office") == named


def test_the_list_says_who_when_and_why(switch):
    before = time.time_ns() // 1_000_000
    switch.stop("office", "okami", "誤った案内")
    (stop,) = switch.list()
    assert (stop.what, stop.by, stop.reason) == ("office", "okami", "誤った案内")
    assert before <= stop.since_ms <= time.time_ns() // 1_000_000


def test_stopping_again_keeps_the_newer_reason(switch):
    switch.stop("office", "a", "first")
    switch.stop("office", "b", "second")
    assert [(stop.by, stop.reason) for stop in switch.list()] == [("b", "second")]


def test_starting_what_runs_changes_nothing_and_says_so(switch):
    switch.stop("office", "me", "")
    assert not switch.start("coding")
    assert switch.stopped(model="embedded", profile="office") == "office"


def test_starting_all_leaves_single_stops(switch):
    switch.stop("office", "me", "")
    switch.stop("all", "me", "")
    assert switch.start("all")
    assert switch.stopped(model="embedded", profile="office") == "office"
    assert switch.stopped(model="embedded", profile="coding") is None


def test_a_running_server_stops_and_starts_at_once(tmp_path, switch):
    with Server(tmp_path) as server:
        for _ in range(30):
            switch.stop("town-llm", "me", "")
            assert server.stopped("town-llm", "office") == "town-llm"
            switch.start("town-llm")
            assert server.stopped("town-llm", "office") == "None"


def test_a_stop_outlives_the_process(tmp_path, switch):
    switch.stop("all", "me", "")
    with Server(tmp_path) as server:
        assert server.stopped("embedded", "office") == "all"


def test_a_stop_outlives_damage_to_the_shared_file(tmp_path, switch):
    switch.stop("all", "me", "")
    os.truncate(tmp_path / "limits.shared", 0)
    with Server(tmp_path) as server:
        assert server.stopped("embedded", "office") == "all"


def test_the_event_loop_does_not_wait_for_a_stop_that_is_being_made(tmp_path, switch):
    lock = os.open(tmp_path / "access.lock", os.O_RDWR)
    flock(lock, LOCK_EX)
    switch._table.shared.next_generation()
    assert switch.stopped(model="embedded", profile="office") is None
    with sqlite3.connect(tmp_path / "access.sqlite") as connection:
        connection.execute("INSERT INTO stops VALUES ('office', 'me', '', 1)")
    connection.close()
    flock(lock, LOCK_UN)
    os.close(lock)
    assert switch.stopped(model="embedded", profile="office") == "office"


def test_a_table_that_became_unreadable_lets_nothing_run(tmp_path, switch):
    (tmp_path / "access.sqlite").write_bytes(b"\0" * 5000)
    switch._table.shared.next_generation()
    for _ in range(2):
        with pytest.raises(AccessFault):
            switch.stopped(model="embedded", profile="office")


def test_a_damaged_row_lets_nothing_run(tmp_path, switch):
    with sqlite3.connect(tmp_path / "access.sqlite") as connection:
        connection.execute("INSERT INTO stops VALUES ('office', 'me', '', 'yesterday')")
    connection.close()
    switch._table.shared.next_generation()
    with pytest.raises(AccessFault, match="damaged"):
        switch.stopped(model="embedded", profile="office")


def test_any_order_of_stops_and_starts_is_seen_alike_by_two_switches(tmp_path_factory):
    @settings(deadline=None)  # each step waits for the disk
    @given(st.lists(st.tuples(st.integers(0, 1), st.booleans(), NAMES), max_size=8))
    def alike(steps):
        home = tmp_path_factory.mktemp("home")
        switches = (Switch(home), Switch(home))
        stopped = set()
        for which, stop, what in steps:
            if stop:
                switches[which].stop(what, "me", "")
                stopped.add(what)
            else:
                assert switches[which].start(what) == (what in stopped)
                stopped.discard(what)
            expected = next((what for what in ("all", "office", "embedded") if what in stopped), None)
            for switch in switches:
                assert switch.stopped(model="embedded", profile="office") == expected
        for switch in switches:
            switch.close()

    alike()
