import re

from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards import places
from sekisho.guards.places import Places

PAIRS = frozenset(["山田", "山本", "田中", "森", "ab", "a1"])
WORDS = frozenset(["xy", "bc", "z"])
PLACES = Places(PAIRS, WORDS)


@given(st.text(st.sampled_from("山田本中森ab1xyzc \n"), max_size=30), st.integers(0, 3), st.sampled_from([1, 20]))
def test_places_are_where_a_pair_stands(text, start, times):
    value = text * times

    def fits(at):
        here = value[at : at + 2]
        word = not (at > 0 and value[at - 1].isascii() and value[at - 1].isalnum())
        told = PAIRS | WORDS if word else PAIRS
        return any(text.startswith(here) if at + 1 == len(value) else here.startswith(text) for text in told)

    assert PLACES.within(value, start) == [at for at in range(start, len(value)) if fits(at)]


@given(st.text(st.sampled_from("山田中a"), max_size=60))
def test_a_long_text_has_the_same_places(text):
    value = text * 90
    expected = [found.start() for found in re.finditer("(?=山田|田中|山\\Z|田\\Z)", value)]
    assert Places(frozenset(["山田", "田中"]), frozenset()).within(value) == expected


def test_a_text_that_is_looked_at_in_parts_has_the_places_where_they_meet(monkeypatch):
    monkeypatch.setattr(places, "MOST", 7)
    value = "山田中" * 50
    assert PLACES.within(value) == [at for at in range(len(value)) if value[at] in "山田"]


def test_half_a_surrogate_pair_is_a_character_like_others():
    assert PLACES.within("\ud83d山田中" * 50) == [place for at in range(50) for place in (4 * at + 1, 4 * at + 2)]
