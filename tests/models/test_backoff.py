"""Waits between tries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import UpstreamBroken, UpstreamRefused, UpstreamTimeout, UpstreamUnreachable
from sekisho.models.backoff import Backoff

LONGEST = Backoff(uniform=lambda: 1.0)


def refused(code, retry_s=None):
    return UpstreamRefused(model="m", status_code=code, retry_s=retry_s)


def test_an_unreachable_upstream_is_asked_again_after_waits_that_double_up_to_a_bound():
    fault = UpstreamUnreachable(model="m")
    assert [LONGEST.wait_s(fault, tries) for tries in (1, 2, 3, 4, 5, 6, 7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


@pytest.mark.parametrize("code", [502, 503, 504])
def test_what_passes_by_itself_is_asked_again(code):
    assert LONGEST.wait_s(refused(code), 1) == 0.2


@pytest.mark.parametrize("code", [302, 400, 401, 404, 422, 429, 500])
def test_what_would_be_refused_again_is_not(code):
    assert LONGEST.wait_s(refused(code), 1) is None


@pytest.mark.parametrize(
    "fault", [UpstreamTimeout(model="m", phase="total", limit="1"), UpstreamBroken(model="m", why="cut_short")]
)
def test_a_model_that_took_too_long_or_broke_off_is_not_asked_again(fault):
    assert LONGEST.wait_s(fault, 1) is None


def test_an_upstream_that_says_when_to_come_back_is_obeyed():
    assert LONGEST.wait_s(refused(429, 1.0), 1) == 1.2


def test_an_upstream_that_asks_for_longer_than_the_bound_is_not_asked_again():
    assert LONGEST.wait_s(refused(503, 5.1), 1) is None


def test_retry_after_on_a_lasting_refusal_changes_nothing():
    assert LONGEST.wait_s(refused(400, 1.0), 1) is None


@given(st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_no_wait_is_negative_or_above_the_bound(tries, drawn):
    wait_s = Backoff(uniform=lambda: drawn).wait_s(UpstreamUnreachable(model="m"), tries)
    assert wait_s is not None
    assert 0 <= wait_s <= 5.0
