"""`sekisho check`: one answer for each text, in words or as JSON."""

import json

import pytest
from click.testing import CliRunner

from sekisho.cli.check import FLOOR, _Checking, _json, _told
from sekisho.cli.main import sekisho
from sekisho.core.errors import ConfigurationError, UnreadableBody
from sekisho.core.exchange import Judged, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.guards.privacy import privacy
from sekisho.pipeline.check import Checked
from sekisho.policy.load import Profiles

PHONE = "090-1234-5678"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("SEKISHO_GUARDS", "privacy,secrets")

    def run(*arguments, given=""):
        result = CliRunner().invoke(sekisho, ["check", *arguments], input=given, standalone_mode=False)
        if result.exception:
            raise result.exception
        return result.stdout

    return run


def test_a_text_is_told_in_words_with_what_would_go_on(run):
    told = run(given=f"電話は{PHONE}です")
    assert told.startswith("mask: would pass with parts masked")
    assert f"3–{3 + len(PHONE)}" in told
    assert "privacy.phone" in told
    masked = told.split("\n\n")[1]
    assert PHONE not in masked


def test_offsets_of_the_json_are_code_points_of_the_text(run):
    text = f"😀𠮷 {PHONE} é"
    told = json.loads(run("--json", given=text))
    (found,) = told["findings"]
    assert text[found["start"] : found["end"]] == PHONE
    assert (told["id"], told["verdict"], found["category"], found["guard"]) == (
        None,
        "mask",
        "privacy.phone",
        "privacy",
    )
    assert PHONE not in told["masked"]


def test_nothing_found_passes_unchanged(run):
    assert json.loads(run("--json", given="こんにちは")) == {
        "id": None,
        "verdict": "pass",
        "findings": [],
        "masked": "こんにちは",
    }
    assert run(given="こんにちは").startswith("pass: ")


def test_a_file_gives_one_line_for_each_of_its_own(run, tmp_path):
    lines = [{"id": "a", "text": PHONE}, {"id": 2, "text": "静か"}, {"text": "番号なし"}]
    file = tmp_path / "texts.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    told = [json.loads(line) for line in run("--jsonl", str(file)).splitlines()]
    assert [(one["id"], one["verdict"]) for one in told] == [("a", "mask"), (2, "pass"), (None, "pass")]


@pytest.mark.parametrize("line", ["{", '{"id": 1}', '{"text": 5}', '{"text": "\\ud800"'])
def test_a_line_that_is_none_is_named(run, tmp_path, line):
    file = tmp_path / "texts.jsonl"
    file.write_text(json.dumps({"text": "a"}) + "\n" + line + "\n")
    with pytest.raises(UnreadableBody, match="line 2"):
        run("--jsonl", str(file))


def test_what_is_not_utf_8_counts_as_one_character_each(run):
    told = json.loads(run("--json", given=b"\xff\xff " + PHONE.encode()))
    assert told["findings"][0]["start"] == 3


def test_profile_stage_and_language_can_be_chosen(run):
    given = f"電話 {PHONE}"
    assert json.loads(run("--json", "--stage", "action", given=given))["verdict"] == "pass"
    assert "伏せ" in run("--language", "ja", given=given)
    with pytest.raises(ConfigurationError):
        run("--profile", "nowhere", given=given)


def test_the_json_says_by_what_something_was_found(run):
    (found,) = json.loads(run("--json", given=PHONE))["findings"]
    assert found["note"]
    assert found["note"] in {rule.id for rule in privacy.rules}


@pytest.mark.parametrize(
    ("score", "verdict", "floor", "told"),
    [(0.29, Verdict.PASS, FLOOR, 0), (0.3, Verdict.PASS, FLOOR, 1), (0.1, Verdict.MASK, FLOOR, 1),
     (0.06, Verdict.PASS, 0.0, 1)],
)  # fmt: skip
def test_the_json_leaves_out_what_is_hardly_found_and_passes(score, verdict, floor, told):
    judged = Judged(Finding(0, 5, "harm.adult", score, "intent", "linear"), Stage.ENTRY, verdict, "rule")
    assert len(json.loads(_json(None, Checked(verdict, [judged], "hello"), floor))["findings"]) == told


def test_all_findings_are_told_where_they_are_asked_for(run, monkeypatch):
    doubtful = Judged(Finding(0, 5, "harm.adult", 0.07, "intent", "linear"), Stage.ENTRY, Verdict.PASS, "rule")

    async def check(_checking, text):
        return Checked(Verdict.PASS, [doubtful], text)

    monkeypatch.setattr(_Checking, "check", check)
    assert json.loads(run("--json", given="hello"))["findings"] == []
    (told,) = json.loads(run("--json", "--all", given="hello"))["findings"]
    assert (told["score"], told["note"]) == (0.07, "linear")


def test_words_leave_out_what_is_likelier_wrong_than_right_and_passes():
    doubtful = Judged(Finding(0, 5, "harm.adult", 0.07, "intent"), Stage.ENTRY, Verdict.PASS, "rule")
    told = _told(Checked(Verdict.PASS, [doubtful], "hello"), Profiles([]).get("office"), "en")
    assert told == "pass: would pass as it is"
