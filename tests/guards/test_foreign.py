import re
from dataclasses import replace
from itertools import product

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pace import spent, turns

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.phrases import japanese
from sekisho.guards.foreign import REACH, Foreign
from sekisho.guards.inspector import Inspector
from sekisho.guards.own import own_of
from sekisho.guards.rule import load
from sekisho.policy.load import Profiles
from sekisho.policy.profile import Term

# Pieces of patterns, of which hypothesis puts some together; texts are of the letters that they speak of.
PIECES = ("a", "b+", "[ab]{1,3}", "[^a]", "(?:ab|a|c)*?", "(?P<x>a+b?)", "é?", "あ", ".", r"\d{0,2}", "(?i:C)", r"\s*")
BEHIND = ("", "(?<!a)", "(?<![ab])", "(?<=b)", "(?<![^\\n])", "(?<!é)(?<!1)")
AHEAD = ("", "(?!a)", "(?![^ab])", "(?=b|1)", "(?=c{2})", "(?!あ)")
TEXTS = st.text("aabbcCéあ1\n ", max_size=14)
BODIES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join).filter(lambda it: it.count("<x>") < 2)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(BEHIND), BODIES, st.sampled_from(AHEAD), st.booleans(), TEXTS)
def test_what_it_matches_is_what_the_pattern_says(behind, body, ahead, folded, text):
    source = behind + body + ahead
    source = f"(?i:{source})" if folded and "é" not in source else source
    ours, backtracking = Foreign(source), re.compile(source, re.ASCII)
    for position in range(len(text)):
        said, expected = ours.match(text, position), backtracking.match(text, position)
        assert (said is None) == (expected is None), position
        if said is not None:
            assert (said.start(), said.end(), said.span()) == (position, expected.end(), expected.span())
            if "x" in ours.groupindex:
                assert (said.span("x"), said["x"]) == (expected.span("x"), expected["x"])


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(?:a+)+(?<![a])b", "look-behind may stand at the beginning"),
        ("a(?!b)c", "look-behind may stand at the beginning"),
        ("a(?=b)(?!c)", "one look-ahead"),
        ("a(?!b)(?![^c])", "write them as one"),
        ("案件(?=(?P<x>[0-9]{4}))", "not in a look-ahead"),
        ("案件(?P<x>[0-9]{4})?", "in every match"),
        ("案件(?:(?P<x>[0-9]{4})|なし)", "in every match"),
        ("案件(?:号(?P<x>[0-9]))*", "in every match"),
        ("a(?!bc)", "one character"),
        ("(?P<a>x)?(?(a)b|c)", "come with Sekisho"),
        ("a{1001}", "up to 1,000 times"),
        ("(?:a{500}){3}b", "RE2 does not take the pattern"),
        (r"\bab", "pattern language"),
    ],
)
def test_what_only_backtracking_can_match_is_refused(pattern, told):
    with pytest.raises(ValueError, match=re.escape(told)) as fault:
        Foreign(pattern)
    assert re.search("[ぁ-ヿ一-鿿]", japanese(str(fault.value)))


@pytest.mark.parametrize(
    "pattern", ["(?P<x>ab(?!c))", "((?<!a)b)c?", "b(?!c)(?!a)", "(?i:(?P<x>(?<!1)b(?![ac])(?!b)))", "(a(b(?=c)))"]
)
def test_look_around_at_the_edges_of_groups_stands_at_the_edges_of_the_pattern(pattern):
    ours, backtracking = Foreign(pattern), re.compile(pattern, re.ASCII)
    for letters in product("abcB1", repeat=4):
        text = "".join(letters)
        for position in range(len(text)):
            said, expected = ours.match(text, position), backtracking.match(text, position)
            assert (said and said.span()) == (expected and expected.span()), text
            if said and "x" in ours.groupindex:
                assert said.span("x") == expected.span("x")


def test_look_ahead_in_what_closes_a_rule_is_told_by_its_name(tmp_path):
    rule = {"id": "a", "category": "privacy.account", "score": 0.9, "open": "BEGIN", "close": "END(?![a-z])"}
    file = tmp_path / "own.yaml"
    file.write_text(yaml.safe_dump({"guard": "mine", "stages": ["entry"], "rules": [rule]}))
    with pytest.raises(ConfigurationError) as fault:
        load(file, {})
    assert "`close` may have no look-around" in fault.value.say("en")
    assert "`close` では" in fault.value.say("ja")


