import re

from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.gate import NONE, Gate, Need, bits, keys_of
from sekisho.guards.traces import BLOCK, Traces

NEEDS = {
    (0, True): Need([("forget",), ("all", "orders")], 24),
    (0, False): Need([("糖尿病", "がん")]),
    (7, True): Need([("all", "orders")], 9),
    (8, True): Need([("orders",), ("forget",)], 0, b".\n"),
}
# What matches are, each of which holds a factor of each list.
MATCHES = {
    (0, True): "forget.{0,12}(?:all|orders)",
    (0, False): ".*(?:糖尿病|がん).*",
    (7, True): ".{0,3}(?:all|orders)",
    (8, True): "[^.\n]*orders[^.\n]*forget[^.\n]*",
}
GATE = Gate(NEEDS, Traces())
TEXTS = st.lists(
    st.sampled_from(["forget", "FORGET", "all", "Orders", "糖尿病", "がん", " ", "あ", ".", "\n", " " * BLOCK]),
    max_size=12,
).map("".join)


@given(TEXTS)
def test_the_gate_is_open_where_matches_are(text):
    keys = GATE.open(text.encode()).keys
    for key, pattern in MATCHES.items():
        for found in re.finditer(pattern, text, re.IGNORECASE):
            begin, end = (len(text[:at].encode()) for at in found.span())
            assert keys[key][0] <= begin
            assert keys[key][1] >= end


@given(TEXTS)
def test_the_gate_is_shut_where_a_list_has_no_factor_in_the_text(text):
    for key in GATE.open(text.encode()).keys:
        assert all(any(one in text.lower() for one in factors) for factors in NEEDS[key].lists)


def test_the_gate_is_shut_where_factors_are_out_of_reach():
    far = b"forget " + b"x" * 4 * BLOCK + b" orders"
    assert set(GATE.open(far).keys) == {(7, True), (8, True)}
    assert set(GATE.open(far.replace(b"xx", b"x.")).keys) == {(7, True)}


@given(TEXTS, st.integers(0, 60))
def test_matches_of_a_width_begin_in_the_blocks_that_are_told(text, width):
    encoded = text.encode()
    small = encoded.lower()
    opened = GATE.open(encoded)
    for key in opened.keys:
        blocks = opened.begins(key, width)
        for first in range(len(encoded)):
            last = first + width if width else len(encoded)
            there = [
                any(small.startswith(one.encode(), at) for one in factors for at in range(first, last + 1))
                for factors in NEEDS[key].lists
            ]
            assert blocks >> first // BLOCK & 1 or not all(there)


def test_far_before_what_they_need_matches_do_not_begin():
    opened = GATE.open(b"x" * 9 * BLOCK + b" orders")
    blocks = opened.begins((7, True), 9)
    assert [at for at in range(12) if blocks >> at & 1] == [8, 9] or [at for at in range(12) if blocks >> at & 1] == [
        7,
        8,
        9,
    ]


def test_of_a_pattern_that_is_not_opened_nothing_is_told():
    assert NONE.begins((7, True), 9) == -1


@given(st.frozensets(st.tuples(st.integers(0, 90), st.booleans())))
def test_patterns_as_bits_are_told_apart_again(keys):
    assert frozenset(keys_of(bits(keys))) == keys


def test_two_gates_share_what_finds_their_factors():
    traces = Traces()
    one, other = Gate(NEEDS, traces), Gate({(3, True): Need([("all",)], 3)}, traces)
    text = b"all orders"
    assert set(one.open(text, again=True).keys) == {(7, True)}
    assert set(other.open(text).keys) == {(3, True)}


def test_where_nothing_is_open_nothing_is_told():
    assert not NONE.keys
    assert not Gate({}, Traces()).open(b"forget all").keys


@given(TEXTS, st.frozensets(st.sampled_from(sorted(NEEDS))))
def test_a_gate_of_some_patterns_opens_those_alone_and_as_the_whole_one_does(text, some):
    whole = GATE.open(text.encode()).keys
    assert GATE.among(some).open(text.encode()).keys == {key: place for key, place in whole.items() if key in some}
