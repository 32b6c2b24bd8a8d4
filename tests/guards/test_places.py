from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards import places
from sekisho.guards.places import Automaton, Places

HEADS = {"山田": b"", "山本さ": b"0", "田中": b"", "ab": b"", "a1": b"abc0", "xy": b"abc0", "森": b"", "z": b"abc0"}
PLACES = Places(HEADS)
TEXTS = st.text(st.sampled_from("山田本中さ森ab1xyzc0 \n"), max_size=30)


def offset(value, at):
    return len(value[:at].encode())


def allowed(value, at, head):
    return not at or value[at - 1].encode()[0] not in HEADS[head]


@given(TEXTS, st.integers(0, 3))
def test_places_are_where_a_head_stands_that_what_is_before_it_does_not_forbid(value, start):
    names = list(HEADS)
    start = min(start, len(value))
    told = chain.from_iterable(PLACES.within(value.encode(), offset(value, start)))
    assert sorted((at, names[number]) for number, at in told) == [
        (offset(value, at), head)
        for at in range(start, len(value))
        for head in names
        if value.startswith(head, at) and allowed(value, at, head)
    ]


@given(TEXTS, st.integers(0, 3))
def test_no_head_that_may_still_grow_is_overlooked(value, start):
    start = min(start, len(value))
    found = PLACES.begun(value.encode(), offset(value, start))
    told = [at for _, at in found]
    assert told == sorted(set(told))
    names = [*HEADS, *PLACES.beginnings]
    assert all(value.encode()[at:].startswith(names[number].encode()) for number, at in found)
    for at in range(start, len(value)):
        rest = value[at:]
        fits = [head for head in HEADS if rest.startswith(head) or head.startswith(rest)]
        if any(allowed(value, at, head) for head in fits):
            assert offset(value, at) in told
        elif at < len(value) - 2:  # of the last two characters, some that begin no head are told as well
            assert offset(value, at) not in told


def test_without_heads_there_are_no_places():
    assert [*Places({}).within("山田".encode())] == [[]]
    assert Places({}).begun("山田".encode()) == []


def test_half_a_surrogate_pair_is_a_head_that_no_text_has():
    assert Places({"\ud83da": b"", "a": b""}).within("😀a".encode()) == ([(1, 4)],)


@given(TEXTS, st.integers(0, 3))
def test_a_long_text_is_looked_at_in_parts_and_has_the_same_places(text, start):
    encoded = text.encode()
    start = offset(text, min(start, len(text)))
    (whole,) = PLACES.within(encoded, start)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(places, "MOST", 4)
        parts = list(PLACES.within(encoded, start))
        assert sorted(chain.from_iterable(parts)) == sorted(whole)


@given(TEXTS)
def test_two_that_share_an_automaton_find_what_each_would_alone(text):
    shared = Automaton()
    half = dict(list(HEADS.items())[::2])
    for heads, together in [(heads, Places(heads, shared)) for heads in (HEADS, half, {"本": b"", "山": b"z"})]:
        assert [*together.within(text.encode())] == [*Places(heads).within(text.encode())]


def test_what_was_found_in_one_text_is_not_told_of_another():
    shared = Automaton()
    one, other = Places({"山": b""}, shared), Places({"田": b""}, shared)
    text = "山田".encode()
    assert one.within(text) == ([(0, 0)],)
    assert other.within("田山".encode()) == ([(0, 0)],)
    assert other.within(text) == ([(0, 3)],)


def test_an_automaton_that_is_made_takes_no_more_heads():
    shared = Automaton()
    Places({"山": b""}, shared)
    shared.ready()
    with pytest.raises(RuntimeError):
        Places({"田": b""}, shared)
