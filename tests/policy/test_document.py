import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.located import parse
from sekisho.policy.document import profile_of

HEAD = "profile: desk\ntitle: {ja: 窓口, en: Desk}\n"

WHOLE = """\
profile: citizens-desk
title: {ja: 市民窓口, en: Citizens' desk}
description: {ja: 説明, en: description}
models: [town-llm, embedded]
audience: public
language: ja
entry:
  privacy: mask
  attack: {at: 0.5, do: refuse}
source:
  attack.injection: {at: 0.3, do: refuse}
exit:
  fault: refuse
stream: sentence
label: visible
record: {content: encrypted, keep: 90d}
"""


def profile(text):
    return profile_of(parse(text, "p.yaml"))


def test_a_whole_profile_is_read():
    read = profile(WHOLE)
    assert (read.name, read.title["en"], read.description["ja"]) == ("citizens-desk", "Citizens' desk", "説明")
    assert (read.models, read.audience, read.language) == (("town-llm", "embedded"), "public", "ja")
    assert (read.stream, read.label, read.keep_content, read.keep_s) == ("sentence", "visible", True, 90 * 86_400)
    assert [rule.name for rule in read.stages[Stage.ENTRY]] == [
        "citizens-desk: entry.privacy → mask",
        "citizens-desk: entry.attack → refuse",
    ]
    assert Stage.ACTION not in read.stages


def test_who_is_responsible_is_part_of_what_a_profile_says():
    named = profile(HEAD + "responsible: {ja: 情報課(内線12), en: ' Office {12} '}")
    assert named.responsible == {"ja": "情報課(内線12)", "en": "Office {12}"}
    assert named.digest != profile(HEAD).digest
    assert profile(HEAD).responsible is None


@pytest.mark.parametrize("space", ["\u3000", "\u00a0", "\u2003"])
def test_spaces_of_any_width_may_stand_in_who_is_responsible(space):
    named = profile(HEAD + f"responsible: {{ja: 情報課{space}内線12, en: Office{space}12}}")
    assert named.responsible == {"ja": f"情報課{space}内線12", "en": f"Office{space}12"}


@pytest.mark.parametrize("sign", ["\\n", "\\r", "\\x85", "\\u2028", "\\u2029", "\\u202e", "\\u200b", "\\x1b"])
def test_nothing_that_breaks_or_turns_the_line_may(sign):
    with pytest.raises(ConfigurationError, match="without control or format characters"):
        profile(HEAD + f'responsible: {{ja: 窓口, en: "a{sign}b"}}')


def test_what_is_not_said_is_careful():
    read = profile(HEAD)
    assert (read.models, read.audience, read.language, read.stream) == ((), "staff", None, "pattern")
    assert (read.label, read.keep_content, read.keep_s) == ("header", False, 0)
    assert all(read.needs(stage) for stage in Stage)


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        ("{content: none}", (False, 0)),
        ("{content: encrypted}", (True, 90 * 86_400)),
        ("{content: encrypted, keep: 12h}", (True, 12 * 3_600)),
        ("{content: encrypted, keep: 1y}", (True, 365 * 86_400)),
        ("{content: encrypted, keep: forever}", (True, None)),
    ],
)
def test_a_record_says_what_is_kept_and_how_long(record, kept):
    read = profile(f"{HEAD}record: {record}\n")
    assert (read.keep_content, read.keep_s) == kept


def test_comments_and_order_do_not_change_the_digest():
    lines = WHOLE.splitlines()
    turned = "# a comment\n" + "\n".join([*lines[3:], *lines[:3]]) + "\n"
    assert profile(turned).digest == profile(WHOLE).digest
    assert profile(WHOLE.replace("0.5", "0.6")).digest != profile(WHOLE).digest


MISTAKES = {
    "": "1:1: expected `key: value` pairs",
    "- a": "1:1: expected `key: value` pairs",
    "title: {ja: 窓口, en: Desk}": "1:1: `profile` is the profile's name",
    "profile: The Desk\ntitle: {ja: あ, en: a}": "1:1: `profile` is the profile's name",
    "profile: 7\ntitle: {ja: あ, en: a}": "1:1: `profile` is the profile's name",
    "profile: desk": "1:1: `title` is missing: {ja: …, en: …}",
    "profile: desk\ntitle: {ja: 窓口}": "2:1: expected a text in both languages",
    "profile: desk\ntitle: Desk": "2:1: expected a text in both languages: {ja: …, en: …}",
    HEAD + "description: words": "3:1: expected a text in both languages: {ja: …, en: …}",
    HEAD + "exti: {privacy: mask}": "3:1: unknown key `exti`; did you mean `exit`?",
    HEAD + "entrance: {privacy: mask}": "3:1: unknown key `entrance`; did you mean `entry`?",
    HEAD + "zzzz: 1": "3:1: unknown key `zzzz`; expected profile, title",
    HEAD + "models: town-llm": "3:1: `models` is a list of names",
    HEAD + "models: [4]": "3:10: expected the name of a model",
    HEAD + "models: [a, a]": "3:13: the model `a` is given twice",
    HEAD + "stream: lines": "3:1: unknown stream `lines`",
    HEAD + "label: invisible": "3:1: unknown label `invisible`; did you mean `visible`?",
    HEAD + "label: false": "3:1: expected one of none, header, visible",
    HEAD + "audience: child": "3:1: unknown audience `child`; did you mean `children`?",
    HEAD + "responsible: Desk": "3:1: expected a text in both languages: {ja: …, en: …}",
    HEAD + "responsible: {ja: 窓口}": "3:1: expected a text in both languages",
    HEAD + "responsible: {ja: 窓口, en: " + "x" * 201 + "}": "3:23: expected one line of at most 200 characters",
    HEAD + 'responsible: {ja: "a\\nb", en: desk}': "3:15: expected one line of at most 200 characters",
    HEAD + "language: fr": "3:1: unknown language `fr`; expected ja, en",
    HEAD + "record: encrypted": "3:1: expected `key: value` pairs",
    HEAD + "record: {content: plain}": "3:10: unknown content `plain`; expected encrypted, none",
    HEAD + "record: {content: false}": "3:10: expected one of encrypted, none",
    HEAD + "record: {contents: none}": "3:10: unknown key `contents`; did you mean `content`?",
    HEAD + "record: {content: encrypted, keep: 90}": "3:30: `keep` is a span such as 12h, 90d or 1y, or forever",
    HEAD + "record: {content: encrypted, keep: 0d}": "3:30: `keep` is a span",
    HEAD + "record: {content: none, keep: 90d}": "3:25: `keep` says how long contents are kept, but `content` is none",
    HEAD + "entry:\n  privacy: mask\nentry:\n  privacy: pass": "5:1: the key `entry` is given twice",
    HEAD + "entry: mask": "3:1: expected `key: value` pairs",
}


