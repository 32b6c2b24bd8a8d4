import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.evaluation.metrics import NOTHING, auc, bootstrap, f1, proportion, recall_at

scores = st.floats(0, 1)
cases = st.lists(st.tuples(scores, st.booleans()), min_size=1, max_size=60)


def test_wilsons_interval_is_that_of_the_books():
    figure = proportion(81, 263)  # Newcombe 1998, Statistics in Medicine 17, table I
    assert (round(figure.low, 4), round(figure.high, 4)) == (0.2553, 0.3662)
    assert proportion(0, 20).low == 0
    assert round(proportion(0, 20).high, 4) == 0.1611
    assert proportion(0, 0) is NOTHING
    assert str(NOTHING) == "–"
    assert str(proportion(81, 263)) == "0.308 [0.255, 0.366]"


@given(st.integers(1, 500), st.data())
def test_an_interval_holds_its_value_and_stays_between_none_and_all(number, data):
    figure = proportion(data.draw(st.integers(0, number)), number)
    assert 0 <= figure.low <= figure.value + 1e-12
    assert figure.value <= figure.high + 1e-12
    assert figure.high <= 1


@given(cases)
def test_the_area_is_the_part_of_pairs_that_are_in_order(given):
    good = [score for score, positive in given if not positive]
    bad = [score for score, positive in given if positive]
    if not good or not bad:
        assert math.isnan(auc(given))
        return
    pairs = [(a > b) + 0.5 * (a == b) for a in bad for b in good]
    assert auc(given) == pytest.approx(sum(pairs) / len(pairs))


@given(cases, st.sampled_from([0.0, 0.01, 0.1, 0.5]))
def test_recall_at_a_rate_touches_no_more_than_that_rate(given, rate):
    good = [score for score, positive in given if not positive]
    bad = sorted(score for score, positive in given if positive)
    if not good or not bad:
        assert math.isnan(recall_at(given, rate))
        return
    found = recall_at(given, rate)
    if found:
        threshold = bad[len(bad) - round(found * len(bad))]
        assert sum(score >= threshold for score in good) <= rate * len(good)


def test_f1_is_the_harmonic_mean():
    assert f1(found=4, right=2, wanted=4) == 0.5
    assert f1(found=0, right=0, wanted=3) == 0
    assert math.isnan(f1(found=3, right=0, wanted=0))


def test_the_bootstrap_is_the_same_each_time_and_narrows_with_more_cases():
    few = [(0.9, True), (0.2, False), (0.4, True), (0.5, False)] * 5
    first, again = bootstrap(few, auc), bootstrap(few, auc)
    assert first == again
    assert first.low <= first.value <= first.high
    wide, narrow = first.high - first.low, (many := bootstrap(few * 10, auc)).high - many.low
    assert narrow < wide
    assert bootstrap([(0.5, True)], auc) is NOTHING
