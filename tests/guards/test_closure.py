import re
import unicodedata

import pytest
import re2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.core.decode import ENCODINGS
from sekisho.guards import closure
from sekisho.guards.privacy import privacy
from sekisho.guards.secrets import secrets

RULES = [*privacy.rules, *secrets.rules]
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


def pythonic(pattern):
    text = re.sub(
        r"\\x\{([0-9a-f]+)\}",
        lambda f: re.escape(chr(int(f[1], 16))) if f[1] != "5d" else "\\]",
        closure.superset(closure.parse(pattern)),
    )
    return re.compile(text)


@pytest.mark.parametrize("pattern", SOURCES + MADE_UP, ids=lambda p: p[:24].encode("unicode_escape").decode())
@QUICK
@given(data=st.data())
def test_every_beginning_of_every_match_is_in_the_closure(pattern, data):
    member = data.draw(
        st.from_regex(pythonic(pattern), fullmatch=True).filter(lambda t: not re.search("[\ud800-\udfff]", t))
    )
    assert re2.fullmatch(closure.superset(closure.parse(pattern)), member)
    alive = re2.compile(f"(?:{closure.closure(closure.parse(pattern))})\\z")
    for end in range(1, min(len(member), 60) + 1):
        assert alive.match(member[:end]), member[:end]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_real_match_is_in_the_superset(rule):
    guard = privacy if rule.guard == "privacy" else secrets
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
