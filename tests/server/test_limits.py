"""Limits hold over all processes, for every order of requests, and lock nobody out."""

import os
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.another import Another
from tests.server.running import models, question, read, request, serving, upstream

from sekisho.core.errors import TooManyRequests
from sekisho.server import limits as module
from sekisho.server import shared
from sekisho.server.access import Key
from sekisho.server.limits import Limits, Place

WORKER = """
import sys
from pathlib import Path
from sekisho.core.errors import TooManyRequests
from sekisho.server.access import Key
from sekisho.server.limits import Limits, Place
limits = Limits(Path(sys.argv[1]))
key = Key("app", ("*",), *map(int, sys.argv[2:5]), 3)
print("ready", flush=True)
for line in sys.stdin:
    for word in line.split():
        try:
            limits.enter(key) if word == "enter" else limits.leave(key, int(word))
            print("done", flush=True)
        except TooManyRequests as refusal:
            print(refusal.details["limit"], flush=True)
"""


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, now_s=1000.0):
        self.now_s = now_s

    def __call__(self):
        return self.now_s


class Worker(Another):
    """Another process with the same limits."""

    def __init__(self, directory, requests=0, tokens=0, concurrent=0):
        super().__init__(WORKER, directory, requests, tokens, concurrent)

    def do(self, words):
        return self.ask(words, len(words.split()))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limits(tmp_path, clock):
    limits = Limits(tmp_path, clock=clock)
    yield limits
    limits.close()


def _key(requests=0, tokens=0, concurrent=0, slot=3):
    return Key("app", ("*",), requests, tokens, concurrent, slot)


def _refusal(limits, key):
    with pytest.raises(TooManyRequests) as refusal:
        limits.enter(key)
    return refusal.value.details["limit"], int(refusal.value.details["retry_s"])


def _try(limits, key):
    try:
        limits.enter(key)
    except TooManyRequests as refusal:
        return refusal.details
    return None


def test_a_key_without_limits_is_never_counted(limits):
    for _ in range(3):
        limits.enter(_key())
    limits.leave(_key(), 10**30)
    assert not any(limits._shared.words[shared.IN_FLIGHT :])


def test_a_place_is_given_back_once(limits):
    key = _key(concurrent=1, tokens=5)
    place = Place(limits, key)
    assert _refusal(limits, key) == ("concurrent", 1)
    place.give_back(4)
    place.give_back(4)
    with pytest.raises(RuntimeError):
        limits.leave(key, 0)
    Place(limits, key).give_back(0)  # else 8 tokens were charged


def test_who_has_the_whole_answer_may_ask_again_at_once(tmp_path):
    def asks(server, key, *, streamed):
        """Asks on a new connection, and is content with the last bytes that say anything."""
        with server.connect() as connection:
            connection.sendall(request(question(stream=streamed), key=key))
            if not streamed:
                return read(connection)[0].status
            came = connection.recv(65_536)
            while b" 200 OK" in came and b"data: [DONE]" not in came:
                came += connection.recv(65_536)
            return int(came.split()[1])

    with upstream() as model, serving(tmp_path, models(model.url), "--workers", "2") as server:
        assert server.get("/healthz")
        key = server.command("key", "create", "app", "--concurrent", "1").stdout.strip()
        assert {asks(server, key, streamed=number % 3 > 0) for number in range(60)} == {200}


def test_a_stream_of_which_the_model_reports_nothing_is_charged_for_its_request_and_its_calls(tmp_path):
    """Most servers report them only where the caller wants that, which must be no way past a limit."""
    with upstream() as model, serving(tmp_path, models(model.url)) as server:
        assert server.get("/healthz")
        for body, said in (
            (question("むかし、あるところに。" * 400, stream=True), "はい"),
            (
                question(stream=True),
                {"tool_calls": [{"function": {"name": "f", "arguments": '"' + "長" * 9_000 + '"'}}]},
            ),
        ):
            model.stub.says = lambda _body, said=said: said
            name = f"app{len(body)}"
            key = server.command("key", "create", name, "--tokens-per-minute", "1000").stdout.strip()
            assert [server.talk(request(body, key=key))[0].status for _ in range(2)] == [200, 429]


def test_requests_are_refused_at_the_limit_and_admitted_when_the_window_has_passed(limits, clock):
    key = _key(requests=2)
    limits.enter(key)
    clock.now_s += 10
    limits.enter(key)
    assert _refusal(limits, key) == ("requests_per_minute", 51)
    clock.now_s += 51
    limits.enter(key)
    assert _refusal(limits, key) == ("requests_per_minute", 10)


def test_refused_requests_do_not_count(limits, clock):
    key = _key(requests=1)
    limits.enter(key)
    for _ in range(100):
        clock.now_s += 0.5
        _refusal(limits, key)
    clock.now_s = 1061.0
    limits.enter(key)


