from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards import places
from sekisho.guards.places import Places

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


@given(TEXTS, st.integers(0, 40), st.integers(0, 40))
def test_of_a_stretch_the_places_in_it_are_told(text, start, end):
    encoded = text.encode()
    start = offset(text, min(start, len(text)))
    (whole,) = PLACES.within(encoded, start)
    (told,) = PLACES.within(encoded, start, end)
    assert sorted(told) == sorted((number, at) for number, at in whole if at < end)


@given(TEXTS, st.integers(0, 7))
def test_only_heads_of_what_is_asked_for_are_told(text, wanted):
    of = [1 << at % 3 for at in range(len(HEADS))]
    (whole,) = PLACES.within(text.encode())
    (told,) = Places(HEADS, of).within(text.encode(), wanted=wanted)
    assert told == [(number, at) for number, at in whole if of[number] & wanted]
