import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.server.visits import ADDRESSES, Visits


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def test_so_many_may_come_at_once_and_then_one_after_another(clock):
    visits = Visits(3, 0, clock)
    assert [visits.wait_s("192.0.2.1") for _ in range(4)] == [0, 0, 0, 20]
    clock.now_s += 20
    assert [visits.wait_s("192.0.2.1") for _ in range(2)] == [0, 20]
    assert visits.wait_s("192.0.2.2") == 0


def test_all_together_have_a_limit_too(clock):
    visits = Visits(0, 5, clock)
    waits = [visits.wait_s(f"192.0.2.{at}") for at in range(6)]
    assert waits == [0, 0, 0, 0, 0, 12]
    assert visits.wait_s("127.0.0.1") == 12


def test_who_is_sent_away_counts_nothing(clock):
    visits = Visits(1, 2, clock)
    for _ in range(50):
        visits.wait_s("192.0.2.1")
    assert visits.wait_s("192.0.2.2") == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "", "nonsense"])
def test_this_machine_counts_only_in_all(clock, address):
    visits = Visits(1, 10, clock)
    assert [visits.wait_s(address) for _ in range(11)] == [0] * 10 + [6]


def test_a_network_of_version_six_is_one_visitor(clock):
    visits = Visits(1, 0, clock)
    assert visits.wait_s("2001:db8::1") == 0
    assert visits.wait_s("2001:db8::ffff:1%eth0") == 60
    assert visits.wait_s("2001:db8:0:1::1") == 0
    assert visits.wait_s("::ffff:192.0.2.1") == 0
    assert visits.wait_s("192.0.2.1") == 60


def test_memory_stays_bounded(clock):
    visits = Visits(1, 0, clock)
    for number in range(ADDRESSES + 50):
        visits.wait_s(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(visits._known) == ADDRESSES


@given(st.integers(1, 20), st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_in_no_minute_do_more_than_twice_the_number_come(per_minute, pauses):
    clock = Clock()
    visits = Visits(per_minute, 0, clock)
    came = []
    for pause_s in pauses:
        clock.now_s += pause_s
        if not visits.wait_s("192.0.2.1"):
            came.append(clock.now_s)
    for start in came:
        assert sum(start <= one < start + 60 for one in came) <= 2 * per_minute
