import re
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.guards.members import texts_of

from sekisho.core.normalise import normalise
from sekisho.guards import closure
from sekisho.guards.attack import attack
from sekisho.guards.factors import APART, COMMON, LISTS, LONGEST, NO_LETTER, NUMBER, factors, folded, frequency
from sekisho.guards.half import halves
from sekisho.guards.privacy import privacy
from sekisho.guards.secrets import secrets

GUARDS = (privacy, secrets, attack)
MADE_UP = [
    "(?i:Forget) [^.]{0,30}(?:orders|rules)",
    "ab?c{2,3}(?:de|f)+",
    "(?:糖尿|高血圧)病?(?:です|だ)",
    "[a-z]{3,9}@[a-z]+\\.(?:com|jp)",
    "x(?:y(?:z|[0-9])){2}",
    "[あ-ん]{0,3}(?i:K)ey",
    "(?:ab|c[0-9]{6,8})-?[0-9]{4}\\s[XY]{2,3}",
    "(?:no|number)[ \\t]{0,2}[^ ]+(?:end|[0-9]{2})?(?:of|in) it",
]
QUICK = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def told(pattern):
    return factors(closure.parse(pattern))


def stands(factor, text):
    behind = {APART: "(?<![a-z0])", NO_LETTER: "(?<![a-z])"}.get(factor[0], "")
    bare = factor.lstrip(APART + NO_LETTER)
    return any(
        all(text[found.start() + at] == letter for at, letter in enumerate(bare) if letter.isupper())
        for found in re.finditer(f"(?={behind}{re.escape(folded(bare))})", folded(text))
    )


def holds(text, lists):
    return all(any(stands(factor, text) for factor in some) for some in lists)


@pytest.mark.parametrize("pattern", MADE_UP)
@QUICK
@given(data=st.data())
def test_every_match_holds_a_factor_of_each_list(pattern, data):
    assert holds(data.draw(texts_of(pattern)), told(pattern))


def test_what_rules_find_in_their_examples_holds_the_factors_of_one_of_their_halves():
    looked = 0
    for guard in GUARDS:
        sources = {rule.id: rule for rule in guard.rules}
        for example in guard.examples:
            rule, text = sources[example.rule], normalise(example.text)
            found = rule.pattern.search(text)  # which may look at what follows
            if example.found is not None and found is not None:
                looked += 1
                assert any(holds(text[found.start() :], half.needs) for half in halves(rule.source)), example
    assert looked > 1000


@pytest.mark.parametrize("pattern", MADE_UP)
@QUICK
@given(data=st.data())
def test_what_begins_apart_is_told_with_a_mark_before_what_it_begins_with(pattern, data):
    match = data.draw(texts_of(pattern))
    for mark in (APART, NO_LETTER):
        lists = factors(closure.parse(pattern), mark)
        assert holds(match, lists)


def test_both_parts_of_a_pattern_with_a_gap_are_told_rarest_first():
    assert told("(?i:Forget) [^.]{0,30}(?:orders|rules)") == (("forget ",), ("orders", "rules"))
    assert told("(?:母|父)[^。]{0,9}糖尿病") == (("糖尿病",), ("母", "父"))


def test_what_goes_on_with_too_much_is_told_as_far_as_it_is_one():
    assert told("gh(?:[pousr]_[0-9A-Za-z]{36}|x)") == (("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "ghx"),)
    assert told("[a-z]+ing(?:zu|ya)") == (("ingya", "ingzu"),)


def test_texts_are_folded_and_numbers_told_by_their_first_digits():
    assert told("[Tt]el[ \\t]?[0-9]{2}") == (("tel 00", "tel00"),)
    assert told("[0-9]{8,9}[^a]") == (("0000",),)
    assert folded("Ab\t19 Ｚ年") == "ab 00 Ｚ年"


def test_capitals_are_told_where_no_small_letter_may_stand():
    assert told("(?:MS|[Tt]B|(?i:als))[^a]") == (("MS", "als", "tB"),)
    assert told("(?:Zq|zq|zQ)") == (("zq",),)


def test_a_digit_is_told_beside_what_is_rarer():
    assert told("(?:extension|ext\\.)[^.]{0,9}[0-9]") == (("ext.", "extension"), ("0",))
    assert told("[0-9]") == ()


def test_a_mark_is_told_in_each_option():
    assert factors(closure.parse("(?:ad|[0-9]{3}x|(?:ip)+)"), NO_LETTER) == (("\x01000x", "\1ad", "\1ip"),)
    assert factors(closure.parse("[a-z]?(?:kq|zq)"), APART) == (("kq", "zq"),)


def test_nothing_is_told_where_nothing_rare_is_needed():
    for pattern in ("[0-9]-?[0-9]", "[a-z]+", "a?", "(?:糖尿病)?", "[一-鿿]{2}", " "):
        assert not told(pattern), pattern


def test_factors_are_few_short_and_rare():
    lists = [half.needs for guard in GUARDS for rule in guard.rules for half in halves(rule.source)]
    assert sum(map(bool, lists)) > 0.8 * len(lists)
    for some in lists:
        assert len(some) <= LISTS
        for one in some:
            assert 0 < max(map(len, one)) <= LONGEST + 1  # with a mark
            assert frequency(one) <= COMMON or (one == ("0",) and some[0] != one)
            assert not any("0" * (NUMBER + 1) in text for text in one)
            assert not any(a != b and a in b for a in one[:40] for b in one)


def test_a_factor_is_rarer_the_longer_it_is():
    assert frequency(["forget"]) < frequency(["for"]) < frequency(["for", "get"])
    assert frequency(["病"]) < frequency(["の"]) < frequency(["e"]) < frequency([" "])
