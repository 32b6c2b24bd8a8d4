from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.word_set import WordSet

WORDS = st.frozensets(st.text("山田本さんab", max_size=4))


@given(WORDS, WORDS, WORDS)
def test_it_answers_as_a_set_does(one, other, asked):
    first, second = WordSet(one), WordSet(other)
    for word in one | other | asked:
        assert (word in first) == (word in one)
        assert (word in first | second) == (word in one | other)
        assert (word in first - second) == (word in one - other)
    assert (len(first), len(first | second), len(first - second)) == (len(one), len(one | other), len(one - other))