def test_tokens_are_charged_afterwards_and_refuse_the_next_request(limits, clock):
    key = _key(tokens=100)
    limits.enter(key)
    limits.enter(key)
    limits.leave(key, 99)
    limits.enter(key)
    limits.leave(key, 500)
    assert _refusal(limits, key) == ("tokens_per_minute", 61)
    clock.now_s += 61
    limits.enter(key)


def test_requests_at_a_time_are_bounded_and_leaving_makes_room(limits):
    key = _key(concurrent=2)
    limits.enter(key)
    limits.enter(key)
    assert _refusal(limits, key) == ("concurrent", 1)
    limits.leave(key, 0)
    limits.enter(key)


def test_a_request_refused_by_one_limit_uses_up_no_other(limits):
    limits.enter(_key(requests=2, concurrent=1))
    _refusal(limits, _key(requests=2, concurrent=1))
    limits.leave(_key(requests=2, concurrent=1), 0)
    limits.enter(_key(requests=2, concurrent=1))
    assert _refusal(limits, _key(requests=2, concurrent=9))[0] == "requests_per_minute"


def test_keys_do_not_count_against_each_other(limits):
    limits.enter(_key(1, 1, 1, slot=3))
    limits.leave(_key(1, 1, 1, slot=3), 5)
    for slot in (2, 4):
        limits.enter(_key(1, 1, 1, slot=slot))


def test_leaving_without_entering_is_a_mistake_that_shows(limits):
    with pytest.raises(RuntimeError, match="leave without enter"):
        limits.leave(_key(concurrent=1), 0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.001, 0.4, 1.0, 7.7, 29.0, 59.0, 59.9995, 60.0, 61.0, 200.0]),
        st.integers(0, 1),
        st.sampled_from(["enter", "enter", "leave"]),
        st.integers(0, 40),
    ),
    max_size=60,
)


@given(
    start_s=st.floats(0, 1e9),
    requests=st.integers(0, 4),
    tokens=st.integers(0, 60),
    at_once=st.integers(0, 4),
    steps=STEPS,
)
def test_no_60_seconds_hold_more_than_the_limits_and_61_free_all(
    tmp_path_factory, start_s, requests, tokens, at_once, steps
):
    clock, home, key = Clock(start_s), tmp_path_factory.mktemp("home"), _key(requests, tokens, at_once)
    workers = [Limits(home, clock=clock) for _ in range(2)]
    admitted: list[float] = []
    charged: list[tuple[float, int]] = []
    inside = Counter()
    for wait_s, which, action, used in steps:
        clock.now_s += wait_s
        now_s = clock.now_s
        if action == "leave":
            if inside[which]:
                workers[which].leave(key, used)
                inside[which] -= 1
                charged.append((now_s, used))
            continue
        spent = {seconds: sum(n for at, n in charged if at > now_s - seconds) for seconds in (60, 61)}
        entered = {seconds: sum(at > now_s - seconds for at in admitted) for seconds in (60, 61)}
        refusal = _try(workers[which], key)
        if refusal:
            reached = {
                "requests_per_minute": requests and entered[61] >= requests,
                "tokens_per_minute": tokens and spent[61] >= tokens,
                "concurrent": at_once and inside.total() >= at_once,
            }
            assert reached[refusal["limit"]]
            assert 1 <= int(refusal["retry_s"]) <= 61
            continue
        assert not requests or entered[60] < requests
        assert not tokens or spent[60] < tokens
        assert not at_once or inside.total() < at_once
        admitted.append(now_s)
        inside[which] += 1
    for worker in workers:
        worker.close()


@given(st.lists(st.floats(0, 70), min_size=1, max_size=30), st.integers(1, 5))
def test_who_waits_as_long_as_told_is_admitted_and_one_second_less_is_not_enough(tmp_path_factory, waits, requests):
    clock = Clock()
    limits = Limits(tmp_path_factory.mktemp("home"), clock=clock)
    key = _key(requests=requests)
    for wait_s in waits:
        clock.now_s = float(int(clock.now_s + wait_s))
        refusal = _try(limits, key)
        if refusal:
            clock.now_s += int(refusal["retry_s"]) - 0.001
            assert _refusal(limits, key) == ("requests_per_minute", 1)
            clock.now_s += 0.001
            limits.enter(key)
    limits.close()


@pytest.mark.parametrize("jump_s", [-900.0, -1.0, -61.0])
def test_a_clock_that_jumps_back_gives_nothing_away_and_locks_nobody_out_for_long(limits, clock, jump_s):
    key = _key(requests=2, tokens=10)
    limits.enter(key)
    limits.enter(key)
    limits.leave(key, 10)
    for _ in range(3):
        clock.now_s += jump_s / 3
        assert _refusal(limits, key)[0] == "requests_per_minute"
    clock.now_s += 61
    limits.enter(key)


def test_a_clock_that_jumps_ahead_gives_one_window_and_no_more(limits, clock):
    key = _key(requests=2)
    limits.enter(key)
    limits.enter(key)
    clock.now_s += 10**9
    limits.enter(key)
    limits.enter(key)
    _refusal(limits, key)
    clock.now_s -= 10**9
    _refusal(limits, key)


