"""Names in small letters."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.names import names
from sekisho.guards.names_latin_small import SmallNames

SMALL = SmallNames(names.latin.runs.kinds)


def found(text: str) -> list[str]:
    return [text[one.start : one.end] for one in SMALL.of(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ok so sarah left", ["sarah"]),
        ("Report:\nsarah left\nBye", []),
        ("Lisbon: sarah left", []),
        ("My name is sarah miller, hello", ["sarah miller"]),
        ("[09:02] deepika: Is it back?", ["deepika"]),
        ("dear ben", ["ben"]),
        ("we saw ben", ["ben"]),
        ("ask kaito if he's in", ["kaito"]),
        ("is the sun over tyler today", []),
        ("sarah@example.com and /home/sarah", []),
        ("sarahさんです", []),
        ("the table is called table", []),
    ],
)
def test_names_stand_in_texts_of_small_letters_or_are_announced(text, names):
    assert found(text) == names


@given(st.text(alphabet="sarahmilen \nN:./", max_size=60))
def test_names_are_apart_from_each_other_and_in_order(text):
    seen = SMALL.of(text)
    assert all(one.end <= other.start for one, other in pairwise(seen))
    assert all(text[one.start : one.end] == " ".join(one.words) for one in seen)
