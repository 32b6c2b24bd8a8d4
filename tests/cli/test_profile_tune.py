"""`sekisho profile tune`: what it reads, proposes and leaves alone."""

import json
import os

import pytest
from click.testing import CliRunner

from sekisho.cli.main import WRONG_USE
from sekisho.cli.profile import profile
from sekisho.core.errors import ConfigurationError
from sekisho.core.located import parse
from sekisho.policy.document import profile_of


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEKISHO_")]:
        monkeypatch.delenv(name)
    (tmp_path / "desk.yaml").write_text(
        "profile: desk\ntitle: {ja: 窓口, en: Desk}\nentry:\n  privacy: {at: 0.9, do: mask}\n", "utf-8"
    )
    rows = [f'"電話は090-1234-{n:04}です",privacy.phone' for n in range(40)]
    rows += [f"天気の話その{n},無害" for n in range(200)]
    (tmp_path / "mine.csv").write_text("text,label\n" + "\n".join(rows), "utf-8")


def run(*words):
    return CliRunner().invoke(
        profile, ["tune", "desk", "mine.csv", "--guards", "privacy", "--profiles", ".", *words], catch_exceptions=True
    )


def test_it_says_what_it_used_what_holds_today_and_what_it_proposes():
    told = run("--language", "en").output
    assert "Profile desk, stage entry, category privacy" in told
    assert "240 (40 harmful, 200 harmless)" in told
    assert "One half (20 harmful, 100 harmless) served to choose the threshold, the other (20, 100) to check it" in told
    assert "privacy ≥ 0.9 → mask: stops 100.0%" in told
    assert "Target: at most 5% of the harmless stopped" in told
    assert "stops 100.0% [83.9, 100.0] (20/20) of the harmful, and 0.0% [0.0, 3.7] (0/100) of the harmless" in told
    assert "The whole 95 % interval meets the target." in told
    assert told.endswith("Nothing was changed.\n")


def test_the_lines_it_prints_are_a_rule_and_no_file_changes(tmp_path):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    lines = json.loads(run("--json").stdout)["yaml"]
    (rule,) = next(iter(profile_of(parse(f"profile: p\ntitle: {{ja: あ, en: a}}\n{lines}", "p")).stages.values()))
    assert (rule.prefix, rule.verdict.word) == ("privacy", "mask")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_too_few_examples_are_told_with_the_number_that_is_needed():
    told = run("--min-caught", "0.95", "--language", "ja").output
    assert "目標: 該当の95%以上を止める" in told
    assert "誤りが一つもなくても、該当の例が全部で146件要ります(今は40件)" in told


def test_a_target_out_of_reach_has_no_proposal_and_no_lines():
    words = ["desk", "mine.csv", "--guards", "secrets", "--profiles", ".", "--min-caught", "0.9", "--language", "en"]
    told = CliRunner().invoke(profile, ["tune", *words]).output
    assert "No proposal: no threshold reaches the target." in told
    assert "write this into the profile" not in told


def test_without_examples_of_the_category_or_of_that_name_it_is_an_error():
    assert "has 0 and 200" in str(run("--category", "privacy.email").exception)
    assert "did you mean `privacy`" in str(run("--category", "privcy").exception)


def test_a_stage_without_a_rule_says_so():
    assert json.loads(run("--stage", "exit", "--json").stdout)["today"] == []
    assert "everything passes" in run("--stage", "exit", "--language", "en").output


def test_a_first_rule_for_personal_data_masks():
    assert json.loads(run("--stage", "exit", "--json").stdout)["yaml"].startswith("exit:\n  privacy: {at: ")
    assert "do: mask" in run("--stage", "exit", "--json").stdout


def test_json_has_the_whole_curve_with_its_intervals():
    told = json.loads(run("--json").stdout)
    assert len(told["curve"]) == 1000
    assert set(told["curve"][0]["caught"]) == {"value", "low", "high"}
    assert told["outcome"] == "shown"
    assert told["examples"]["judged"] == {"harmful": 20, "harmless": 100}


def test_the_curve_is_drawn_where_asked_for(tmp_path):
    assert run("--svg", "curve.svg", "--language", "ja").exit_code == 0
    assert "見逃した割合" in (tmp_path / "curve.svg").read_text("utf-8")
    assert isinstance(run("--svg", "nowhere/curve.svg").exception, ConfigurationError)


def test_two_targets_at_once_are_wrong_use():
    assert run("--max-false", "0.1", "--min-caught", "0.9").exit_code == WRONG_USE
    assert run("--max-false", "0").exit_code == WRONG_USE
