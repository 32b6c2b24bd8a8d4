from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sekisho.pipeline.identity import timestamp, ulid

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TIMES = st.integers(0, (1 << 48) - 1)


@given(TIMES)
def test_the_time_can_be_read_back(milliseconds):
    made = ulid(milliseconds)
    assert len(made) == 26
    value = 0
    for digit in made:
        value = value * 32 + DIGITS.index(digit)
    assert value >> 80 == milliseconds


@given(TIMES, TIMES)
def test_identifiers_sort_by_time(one, other):
    if one < other:
        assert ulid(one) < ulid(other)


def test_no_two_are_the_same():
    assert len({ulid(1) for _ in range(1000)}) == 1000


@given(st.integers(0, 4_102_444_800_000))
def test_timestamps_are_rfc_3339(milliseconds):
    read = datetime.fromisoformat(timestamp(milliseconds))
    assert read.tzinfo == UTC
    assert round(read.timestamp() * 1000) == milliseconds
