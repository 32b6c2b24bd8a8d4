from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.text import Text
from sekisho.guards.inspector import Inspector
from sekisho.guards.own import TOGETHER, own_of, own_rules
from sekisho.guards.rule_guard import findings
from sekisho.policy.load import Profiles
from sekisho.policy.profile import Term

OFFICE = Profiles().get("office")
FUJI = Term("secret.internal_mark", ("富士計画", "Project Fuji", "ＭＴ－７"))
NUMBER = Term("privacy.member_number", (), "職員[:は ]{0,2}(?P<x>[0-9]{6})(?![0-9])", 0.8)


def named(name, *terms):
    return replace(OFFICE, name=name, terms=terms)


def inspector(*profiles):
    return Inspector((), budget_s=60, own=own_of(profiles))


def found(text, *terms, stage=Stage.ENTRY):
    whole = Text(text)
    seen = findings(inspector(named("town", *terms)).scanner(stage, "town"), whole)
    return [(text[one.start : one.end], one.category, one.score, one.guard) for one in seen]


@pytest.mark.parametrize(
    "text", ["富士計画", "Project Fuji", "project fuji", "ＰＲＯＪＥＣＴ　Ｆｕｊｉ", "Project\nFuji", "mt-7"]
)
@pytest.mark.parametrize("stage", Stage)
def test_a_word_is_found_in_every_spelling_at_every_stage(text, stage):
    assert found(f"次は{text}です", FUJI, stage=stage) == [(text, "secret.internal_mark", 0.95, "profile")]


@pytest.mark.parametrize("text", ["富士山の計画", "Project Fujisawa", "subproject fuji", "MT-77"])
def test_a_part_of_another_word_is_none(text):
    assert found(text, FUJI) == []


def test_a_pattern_finds_its_group_and_has_its_score():
    assert found("職員:123456まで", NUMBER) == [("123456", "privacy.member_number", 0.8, "profile")]
    assert found("職員:1234567まで", NUMBER) == []


def test_the_longest_of_several_words_is_found():
    assert found("富士計画二期", Term("secret", ("富士計画", "富士計画二期")))[0][0] == "富士計画二期"


def test_what_is_encoded_is_found_too():
    assert [one[1] for one in found("5a+M5aOr6KiI55S744GM5aeL44G+44KK44G+44GZ", FUJI)] == ["secret.internal_mark"]


def test_terms_count_under_their_own_profile_alone():
    both = inspector(named("town", FUJI), named("city", NUMBER), named("none"))
    text = Text("富士計画の職員は123456です")
    of = {
        name: [one.category for one in findings(both.scanner(Stage.ENTRY, name), text)]
        for name in ("town", "city", "none", "")
    }
    assert of == {"town": ["secret.internal_mark"], "city": ["privacy.member_number"], "none": [], "": []}


def test_many_words_are_parted_among_rules():
    words = tuple(f"語彙{number:04}" for number in range(TOGETHER * 2 + 1))
    assert len(own_rules(named("town", Term("secret", words)))) == 3
    assert [one[0] for one in found(f"これは{words[-1]}", Term("secret", words))] == [words[-1]]


@pytest.mark.parametrize("pattern", ["(ab", "(a)\\1", "a*", "(?<=abc)d", "x{2000}y*|", "(?:a+)+(?<![a])b"])
def test_a_pattern_that_is_none_is_shown_with_its_place(pattern):
    with pytest.raises(ConfigurationError, match=r"p\.yaml:5:3"):
        own_rules(named("town", Term("secret", (), pattern, 0.9, "p.yaml:5:3")))


@given(
    st.text(alphabet="富士計画Projectfuji .*+?()[]{}|\\^$-", min_size=2, max_size=12).filter(
        lambda w: len(w.strip()) > 1
    )
)
def test_any_word_is_taken_literally(word):
    (rule, *_) = own_rules(named("town", Term("secret", (word,))))
    assert rule.pattern.search(f"、{' '.join(Text(word).normalised.value.split())}、") is not None
