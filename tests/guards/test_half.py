import gc

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st
from tests.guards.members import texts_of

from sekisho.guards import closure, half
from sekisho.guards.attack import attack
from sekisho.guards.half import WINDOW, halves, of_all, packed, prefixes, unpacked

PATTERNS = [
    "ab{2}|cd", "(?<![A-Za-z0-9])x[a-z]{1,3}", "山(?:田|本)さん", "[〇一0-9]{2}-", "[^a]z", "い?う",
    "[a-c]{50,90}!", "(?:山|k){0,3}",
]  # fmt: skip


def matches(language, text):
    return re2.compile(f"(?:{language})").fullmatch(text) is not None


@given(st.data(), st.sampled_from(PATTERNS))
def test_a_match_is_a_member_of_what_its_half_says_of_it(data, pattern):
    found = data.draw(texts_of(pattern))
    parts = halves(pattern)
    one = next((one for one in parts if one.pairs is None or one.ascii == found[:1].isascii()), None)
    if not found:
        return
    assert matches(one.superset, found)
    grown = prefixes(pattern).begun if one.placed else one.closure
    assert all(matches(grown, found[:end]) for end in range(1, len(found) + 1))
    assert re2.compile(one.edge).search(f"。{found}。")
    assert re2.compile(one.first).match(found[: one.length])
    if one.pairs is not None:
        assert {found[:1], found[:2]} & set(unpacked(one.pairs))
        assert any(found.startswith(head) for head in unpacked(one.heads))


def test_a_half_that_is_longer_than_what_is_looked_at_says_so():
    patterns = [*PATTERNS, "[a-c]{50,190}!", "[a-c]+!"]
    assert [pattern for pattern in patterns if not all(one.bounded for one in halves(pattern))] == patterns[-2:]
    assert all(one.length <= WINDOW for pattern in patterns for one in halves(pattern))


@pytest.mark.parametrize(
    ("pattern", "alone"),
    [
        ("家[^。]{1,9}市", True),
        ("[〇一二三四五六七八九][^。]{1,9}", False),
        ("1[^。]{1,9}生", False),
        ("1[^。]{1,9}糖尿病", True),
    ],
)
def test_what_needs_something_rare_is_read_for_alone(pattern, alone):
    assert [one.alone for one in halves(pattern)] == [alone]


@pytest.mark.parametrize(
    ("pattern", "rare"),
    [("家[^。]{1,9}市", True), ("さ[^。]{1,9}市", False), ("a[^。]{1,9}市", False), ("[一-龥]市", False)],
)
def test_a_kanji_is_rare_whatever_follows_but_no_kana_or_letter(pattern, rare):
    assert [one.rare for one in halves(pattern)] == [rare]


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("糖尿病[^。]{0,20}です", (("糖尿病",),)),
        ("母[^。]{0,9}父", (("母",), ("父",))),
        ("passport[^.]{0,9}[0-9]", (("passport",),)),
    ],
)
def test_what_stands_in_most_texts_is_not_looked_for_beside_what_is_rare(pattern, needs):
    assert [one.needs for one in halves(pattern)] == [needs]


def test_what_never_stands_before_a_match_is_known():
    assert [one.at_words for pattern in PATTERNS for one in halves(pattern)] == [
        "(?<!" in pattern for pattern in PATTERNS for _ in halves(pattern)
    ]
    assert of_all(["(?<![0-9])1"])[0, True].never == b"0123456789"


@pytest.mark.parametrize("pattern", ["(?m:a)", "(a)\\1", "(?<=ab)c"])
def test_what_is_outside_the_pattern_language_is_refused(pattern):
    with pytest.raises(ValueError, match="pattern language"):
        halves(pattern)


@given(st.frozensets(st.text(min_size=1, max_size=3)))
def test_what_is_packed_comes_back(texts):
    assert sorted(unpacked(packed(texts))) == sorted(texts)


def test_no_syntax_tree_stays():
    def trees():
        gc.collect()
        return sum(isinstance(one, closure.Sequence | closure.Choice | closure.Repeat) for one in gc.get_objects())

    half.forget()
    before = trees()
    assert sum(len(halves(rule.source)) for rule in attack.rules) > 50
    half.heads.members.cache_clear()
    assert trees() == before


def test_what_may_begin_within_a_number_is_told_from_what_begins_with_one():
    inside = {"[0-9]{1,4} [A-Z]": True, "(?<![0-9])[0-9]{1,4} [A-Z]": False, "19[0-9]{2}年": False, "山[0-9]": False}
    assert {pattern: any(one.in_numbers for one in halves(pattern)) for pattern in inside} == inside
