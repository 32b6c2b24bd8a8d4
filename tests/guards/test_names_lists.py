"""Many words at once."""

from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.names_lists import Marks, Prefixes

WORDS = st.sets(st.text("abc", min_size=1, max_size=4), max_size=6)


def test_the_longest_word_counts():
    words = Prefixes(["課", "課長"])
    assert (words.match("田中課長", 2), words.before("田中課長", 4), words.match("田中", 0)) == (2, 2, 0)


@given(WORDS, st.text("abc", max_size=12))
def test_words_are_found_as_by_looking_for_each(words, text):
    found = Prefixes(words)
    for at in range(len(text) + 1):
        assert found.match(text, at) == max((len(one) for one in words if text.startswith(one, at)), default=0)
        assert found.before(text, at) == max((len(one) for one in words if text[:at].endswith(one)), default=0)
    assert found.within(text) == any(one in text for one in words)


@given(st.lists(st.sets(st.text("abc", min_size=2, max_size=4), max_size=4), min_size=1, max_size=3), st.text("abc"))
def test_marks_are_where_words_begin(lists, text):
    for words, places in zip(lists, Marks(lists).places(text), strict=True):
        assert places == [at for at in range(len(text)) for one in sorted(words) if text.startswith(one, at)]


def test_a_single_character_counts_where_no_longer_word_may_begin():
    assert Marks([["氏", "氏名"]]).places("彼氏は氏名")[0] == [1, 3]
