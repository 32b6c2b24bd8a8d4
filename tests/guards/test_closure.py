import re
import unicodedata
from functools import lru_cache

import pytest
import re2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.guards.members import members

from sekisho.core.decode import ENCODINGS
from sekisho.guards import closure
from sekisho.guards.agency import agency
from sekisho.guards.code import code
from sekisho.guards.persons import persons
from sekisho.guards.privacy import privacy
from sekisho.guards.secrets import secrets

GUARDS = {guard.name: guard for guard in (privacy, secrets, agency, code, persons)}
RULES = [rule for guard in GUARDS.values() for rule in guard.rules]
SOURCES = sorted(
    {source for rule in RULES for source in (rule.source, rule.close) if source} | {e.run for e in ENCODINGS}
)
MADE_UP = [
    "a{2,40}b",
    "(?:ab|abc|)d?x{0}",
    "(?i:s[^k]z)",
    "(?:(?:x{1,64}y?){1,30}z){2,3}",
    "a(?=bc)",
    "[^a]\\d\\s\\w.",
    "(?:(?!a))*b+?",
    "(?:(?P<one>a)|b)(?(one)c{30,}|de)(?(one)|f?)",
]
QUICK = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))


@lru_cache(maxsize=1)  # of one pattern after the other
def languages(pattern):
    """The matches of a pattern, and their beginnings."""
    tree = closure.parse(pattern)
    return re2.compile(closure.superset(tree)), re2.compile(f"(?:{closure.closure(tree)})\\z")


@pytest.mark.parametrize("pattern", SOURCES + MADE_UP, ids=lambda p: p[:24].encode("unicode_escape").decode())
@QUICK
@given(data=st.data())
def test_every_beginning_of_every_match_is_in_the_closure(pattern, data):
    member = data.draw(members(pattern))
    whole, alive = languages(pattern)
    assert whole.fullmatch(member)
    for end in range(1, min(len(member), 60) + 1):
        assert alive.match(member[:end]), member[:end]


IN_PARTS = [
    ("(?:番号|no)[:は]", "[0-9]{2,3}", "(?:円|です)?"),
    ("", "[a-c]{2}", "d"),
    ("ab?", "(?:c|b)", ""),
    ("(?i:id)[^\\n]{0,30}?", "(?:x|yz){2}", "(?=[.,])"),
    ("(?:(?P<one>a)|b)", "(?(one)c|d)", "(?(one)|e?)"),
]


@lru_cache(maxsize=1)
def told_apart(parts):
    """Beginnings that hold some of the finding, those that hold none of it, and the whole."""
    before, finding, behind = parts
    grown = closure.prefixes(f"{before}(?P<x>{finding}){behind}")
    begun, context = (re2.compile(f"(?:{language})\\z") for language in (grown.begun, grown.context or "\\n"))
    return begun, context, re.compile(f"(?s:{before}(?P<x>{finding}){behind})", re.ASCII)


@pytest.mark.parametrize("parts", IN_PARTS)
@given(data=st.data())
def test_a_prefix_in_which_the_finding_has_begun_is_told_from_context(parts, data):
    before, finding, behind = parts
    begun, context, match = told_apart(parts)
    text = data.draw(members(before + finding + behind))
    found = match.match(text)
    if found is None:  # the other option of a condition
        return
    for end in range(1, found.end() + 1):
        has_begun = bool(begun.match(text[:end]))
        assert has_begun or (end <= found.start("x") and context.match(text[:end])), text[:end]


def test_context_alone_is_no_prefix_in_which_the_finding_has_begun():
    for pattern, text in (("電話番号は(?P<x>[0-9]{4})", "電話番号は"), ("(?:a|b{1,3})(?P<x>c)", "bb")):
        grown = closure.prefixes(pattern)
        assert re2.fullmatch(grown.context, text)
        assert not re2.fullmatch(grown.begun, text)


def test_a_finding_in_a_part_that_repeats_may_begin_with_the_match():
    grown = closure.prefixes("(?:a(?P<x>b)){1,3}c")
    assert not grown.context
    assert all(re2.fullmatch(grown.begun, text) for text in ("a", "ab", "aba", "abc"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_real_match_is_in_the_superset(rule):
    guard = GUARDS[rule.guard]
    found = re2.compile(closure.superset(closure.parse(rule.source)))
    for example in guard.examples:
        text = unicodedata.normalize("NFKC", example.text)
        if example.rule == rule.id and re.compile(rule.source, re.ASCII).search(text):
            assert found.search(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "^a",
        "a$",
        r"\bab",
        r"(a)\1",
        "(?s:a.b)",
        "(?m)a",
        r"\D",
        "(?!ab)c",
        "(?<=ab)c",
        "a(?=b)c",
        "(?:a(?=b)){2}",
        "(?>a)b",
        "a++b",
    ],
)
def test_what_is_outside_the_pattern_language_is_refused(pattern):
    with pytest.raises(ValueError, match="pattern"):
        closure.parse(pattern)


def test_the_shape_of_the_syntax_tree_is_the_one_we_read():
    one, digit = closure.Character("a"), closure.Character("[0-9]")
    assert closure.parse("a[0-9]{2,}") == closure.Sequence((one, closure.Repeat(2, None, closure.Sequence((digit,)))))
    assert closure.parse("(?<!x)a(?![0-9])") == closure.Sequence((one,))
    assert closure.parse("a(?=a)") == closure.Sequence((one, closure.Sequence((one,))))
