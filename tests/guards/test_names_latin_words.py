"""What capitalised words can be."""

import pytest

from sekisho.guards.names import names

KINDS = names.latin.runs.kinds


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Priscilla", "G"),
        ("Oleksandr", "G"),
        ("Kowalski", "S"),
        ("Grace", "w"),
        ("Baker", "x"),
        ("Austin", "q"),
        ("London", "q"),
        ("Lisbon", "P"),
        ("April", "h"),
        ("Toyota", "P"),
        ("Meeting", "W"),
        ("Don't", "W"),
        ("I've", "W"),
        ("Jean-Baptiste", "G"),
        ("Małgorzata", "G"),
        ("Machida", "q"),
        ("Wakabayashi", "K"),
        ("Haruto", "J"),
        ("Hokkaido", "P"),
        ("Nenkin", "P"),
        ("Brzlwk", "U"),
    ],
)
def test_each_word_has_one_code(word, code):
    assert KINDS.code(word) == code


def test_romaji_that_no_other_list_holds_is_read_as_japanese():
    assert KINDS.code("Shunsuke") == "J"


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("sarah", "L"),
        ("deepika", "L"),
        ("ben", "l"),
        ("will", ""),
        ("min", "l"),
        ("table", ""),
        ("tyler", "m"),
        ("kaito", "m"),
    ],
)
def test_in_small_letters_only_what_is_no_word_may_be_a_name(word, kind):
    assert KINDS.small(word) == kind


@pytest.mark.parametrize(
    ("word", "surname"), [("jenkins", False), ("kowalski", True), ("miller", True), ("page", False)]
)
def test_behind_a_given_name_in_small_letters_a_surname_is_no_other_word(word, surname):
    assert KINDS.small_surname(word) is surname
