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
        ("Brzlwk", "U"),
    ],
)
def test_each_word_has_one_code(word, code):
    assert KINDS.code(word) == code


def test_romaji_that_no_other_list_holds_is_read_as_japanese():
    assert KINDS.code("Shunsuke") == "J"


@pytest.mark.parametrize(("word", "chatty"), [("sarah", True), ("will", False), ("min", False), ("table", False)])
def test_in_small_letters_only_what_is_no_word_may_be_a_name(word, chatty):
    assert KINDS.chatty(word) is chatty
