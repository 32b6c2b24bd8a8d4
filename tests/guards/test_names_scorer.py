"""The model of names."""

import pytest

from sekisho.guards.names_candidates import GROUPS, Candidate
from sekisho.guards.names_scorer import Scored, apart, beside, model, probability


def scored(start: int, end: int, score: float) -> Scored:
    return Scored(Candidate(start, end, "surname"), score)


def test_the_weights_that_are_shipped_know_every_group():
    assert set(model().first) == set(model().second) == set(GROUPS.values())


def test_a_title_makes_surer_and_a_shop_less_sure():
    told = model()
    assert told.alone("surname", ["title"]) > told.alone("surname", []) > told.alone("surname", ["thing"])


def test_a_feature_that_nobody_has_seen_says_nothing():
    assert model().alone("surname", ["", "no such feature"]) == model().alone("surname", [""])


@pytest.mark.parametrize(("logit", "chance"), [(0.0, 0.5), (100.0, 1.0), (-100.0, 0.0)])
def test_a_logit_becomes_a_probability(logit, chance):
    assert probability(logit) == pytest.approx(chance)


def test_a_sure_name_in_the_same_list_is_told():
    text = "佐藤、鈴木"
    near = beside(text, [scored(0, 2, 0.95), scored(3, 5, 0.3)])
    assert "near4" in near[1]
    assert "near1" in near[0]


def test_another_mention_is_told():
    near = beside("佐藤さん。佐藤", [scored(0, 2, 0.95), scored(5, 7, 0.3)])
    assert "same40" in near[1]
    assert beside("佐藤", [scored(0, 2, 0.3)])[0][2] == "once"


def test_of_two_that_overlap_the_surer_stays():
    assert apart([scored(0, 2, 0.6), scored(0, 4, 0.9), scored(5, 7, 0.3)]) == [scored(0, 4, 0.9), scored(5, 7, 0.3)]
