from functools import cache

import pytest
import re2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.guards.members import members

from sekisho.core.decode import ENCODINGS
from sekisho.guards import closure, heads
from sekisho.guards.attack import attack
from sekisho.guards.privacy import privacy
from sekisho.guards.secrets import secrets

RULES = [*privacy.rules, *secrets.rules, *attack.rules]
SOURCES = sorted({rule.source for rule in RULES} | {encoding.run for encoding in ENCODINGS})
MADE_UP = [
    "a{2,40}b",
    "あ?い?[0-9う]{0,2}え",
    "(?:ab|あb|い)d?x{0}",
    "(?i:s[^k]z)",
    "(?:(?:x{1,64}y?){1,30}z){2,3}",
    "[^a]\\d\\s\\w.",
    "[あ-んa-f]{3}",
    "(?:[0-9]{1,30}、){3,9}終",
]
QUICK = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
ROOM = 24


def short(pattern):
    return pattern[:24].encode("unicode_escape").decode()


@cache
def compiled(tree):
    return re2.compile(closure.superset(tree))


@cache
def longer(half):
    return heads.narrowed(half, heads.heads(half))


@pytest.mark.parametrize("pattern", SOURCES + MADE_UP, ids=short)
@QUICK
@given(data=st.data())
def test_the_halves_and_what_is_made_of_them_hold_every_match(pattern, data):
    tree = closure.parse(pattern)
    member = data.draw(members(pattern).filter(bool))
    half = heads.beginning(tree, in_ascii=member[0].isascii())
    assert half is not None
    assert compiled(half).fullmatch(member)
    pairs = heads.heads(half)
    assert pairs is None or member[:2] in pairs or member[0] in pairs
    narrowed = () if pairs is None else longer(half)
    assert pairs is None or any(member[:size] in narrowed for size in (1, 2, 3))
    assert {head[:2] for head in narrowed} == set(pairs or ())
    back = heads.trimmed(half, front=False)
    assert compiled(back).match(member)
    assert compiled(heads.trimmed(half, front=True)).search(member)
    assert compiled(heads.clipped(back, ROOM)).match(member[:ROOM])
    assert compiled(heads.coarse(half)).fullmatch(member)
    assert len(member) <= heads.longest(tree)


@pytest.mark.parametrize("pattern", SOURCES + MADE_UP, ids=short)
@QUICK
@given(data=st.data())
def test_what_is_trimmed_holds_nothing_that_is_not_within_a_match(pattern, data):
    tree = closure.parse(pattern)
    trimmed = heads.trimmed(heads.trimmed(tree, front=True), front=False)
    text = data.draw(st.one_of(members(pattern), st.text(st.sampled_from("ab0-あ山田 "), max_size=20)))
    assert bool(compiled(trimmed).search(text)) == bool(compiled(tree).search(text))


def test_repeats_of_what_may_be_long_are_not_counted():
    larger = compiled(heads.coarse(closure.parse("a(?:[b-d]+ ){2,4}e{2,4}(?:fg){2,4}")))
    assert larger.fullmatch("ab c b c b c b eefgfg")
    assert larger.fullmatch("ab eefgfg")
    assert not larger.fullmatch("ab c eeeeefgfg")
    assert not larger.fullmatch("ab c eefg")


def test_a_pattern_is_guarded_where_no_match_begins_within_a_word():
    for pattern in ("(?<![A-Za-z0-9_])x", "(?:(?<![0-9A-Za-z:])a|(?<![0-9A-Za-z])b)c", "(?<![^ ])a"):
        assert closure.guarded(pattern)
    assert closure.guarded("(?<![〇一0-9.])[0-9]", closure.DIGITS)
    assert not closure.guarded("(?<![1-9])[0-9]", closure.DIGITS)
    for pattern in ("x", "(?<![a-z])x", "(?:(?<![A-Za-z0-9])x|y)", "a(?<![A-Za-z0-9])", "", "(?<=[A-Za-z0-9])x"):
        assert not closure.guarded(pattern)
