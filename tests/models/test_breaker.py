"""The circuit breaker."""

from hypothesis import given
from hypothesis import strategies as st

from sekisho.models.breaker import Breaker


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def opened(clock):
    breaker = Breaker(clock)
    for _ in range(5):
        breaker.failed()
    return breaker


def test_it_stays_closed_while_failures_do_not_follow_each_other():
    breaker = Breaker(Clock())
    for _ in range(20):
        for _ in range(4):
            breaker.failed()
        breaker.succeeded()
    assert breaker.wait_s() == 0


def test_it_opens_after_five_failures_in_a_row_for_ten_seconds():
    clock = Clock()
    breaker = opened(clock)
    assert breaker.wait_s() == 10
    clock.now += 9
    assert breaker.wait_s() == 1


def test_after_the_cool_down_exactly_one_probe_passes():
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    assert breaker.wait_s() == 0
    assert breaker.enter() is True
    assert breaker.wait_s() == 1


def test_a_probe_that_succeeds_closes_it():
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    breaker.enter()
    breaker.succeeded()
    assert breaker.wait_s() == 0
    assert breaker.enter() is False


def test_a_probe_that_fails_opens_it_for_another_cool_down():
    clock = Clock()
    breaker = opened(clock)
    clock.now += 12
    breaker.enter()
    breaker.failed()
    assert breaker.wait_s() == 10


def test_a_probe_that_told_nothing_lets_the_next_one_pass():
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    breaker.abandoned(probe=breaker.enter())
    assert breaker.wait_s() == 0


def test_a_try_from_before_it_opened_does_not_end_the_probe():
    clock = Clock()
    breaker = Breaker(clock)
    early = breaker.enter()
    for _ in range(5):
        breaker.failed()
    clock.now += 10
    breaker.enter()
    breaker.abandoned(probe=early)
    assert breaker.probing


def test_late_failures_do_not_lengthen_the_cool_down():
    clock = Clock()
    breaker = opened(clock)
    clock.now += 9
    breaker.failed()
    assert breaker.wait_s() == 1


@given(st.lists(st.sampled_from(["fail", "succeed", "enter", "abandon", "tick"]), max_size=60))
def test_whatever_happens_the_wait_is_bounded_and_a_success_closes_it(steps):
    clock = Clock()
    breaker = Breaker(clock)
    for step in steps:
        match step:
            case "fail":
                breaker.failed()
            case "succeed":
                breaker.succeeded()
            case "enter":
                breaker.enter() if breaker.wait_s() == 0 else None
            case "abandon":
                breaker.abandoned(probe=breaker.probing)
            case _:
                clock.now += 3
        assert 0 <= breaker.wait_s() <= 10
    breaker.succeeded()
    assert breaker.wait_s() == 0
