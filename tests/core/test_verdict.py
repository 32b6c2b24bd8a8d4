import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.verdict import Verdict

VERDICTS = st.sampled_from(list(Verdict))


def test_the_order_is_from_nothing_to_refusal():
    assert [v.word for v in sorted(Verdict)] == ["pass", "annotate", "mask", "replace", "hold", "refuse"]


@given(VERDICTS)
def test_a_word_names_its_verdict(verdict):
    assert Verdict.of(verdict.word) is verdict


@given(VERDICTS, VERDICTS)
def test_the_worse_of_two_verdicts_wins(one, other):
    assert max(one, other) >= one


@pytest.mark.parametrize("word", ["PASS", "allow", "none"])
def test_another_word_is_refused(word):
    with pytest.raises(ValueError, match=word):
        Verdict.of(word)
