"""The rules for personal data: their examples, and what they leave alone."""

from importlib.resources import files

import pytest
import yaml

from sekisho.core.exchange import Stage
from sekisho.core.normalise import normalise
from sekisho.core.text import Text
from sekisho.guards.privacy import privacy
from sekisho.guards.protocol import Context
from sekisho.guards.rule_guard import findings
from sekisho.guards.scanner import Scanner

HITS = [example for example in privacy.examples if example.found is not None]
MISSES = [example for example in privacy.examples if example.found is None]

DEMONSTRATION = "山田太郎です。電話は090-1234-5678です。市役所の開庁時間を教えてください。"

PUBLIC = [
    "夏目漱石の『坊っちゃん』は1906年に発表されました。",
    "伊藤博文は初代の内閣総理大臣です。",
    "価格は1,234,567円、送料は500円です。",
    "会議は10:30-12:00、場所は3階の305号室です。",
    "ISBN 978-4-10-101001-4、定価572円。",
    "JANコード4901234567894、型番AB-1234-5678。",
    "個人情報の保護に関する法律は2003年5月30日に公布されました。",
    "法人番号は7000012050002です。",
    "トヨタ自動車株式会社は愛知県豊田市に本社を置く。",
    "東京都千代田区の人口は約6万7千人です。",
    "Python 3.11.7とChrome 120.0.6099.109で確認した。",
    "The meeting starts at 10:30 on 2024-05-01 in Room 305.",
    "Dear Sir or Madam, thank you for your order 123456789012.",
    "The population of New York was 8,335,897 in 2022.",
    "お客様には大変ご迷惑をおかけしました。",
    "上野公園の桜は四月に咲く。石川県の金沢は雪が多い。",
]


def masked(text: str) -> set[str]:
    found = [finding for finding in findings(Scanner(privacy.rules), Text(text)) if finding.score >= 0.5]
    return {text[finding.start : finding.end] for finding in found}


def test_the_demonstration_question_gives_away_its_name_and_number():
    assert masked(DEMONSTRATION) == {"山田太郎", "090-1234-5678"}


@pytest.mark.parametrize("text", PUBLIC)
def test_public_facts_are_not_personal_data(text):
    assert masked(text) == set()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("電話は０９０－１２３４－５６７８です", "０９０－１２３４－５６７８"),
        ("電話は090\u2010\u200b1234\u20105678です", "090\u2010\u200b1234\u20105678"),
        ("電話は〇九〇の一二三四の五六七八です", "〇九〇の一二三四の五六七八"),
        ("電話は+81 90 1234 5678です", "+81 90 1234 5678"),
    ],
)
def test_a_number_in_any_writing_is_found_where_it_stands(text, number):
    assert number in masked(text)


PROSE = (
    "市役所の窓口では、住民からの問い合わせに職員が丁寧に答えています。来年度の予算は約二億円で、"
    "図書館の改修と公園の整備に使われる予定です。参加者は五十人ほどで、質問の時間も設けられています。"
)


def test_a_stream_of_clean_prose_waits_for_less_than_a_character():
    scanner = Scanner(privacy.rules, ())
    held = {end: end - scanner.alive(PROSE[:end]).match for end in range(1, len(PROSE) + 1)}
    assert sum(held.values()) < len(PROSE)
    assert {held[end] for end, sign in enumerate(PROSE, 1) if sign in "。、"} == {0}


async def test_the_guard_by_itself_reports_spans_of_the_received_text():
    text = Text("氏名：山田　花子")
    spans = {(f.start, f.end, f.category) for f in await privacy.inspect(text, Context(Stage.ENTRY, "user", "office"))}
    assert (3, 8, "privacy.person_name") in spans


@pytest.mark.parametrize("example", HITS, ids=lambda example: f"{example.rule}-{example.text[:20]!a}")
def test_a_rule_finds_its_example_and_a_stream_holds_it_from_its_start(proof, example):
    assert example.found is not None
    assert normalise(example.found) in proof(privacy).found(example)
    assert proof(privacy).dead_prefixes(example) == []


@pytest.mark.parametrize("example", MISSES, ids=lambda example: f"{example.rule}-{example.text[:20]!a}")
def test_a_rule_leaves_its_counterexample_alone(proof, example):
    assert proof(privacy).found(example) == {}


def test_every_rule_has_examples_on_both_sides():
    assert {e.rule for e in HITS} == {e.rule for e in MISSES} == {rule.id for rule in privacy.rules}


def test_every_rule_speaks_of_a_category_that_people_can_read_about():
    known = yaml.safe_load(files("sekisho.policy").joinpath("taxonomy.yaml").read_text("utf-8"))
    assert {rule.category for rule in privacy.rules} <= set(known)