def test_processes_share_requests_tokens_and_places(tmp_path):
    with Worker(tmp_path, requests=3) as a, Worker(tmp_path, requests=3) as b:
        assert a.do("enter enter") == ["done", "done"]
        assert b.do("enter enter") == ["done", "requests_per_minute"]
    with Worker(tmp_path / "2", tokens=9) as a, Worker(tmp_path / "2", tokens=9) as b:
        assert a.do("enter 9") == ["done", "done"]
        assert b.do("enter") == ["tokens_per_minute"]
    with Worker(tmp_path / "3", concurrent=2) as a, Worker(tmp_path / "3", concurrent=2) as b:
        assert a.do("enter") + b.do("enter enter") == ["done", "done", "concurrent"]
        assert a.do("0") + b.do("enter") == ["done", "done"]


def test_processes_that_hurry_never_admit_more_together_than_the_limit(tmp_path):
    workers = [Worker(tmp_path, requests=500, concurrent=10**6).__enter__() for _ in range(4)]
    for worker in workers:
        worker.process.stdin.write("enter " * 200 + "\n")
        worker.process.stdin.close()
    answers = Counter(line for worker in workers for line in worker.process.stdout.read().split())
    for worker in workers:
        assert worker.process.wait() == 0
        worker.process.stdout.close()
    assert answers == {"done": 500, "requests_per_minute": 300}


def test_places_at_a_time_are_exact_when_processes_hurry(tmp_path):
    workers = [Worker(tmp_path, concurrent=100).__enter__() for _ in range(4)]
    for words, admitted in (("enter 0 " * 100, 800), ("enter " * 50, 100)):
        for worker in workers:
            worker.process.stdin.write(words + "\n")
            worker.process.stdin.flush()
        answers = [worker.process.stdout.readline() for worker in workers for _ in words.split()]
        assert answers.count("done\n") == admitted
    for worker in workers:
        worker.__exit__()


def test_what_a_killed_worker_had_in_flight_is_gone_when_the_next_one_starts(tmp_path, limits):
    with Worker(tmp_path, concurrent=2) as killed:
        assert killed.do("enter enter") == ["done", "done"]
        killed.process.kill()
    row = shared.IN_FLIGHT + shared.SLOTS + 3
    assert limits._shared.words[row] == 2
    with Worker(tmp_path, concurrent=2) as again:
        assert limits._shared.words[row] == 0
        assert again.do("enter enter enter") == ["done", "done", "concurrent"]


def test_what_a_killed_worker_had_in_flight_is_free_even_before_it_starts_again(tmp_path, limits, monkeypatch):
    monkeypatch.setattr(module, "SWEEP_S", 0.0)
    key = _key(concurrent=2)
    with Worker(tmp_path, concurrent=2) as killed:
        assert killed.do("enter enter") == ["done", "done"]
        _refusal(limits, key)
        killed.process.kill()
    limits.enter(key)
    limits.enter(key)
    _refusal(limits, key)


def test_the_window_outlives_a_killed_worker(tmp_path):
    for expected in (["done", "done"], ["done", "requests_per_minute"]):
        with Worker(tmp_path, requests=3) as worker:
            assert worker.do("enter enter") == expected
            worker.process.kill()


@pytest.mark.parametrize("size", [0, 100, shared.BYTES // 2])
def test_a_truncated_file_is_remade_and_a_running_worker_keeps_its_places(tmp_path, limits, size):
    limits.enter(_key(concurrent=2))
    os.truncate(tmp_path / "limits.shared", size)
    limits._shared.recheck_s = 0.0  # the quarter of a second has passed
    limits.enter(_key(concurrent=2))
    with Worker(tmp_path, concurrent=2) as other:
        assert other.do("enter") == ["concurrent"]
        limits.leave(_key(concurrent=2), 0)
        assert other.do("enter") == ["done"]


@given(noise=st.binary(min_size=8, max_size=8), kept=st.booleans())
def test_any_noise_in_the_file_is_gone_after_one_window(tmp_path_factory, noise, kept):
    clock, home, key = Clock(), tmp_path_factory.mktemp("home"), _key(3, 3, 3)
    limits = Limits(home, clock=clock)
    start = 16 if kept else 0  # with or without a header that looks right
    with (home / "limits.shared").open("r+b") as file:
        file.seek(start)
        file.write(noise * ((shared.BYTES - start) // 8))
    for wait_s in (0, 61):
        clock.now_s += wait_s
        limits._shared.recheck_s = 0.0
        refusal = _try(limits, key)
    assert refusal is None
    limits.close()


def test_closing_gives_up_what_was_in_flight(tmp_path, limits):
    other = Limits(tmp_path)
    other.enter(_key(concurrent=1))
    other.close()
    limits.enter(_key(concurrent=1))
