"""Japanese names in romaji."""

import pytest

from sekisho.guards import names_romaji
from sekisho.guards.names import names
from sekisho.guards.names_lexicon import GIVEN, SURNAME

LEXICON = names.latin.runs.kinds.lexicon


@pytest.mark.parametrize("word", ["Sato", "Satou", "Satoh", "Hattori", "Ohta"])
def test_a_surname_is_known_however_its_vowels_are_written(word):
    assert SURNAME in names_romaji.kinds(LEXICON, word)


def test_a_given_name_is_known():
    assert GIVEN in names_romaji.kinds(LEXICON, "Takeshi")


@pytest.mark.parametrize("word", ["Smith", "xyz", ""])
def test_other_words_are_no_romaji(word):
    assert names_romaji.kinds(LEXICON, word) == ""