@pytest.mark.parametrize(("text", "mistake"), MISTAKES.items())
def test_a_mistake_is_told_with_line_and_column(text, mistake):
    with pytest.raises(ConfigurationError) as caught:
        profile(text)
    assert str(caught.value).startswith(f"p.yaml:{mistake}")


def test_a_model_that_is_not_configured_is_no_mistake_of_the_profile():
    assert profile(HEAD + "models: [nowhere]").models == ("nowhere",)


LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["mask", "replace", "ja", "end", "90d", "x"])
KEYS = st.sampled_from(
    ["profile", "title", "entry", "exit", "record", "models", "harm", "do", "at", "text", "ja", "en"]
)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_any_document_becomes_a_profile_or_a_mistake_with_a_place(tree):
    text = json.dumps({"profile": "desk", "title": {"ja": "あ", "en": "a"}, **tree})
    assert outcome(text).startswith(("read", "p.yaml:1:"))


def outcome(text):
    try:
        return "read " + profile(text).digest
    except ConfigurationError as fault:
        return str(fault)


def test_the_bands_of_the_unsure_are_read():
    assert profile(HEAD + "unsure: {harm: [0.3, 0.8], attack: [0, 1]}").unsure == {
        "harm": (0.3, 0.8),
        "attack": (0.0, 1.0),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("unsure: [harm]", "p.yaml:3:1: expected `key: value` pairs"),
        ("unsure: {harn: [0, 1]}", "p.yaml:3:10: unknown area `harn`; did you mean `harm`?"),
        ("unsure: {privacy: [0, 1]}", "p.yaml:3:10: unknown area `privacy`"),
        ("unsure: {harm: 0.5}", "p.yaml:3:10: a band is two numbers from 0 to 1"),
        ("unsure: {harm: [0.5]}", "p.yaml:3:10: a band is two numbers"),
        ("unsure: {harm: [0.5, 1.5]}", "p.yaml:3:10: a band is two numbers"),
        ("unsure: {harm: [false, true]}", "p.yaml:3:10: a band is two numbers"),
        ("unsure: {harm: [0.8, 0.3]}", "p.yaml:3:10: the band ends before it begins: 0.8 > 0.3"),
    ],
)
def test_a_band_that_is_none_is_told_with_its_place(text, told):
    with pytest.raises(ConfigurationError) as caught:
        profile(HEAD + text)
    assert told in str(caught.value)


def test_a_band_changes_the_digest():
    plain, banded = profile(HEAD), profile(HEAD + "unsure: {harm: [0.3, 0.8]}")
    assert plain.digest == profile(HEAD + "unsure: {}").digest
    assert plain.digest != banded.digest


def test_marks_are_read_and_change_the_digest():
    assert profile(HEAD + "marks: [line, invisible]").marks == ("line", "invisible")
    assert profile(HEAD + "marks: []").digest == profile(HEAD).digest
    assert profile(HEAD + "marks: [line]").digest != profile(HEAD).digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("marks: line", "p.yaml:3:1: `marks` is a list of line, invisible"),
        ("marks: [lines]", "p.yaml:3:9: unknown mark `lines`; did you mean `line`?"),
        ("marks: [1]", "p.yaml:3:9: expected one of line, invisible"),
        ("marks: [line, line]", "p.yaml:3:15: the mark `line` is given twice"),
    ],
)
def test_a_mark_that_is_none_is_told_with_its_place(text, told):
    with pytest.raises(ConfigurationError) as caught:
        profile(HEAD + text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "rules",
    [
        "  privacy: masc", "  privcy: mask", "  privacy: {at: 2, do: mask}", "  harm: {do: replace}", "  harm: []",
        "  harm: {do: mask, text: {ja: あ, en: a}}", "  harm: {at: 0.5}",
    ],
)  # fmt: skip
def test_a_mistake_is_told_to_a_japanese_reader_in_japanese(rules):
    text = f"profile: p\ntitle: {{ja: あ, en: a}}\nentry:\n{rules}"
    with pytest.raises(ConfigurationError) as caught:
        profile_of(parse(text, "p.yaml"))
    assert re.search("[ぁ-ん]", caught.value.say("ja"))
    assert not re.search("[ぁ-ん]", caught.value.say("en"))
