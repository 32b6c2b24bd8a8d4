"""Candidates beside each other."""

from sekisho.guards.names_context import Shape, Sign
from sekisho.guards.names_support import Name, apart, supported


def name(start: int, end: int, score: float, shape: Shape = Shape.SURNAME) -> Name:
    return Name(start, end, score, shape, Sign.NONE)


def test_of_two_that_overlap_the_longer_stays():
    assert apart([name(0, 2, 0.9), name(0, 4, 0.6)]) == [name(0, 4, 0.6)]


def test_of_two_as_long_the_surer_stays():
    assert apart([name(0, 2, 0.3), name(0, 2, 0.9)]) == [name(0, 2, 0.9)]


def test_surnames_in_a_list_support_each_other():
    assert [one.score for one in supported("佐藤、鈴木", [name(0, 2, 0.35), name(3, 5, 0.35)])] == [0.6, 0.6]


def test_surnames_far_from_each_other_do_not():
    assert [one.score for one in supported("佐藤です鈴木", [name(0, 2, 0.35), name(4, 6, 0.35)])] == [0.35, 0.35]


def test_a_surer_mention_of_the_same_name_supports_another():
    assert [one.score for one in supported("佐藤です佐藤", [name(0, 2, 0.93), name(4, 6, 0.35)])] == [0.93, 0.75]


def test_what_cannot_be_a_name_is_dropped():
    assert supported("佐藤", [name(0, 2, 0.0)]) == []
