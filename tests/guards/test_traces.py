import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.guards import traces
from sekisho.guards.factors import APART, NO_LETTER, folded
from sekisho.guards.traces import BLOCK, Traces, before, spread

FACTORS = ["forget", "0", " 00", "糖尿病", APART + "ad", NO_LETTER + "ad", "ad", APART + "00", "AD", APART + "Ad"]
TEXTS = st.lists(
    st.sampled_from(["Forget", "7", "12", "糖尿病", "AD", "Ad", "ad", "x", " ", "\n", "。", "a"]), max_size=60
).map("".join)


def made():
    found = Traces()
    assert [found.number(factor) for factor in FACTORS] == [*range(len(FACTORS))]
    return found


TRACES = made()


def blocks(text, factor):
    encoded, bare = folded(text).encode(), folded(factor.lstrip(APART + NO_LETTER)).encode()
    capitals = [at for at, letter in enumerate(factor.lstrip(APART + NO_LETTER)) if letter.isupper()]
    said = text.encode()
    never = {APART: b"abcdefghijklmnopqrstuvwxyz0", NO_LETTER: b"abcdefghijklmnopqrstuvwxyz"}.get(factor[0], b"")
    places = [at for at in range(len(encoded)) if encoded.startswith(bare, at)]
    places = [at for at in places if all(said[at + place : at + place + 1].isupper() for place in capitals)]
    apart = [at for at in places if not at or encoded[at - 1] not in never]
    return sum({1 << (at + 1) // BLOCK for at in apart})


@given(TEXTS)
def test_the_blocks_of_all_factors_are_told(text):
    found = TRACES.find(text.encode())
    assert found.blocks.keys() <= set(found.numbers)
    for number, factor in enumerate(FACTORS):
        told, right = found.blocks.get(number, 0), blocks(text, factor)
        assert told & right == right
        assert not told & ~right or factor[0] == " "  # at the very beginning, a blank is made up


@settings(max_examples=30)
@given(TEXTS, st.integers(2, 4))
def test_a_long_text_is_looked_at_in_parts_and_tells_the_same(text, most):
    whole = dict(TRACES.find(text.encode()).blocks)
    most_before = traces.MOST
    traces.MOST = BLOCK * most
    try:
        assert dict(TRACES.find(text.encode()).blocks) == whole
    finally:
        traces.MOST = most_before


def test_an_answer_is_kept_for_the_same_text_as_long_as_it_is_asked_for():
    text = b"forget 12"
    first = TRACES.find(text, again=True)
    assert TRACES.find(text) is first
    assert TRACES.find(text) is not first


def test_nothing_is_added_to_what_is_made():
    found = made()
    found.ready()
    with pytest.raises(RuntimeError):
        found.number("new")


@given(st.sets(st.integers(0, 40)), st.integers(0, 30))
def test_spread_adds_all_blocks_in_reach(some, reach):
    told = spread(sum(1 << one for one in some), reach)
    assert {at for at in range(80) if told >> at & 1} == {
        at for at in range(80) if any(abs(at - one) <= reach for one in some)
    }


@given(st.sets(st.integers(0, 40)), st.integers(0, 30))
def test_before_adds_all_blocks_in_reach_that_are_earlier(some, reach):
    told = before(sum(1 << one for one in some), reach)
    assert {at for at in range(80) if told >> at & 1} == {
        at for at in range(80) if any(0 <= one - at <= reach for one in some)
    }