@pytest.mark.parametrize("size", [1, REACH - 1, REACH, REACH + 1, 2 * REACH, 7 * REACH + 3])
@pytest.mark.parametrize("pattern", ["[0-9]+(?![0-9])", "(?<![0-9])(?P<x>[0-9]+)", "[0-9]+円?", "[0-9]+?(?=円)"])
def test_a_match_of_many_characters_goes_on_as_far_as_it_fits(pattern, size):
    found = Foreign(pattern).match("第" + "1" * size + "円", 1)
    if "?(?=" in pattern and size >= REACH:  # nothing of it is a match before its end
        assert found is None
    else:
        assert found.end() == size + 1 + pattern.endswith("円?")


def scanner(pattern):
    profile = replace(Profiles().get("office"), name="town", terms=(Term("secret", (), pattern, 0.9, "p:1:1"),))
    return Inspector((), budget_s=60, own=own_of([profile]), growing=False).scanner(Stage.ENTRY, "town")


HOSTILE = [
    ("(?:a+)+b", "a"),
    ("(?:a|a|aa)*[bc](?![d])", "a"),
    ("(?<![b])a+b(?!c)", "a"),
    ("a(?:[^b]*b)?", "a"),
    ("a[^b]*(?![^c])", "a"),
    ("(?:[a-z]+ ?)+(?P<x>[0-9])", "word "),
    ("(?:あ[^い]{0,900}){1,1}い", "あ"),
    ("(?i:x)[^\\n]{0,1000}(?P<x>y)", "x"),
    ("(?:(?P<x>a+))+b?", "a"),
]


@pytest.mark.parametrize(("pattern", "unit"), HOSTILE)
def test_no_pattern_of_a_profile_and_no_text_take_longer_than_the_text_is_long(pattern, unit):
    made = scanner(pattern)

    def read(size):
        made.scan((unit * size)[: size - 1] + "b" * (unit == "a" and pattern.endswith("(?!c)")) + "c")

    read(100)
    short, long = (turns(min(spent(read, size) for _ in range(3))) for size in (4_000, 32_000))
    assert long < 20 * short + 200  # 64 times as much where time grows with the square of the length


PROSE = "本日の会議では来期の計画について話し合い、各部署から進捗の報告がありました。"
BEGINS_ANYWHERE = [
    (".*社外秘.*", PROSE, "\nこれは社外秘"),
    (r"[A-Za-z]+[^\n]*confidential", "the report of the plan is here ", "\nabc confidential"),
    (r"[\w.+-]+@corp\.example", "a.b-", " x@corp.example"),
    (r"a[^\n]*b", "a" * 5_000 + "\n", "ab"),
    (r"(?P<x>a)[^\n]{0,900}b", "a" * 5_000 + "\n", "ab"),
    (".*社外秘(?!あ)", PROSE * 20 + "社外秘あ\n", "これは社外秘"),
    (r"[^\n]+社外秘(?![あ-ん])(?!ア)", PROSE * 20 + "社外秘ア\n", "これは社外秘"),
]


@pytest.mark.parametrize(("pattern", "unit", "end"), BEGINS_ANYWHERE)
def test_a_pattern_that_may_begin_nearly_anywhere_is_not_tried_at_each_place(pattern, unit, end):
    made = scanner(pattern)
    text = (unit * (20_000 // len(unit) + 1))[:20_000] + end

    def read():
        found = [match for match in made.scan(text) if match.rule and match.rule.guard == "profile"]
        assert [match.end for match in found] == [len(text)]

    read()
    others = spent(scanner("何もない文字列").scan, text)
    assert turns(spent(read) - others) < 50  # a look at each place takes ten times as long


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BEHIND), BODIES, st.sampled_from(AHEAD), TEXTS, st.integers(0, 3))
def test_every_match_begins_where_one_may_begin(behind, body, ahead, text, copies):
    ours = Foreign(behind + body + ahead)
    value = text + "a b1" * 150 * copies + text
    places, at, offset = set(), 0, 0
    while at < len(value):
        at, size, may = ours.near(value, at)
        offset += size
        assert offset == len(value[:at].encode())
        if may:
            places.add(at)
            offset += len(value[at : at + 1].encode())
            at += 1
    matches = [ours.match(value, position) for position in range(len(value))]
    assert places >= {found.start() for found in matches if found and found.end() > found.start()}
