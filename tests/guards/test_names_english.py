"""The dictionary of names and words in Latin letters."""

import pytest

from sekisho.guards.names_english import (
    COMMON_GIVEN,
    COMMON_SURNAME,
    GIVEN,
    SURNAME,
    WORD,
    Dictionary,
    plain,
)

SHIPPED = Dictionary.load()


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Priya", GIVEN),
        ("Margaret", COMMON_GIVEN),
        ("Kowalczyk", SURNAME),
        ("Johnson", COMMON_SURNAME),
        ("grace", WORD),
    ],
)
def test_the_dictionary_tells_what_a_word_can_be(word, kind):
    assert SHIPPED.kind(word) & kind


@pytest.mark.parametrize("word", ["qwxzptk", "Sekishoo", ""])
def test_a_word_that_it_does_not_hold_is_nothing(word):
    assert SHIPPED.kind(word) == 0


def test_case_and_marks_do_not_matter():
    assert SHIPPED.kind("ZOË") == SHIPPED.kind("zoe") != 0
    assert plain("Müller-Łuczak") == "muller-łuczak"


def test_the_smallest_and_the_largest_hash_are_found():
    words = ["anna", "bert", "cleo", "dora"]
    small = Dictionary([(GIVEN, " ".join(words))])
    assert [small.kind(word) for word in words] == [GIVEN] * 4
