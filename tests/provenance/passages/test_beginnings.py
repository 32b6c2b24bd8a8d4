import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.passages.beginnings import MOST, PARTS, REST_BITS, Beginnings, marked
from sekisho.provenance.passages.prints import BITS

HASHES = st.lists(st.integers(0, (1 << BITS) - 1), max_size=60).map(lambda made: np.array(made, np.uint64))


def told(hashes):
    made = Beginnings()
    for part in range(PARTS):
        made.tell(part, marked(hashes[hashes >> np.uint64(REST_BITS) == part]))
    return made


@given(HASHES, HASHES)
def test_what_is_there_may_be_there_also_after_more_was_told(first, second):
    made = told(first)
    assert made.may_have(first).all()
    both = np.append(first, second)
    for part in range(PARTS):
        made.tell(part, marked(both[both >> np.uint64(REST_BITS) == part]))
    assert made.may_have(both).all()
    for part in range(PARTS):
        made.tell(part, marked(second[second >> np.uint64(REST_BITS) == part]))
    assert made.may_have(second).all()


@given(HASHES)
def test_where_nothing_was_told_everything_may_be_and_in_empty_parts_nothing(hashes):
    assert Beginnings().may_have(hashes).all()
    assert not told(hashes[:0]).may_have(hashes).any()


@pytest.mark.parametrize("count", [64, 1000, 50_000])
def test_most_of_what_is_not_there_is_told_apart(count):
    chance = np.random.default_rng(1)
    made = told(chance.integers(1 << BITS, size=count).astype(np.uint64))
    assert made.may_have(chance.integers(1 << BITS, size=20_000).astype(np.uint64)).mean() < 0.42


def test_a_part_takes_a_megabyte_at_most():
    assert len(marked(np.arange(3 << MOST - 1, dtype=np.uint64) << np.uint64(17))) == 1 << 20
