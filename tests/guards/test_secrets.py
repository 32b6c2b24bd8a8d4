"""The rules for secrets: their examples, and what they leave alone."""

from importlib.resources import files

import pytest
import yaml

from sekisho.core.normalise import normalise
from sekisho.core.text import Text
from sekisho.guards.rule_guard import findings
from sekisho.guards.scanner import Scanner
from sekisho.guards.secrets import secrets

HITS = [example for example in secrets.examples if example.found is not None]
MISSES = [example for example in secrets.examples if example.found is None]


def test_a_private_key_is_held_to_its_end_and_not_beyond():
    scanner = Scanner(secrets.rules, ())
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
    open_ended = [m for m in scanner.scan("鍵:" + key[:-1]) if not m.ended]
    closed = [m for m in scanner.scan("鍵:" + key + "です") if m.note == "private_key_pem"]
    assert [m.start for m in open_ended] == [2]
    assert [(m.start, m.end, m.ended) for m in closed] == [(2, 2 + len(key), True)]


@pytest.mark.parametrize("glue", ["鍵は{}です", "key={}", "({})", "{}", "「{}」を使う"])
def test_a_key_glued_to_other_text_is_found(glue):
    key = "AKIAQWERTYUIOP234567"
    text = Text(glue.format(key))
    assert key in {text.received[f.start : f.end] for f in findings(Scanner(secrets.rules), text)}


@pytest.mark.parametrize(
    "text",
    [
        "パスワードは8文字以上で、英数字と記号を含めてください。",
        "APIキーは管理画面で発行します。",
        "Forgot your password? Reset it here.",
        "社外秘とはどういう意味ですか。",
        "The token is valid for one hour.",
        "git commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    ],
)
def test_talk_about_secrets_gives_none_away(text):
    assert findings(Scanner(secrets.rules, ()), Text(text)) == []


@pytest.mark.parametrize("example", HITS, ids=lambda example: f"{example.rule}-{example.text[:20]!a}")
def test_a_rule_finds_its_example_and_a_stream_holds_it_from_its_start(proof, example):
    assert example.found is not None
    assert normalise(example.found) in proof(secrets).found(example)
    assert proof(secrets).dead_prefixes(example) == []


@pytest.mark.parametrize("example", MISSES, ids=lambda example: f"{example.rule}-{example.text[:20]!a}")
def test_a_rule_leaves_its_counterexample_alone(proof, example):
    assert proof(secrets).found(example) == {}


def test_every_rule_has_examples_on_both_sides():
    assert {e.rule for e in HITS} == {e.rule for e in MISSES} == {rule.id for rule in secrets.rules}


def test_every_rule_speaks_of_a_category_that_people_can_read_about():
    known = yaml.safe_load(files("sekisho.policy").joinpath("taxonomy.yaml").read_text("utf-8"))
    assert {rule.category for rule in secrets.rules} <= set(known)
