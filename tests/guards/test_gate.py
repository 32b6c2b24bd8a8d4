from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.guards import gate
from sekisho.guards.gate import NONE, Gate, bits

NEEDS = {(0, True): [("forget",), ("all", "orders")], (0, False): [("糖尿病", "がん")], (7, True): [("all", "orders")]}
GATE = Gate(NEEDS)
TEXTS = st.lists(st.sampled_from(["forget", "FORGET", "all", "Orders", "糖尿病", "がん", " ", "あ"]), max_size=12)


def places(text, factors):
    small = text.encode().lower()
    return [at for factor in factors for at in range(len(small)) if small.startswith(factor.encode(), at)]


@given(TEXTS.map("".join))
def test_the_gate_is_open_for_those_of_whose_lists_each_has_a_factor_in_the_text(text):
    assert set(GATE.open(text.encode()).keys) == {
        key for key, lists in NEEDS.items() if all(places(text, factors) for factors in lists)
    }


@given(TEXTS.map("".join), st.integers(0, 60), st.integers(0, 60))
def test_between_two_bytes_those_are_told_whose_factors_stand_there(text, first, last):
    opened = GATE.open(text.encode())
    told = set(opened.between(bits(NEEDS), first, last))
    for key in opened.keys:
        surely = all(any(first <= at <= last for at in places(text, factors)) for factors in NEEDS[key])
        maybe = all(min(places(text, f)) <= last and max(places(text, f)) >= first for f in NEEDS[key])
        assert key in told or not surely
        assert maybe == (key in told)
    assert told == {key for key in NEEDS if key in set(opened.between(bits([key]), first, last))}


@settings(max_examples=20)
@given(TEXTS.map("".join), st.integers(1, 40))
def test_a_long_text_is_looked_at_in_parts_and_opens_the_same(text, most):
    whole = GATE.open(text.encode())
    before = gate.MOST
    gate.MOST = most
    try:
        parts = GATE.open(text.encode())
    finally:
        gate.MOST = before
    assert parts.keys == whole.keys
    for at in range(0, 60, 7):
        assert set(parts.between(bits(NEEDS), at, at + 9)) == set(whole.between(bits(NEEDS), at, at + 9))


def test_where_nothing_is_open_nothing_is_told():
    assert not [*NONE.between(bits(NEEDS), 0, 99)]
    assert not Gate({}).open(b"forget all").keys
