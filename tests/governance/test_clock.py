import itertools

from hypothesis import given
from hypothesis import strategies as st

from sekisho.governance.clock import Clock, Pause

HOUR = 3_600_000


def seen(*times):
    clock = Clock()
    for position, time_ms in enumerate(times):
        clock.see(time_ms, position)
    return clock


def test_a_pause_of_an_hour_is_told_where_there_are_few():
    assert seen(0, 1000, 1000 + HOUR).unusual == [Pause(1000, 1000 + HOUR, 2)]
    assert seen(0, 1000, 999 + HOUR).unusual == []


def test_nights_and_weekends_are_usual_and_a_week_is_not():
    times, now = [], 0
    for day in range(60):
        now += HOUR * (62 if day % 5 == 0 else 14)
        for _ in range(10):
            now += HOUR // 2
            times.append(now)
    assert seen(*times).unusual == []
    clock = seen(*times[:300], *(time + 7 * 24 * HOUR for time in times[300:]))
    assert [pause.position for pause in clock.unusual] == [300]


def test_times_that_run_backwards_are_counted():
    clock = seen(10 * HOUR, 9 * HOUR, 9 * HOUR - 1, 5 * HOUR, 11 * HOUR)
    assert clock.backwards == (2, 2, 5 * HOUR)
    assert (clock.first_ms, clock.latest_ms) == (10 * HOUR, 11 * HOUR)


def test_an_empty_log_has_no_times():
    assert (seen().first_ms, seen().longest, seen().unusual) == (None, None, [])


@given(st.lists(st.integers(0, 10**12), min_size=2).map(sorted))
def test_the_longest_pause_is_the_longest(times):
    longest = seen(*times).longest
    assert (longest.length_ms if longest else 0) == max(after - before for before, after in itertools.pairwise(times))
