import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.located import parse
from sekisho.core.schema import Schema
from sekisho.policy.document import profile_of
from sekisho.policy.explain import explained
from sekisho.policy.profile import Contract

HEAD = "profile: x\ntitle: {ja: あ, en: a}\n"


def read(block=""):
    return profile_of(parse(HEAD + block, "p.yaml"))


@pytest.mark.parametrize(
    ("block", "contract"),
    [
        ("answer: {language: asked}", Contract(language="asked")),
        ("answer: {length: [null, 400], again: 2}", Contract(most=400, again=2)),
        ("answer: {length: [10, 10], format: text}", Contract(least=10, most=10, format="text")),
        ("answer: {format: json, schema: {type: object}}", Contract(format="json", schema=Schema({"type": "object"}))),
        ("answer: {}", Contract()),
        ("", None),
    ],
)
def test_what_a_profile_says_of_answers(block, contract):
    assert read(block).answer == contract


@pytest.mark.parametrize(
    ("block", "where", "says"),
    [
        ("answer: 3", "3:1", "key: value"),
        ("answer: {langage: ja}", "3:10", "did you mean `language`"),
        ("answer: {language: de}", "3:10", "unknown language"),
        ("answer: {language: [ja]}", "3:10", "one of ja, en, asked"),
        ("answer: {format: xml}", "3:10", "expected text, json"),
        ("answer: {length: 400}", "3:10", "[least, most]"),
        ("answer: {length: [5]}", "3:10", "[least, most]"),
        ("answer: {length: [1, 2, 3]}", "3:10", "[least, most]"),
        ("answer: {length: [null, null]}", "3:10", "[least, most]"),
        ("answer: {length: [-1, 5]}", "3:10", "[least, most]"),
        ("answer: {length: [true, 5]}", "3:10", "[least, most]"),
        ("answer: {length: [1.5, 5]}", "3:10", "[least, most]"),
        ("answer: {length: [5, 3]}", "3:10", "5 > 3"),
        ("answer: {again: 3}", "3:10", "0 to 2"),
        ("answer: {again: -1}", "3:10", "0 to 2"),
        ("answer: {again: true}", "3:10", "0 to 2"),
        ("answer: {format: text, schema: {}}", "3:10", "not of text"),
        ("answer:\n  schema:\n    properties:\n      a: {type: strin}", "6:11", "one of null"),
        ("answer:\n  schema:\n    anyOf:\n      - {}\n      - {pattern: '(?=a)'}", "7:10", "RE2"),
        ("answer: {schema: {$ref: 'http://example.com/x'}}", "3:19", "within this document"),
        ("answer: {schema: 5}", "3:10", "an object, true or false"),
    ],
)
def test_mistakes_are_told_with_line_and_column(block, where, says):
    with pytest.raises(ConfigurationError) as caught:
        read(block)
    assert caught.value.details["where"] == f"p.yaml:{where}"
    assert says in str(caught.value)
    assert caught.value.say("ja") != caught.value.say("en")


def test_profiles_without_it_keep_their_digest():
    assert "answer" not in read().canonical()
    digests = {read(block).digest for block in ("", "answer: {}", "answer: {again: 1}", "answer: {schema: {}}")}
    assert len(digests) == 4


def test_it_is_told_in_words():
    told = explained(read("answer: {language: asked, length: [null, 400], again: 2, schema: {}}"), "en")
    for words in ("language of the question", "at most 400 characters", "JSON schema", "up to 2 times"):
        assert words in told
    assert "日本語" in explained(read("answer: {language: ja, format: text, length: [3, 9]}"), "ja")
    assert "at least 3" in explained(read("answer: {length: [3, null]}"), "en")
