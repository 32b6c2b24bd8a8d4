"""`sekisho eval guards`: the table, the JSON, and sets of one's own."""

import json

import pytest
from click.testing import CliRunner
from tests.guards.model.answering import chat
from tests.server.running import upstream
from tests.stub_upstream import whole

from sekisho.cli.main import sekisho
from sekisho.core.errors import ConfigurationError
from sekisho.evaluation import peers


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A directory for items, in the one from which commands run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    place = tmp_path / "data"
    place.mkdir()
    return place


@pytest.fixture
def run(data):
    lines = [
        {"id": "1", "text": "電話は⟦privacy.phone|090-1234-5678⟧です"},
        {"id": "2", "text": "番号は⟦privacy.my_number|123456789018⟧です"},
        {"id": "3", "text": "天気の話です"},
    ]
    (data / "mine.jsonl").write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")

    def run(*arguments):
        options = ["eval", "guards", "--guards", "privacy", "--data", str(data), *arguments]
        result = CliRunner().invoke(sekisho, options, standalone_mode=False)
        if result.exception:
            raise result.exception
        return result.stdout

    return run


def test_the_table_has_a_row_for_each_set_with_its_error(run):
    told = run("--language", "en")
    assert told.splitlines()[0].startswith("| set | items (with/without) | precision |")
    assert "| mine | 2/1 | 1.000 [" in told
    assert "95 % intervals" in told
    assert "95%区間" in run("--language", "ja")


def test_categories_are_told_when_asked_for(run):
    assert "privacy.phone: 1.000" in run("--categories")
    assert "privacy.phone:" not in run()


def test_json_has_every_figure(run):
    row = json.loads(run("--json", "mine"))
    assert (row["name"], row["positive"], row["negative"]) == ("mine", 2, 1)
    assert set(row["f1"]) == {"value", "low", "high"}


def test_an_unknown_set_is_an_error(run):
    with pytest.raises(ConfigurationError, match="known: mine"):
        run("other")


def test_peers_that_are_installed_have_rows_of_their_own(run, monkeypatch):
    def start():
        return lambda text: iter([(3, 16, "TEL")] if "電話" in text else [])

    here = peers.Peer("click", frozenset({"privacy"}), {"TEL": "privacy.phone"}, start)
    absent = peers.Peer("no-such-package-here", frozenset({"privacy"}), {}, start)
    monkeypatch.setattr(peers, "PEERS", (here, absent))
    told = run("--peers", "--language", "en")
    assert "| mine: click 8." in told
    assert "no-such-package" not in told
    assert "click" not in run()


def test_reliability_is_drawn_and_told_for_each_set(run, tmp_path):
    told = run("--reliability", str(tmp_path / "r.svg"), "--language", "en")
    assert "Expected calibration error" in told
    assert "\n  mine: 0." in told
    assert "share that is right" in (tmp_path / "r.svg").read_text("utf-8")
    with pytest.raises(ConfigurationError, match="--reliability"):
        run("--reliability", str(tmp_path / "nowhere" / "r.svg"))


LINES = [
    {"id": "1", "text": "毒の話", "labels": ["harm.illegal"]},
    {"id": "2", "text": "謎の話", "labels": ["harm.illegal"]},
    {"id": "3", "text": "空の話", "labels": []},
    {"id": "4", "text": "海の話", "labels": []},
]


async def judge(conversation):
    """Answers as Llama Guard does: 毒 is unsafe, and what it does not understand it says so of."""
    said = json.dumps(conversation.request.body, ensure_ascii=False)
    await conversation.send(whole(chat("unsafe\nS9" if "毒" in said else "hm" if "謎" in said else "safe")))


@pytest.fixture
def judged(data, tmp_path):
    (data / "mine.jsonl").write_text("\n".join(json.dumps(line) for line in LINES), "utf-8")
    (tmp_path / "wide.yaml").write_text("{profile: wide, title: {ja: 広, en: Wide}, unsure: {harm: [0, 0.9]}}", "utf-8")
    with upstream() as model:
        model.stub.plan = judge
        settings = {
            "models": {"guard": {"url": model.url, "retries": 0}},
            "model_guards": [{"name": "llama", "format": "llama-guard-4", "model": "guard", "budget_s": 30}],
            "guards": ["code"],
            "profiles": [str(tmp_path)],
        }
        (tmp_path / "settings").mkdir()
        config = tmp_path / "settings" / "sekisho.yaml"
        config.write_text(json.dumps(settings), "utf-8")

        def run(*arguments):
            options = ["eval", "guards", "--config", str(config), "--data", str(data), *arguments]
            result = CliRunner().invoke(sekisho, options, standalone_mode=False)
            if result.exception:
                raise result.exception
            return result.stdout, len(model.stub.received)

        yield run


def test_model_guards_alone_are_asked_about_every_text_and_their_failures_told(judged):
    told, asked = judged("--tier", "third", "--language", "en")
    assert asked == 4
    assert "| model guards asked | seconds to their answer (median) | a guard failed |" in told.splitlines()[0]
    assert told.splitlines()[2].startswith("| mine | 1/2 | 1.000 [")
    assert "| 1.000 [0.510, 1.000] |" in told
    assert told.splitlines()[2].endswith("| 0.250 [0.046, 0.699] |")
    assert "Texts on which a guard failed" in told


def test_together_they_are_asked_within_the_band_of_the_profile(judged):
    told, asked = judged("--json")
    assert (asked, json.loads(told)["model_asked"]["value"]) == (0, 0), (
        "office begins at 0.2, and nobody found anything"
    )
    told, asked = judged("--json", "--profile", "wide")
    assert (asked, json.loads(told)["failed"]["value"]) == (4, 0.25)


@pytest.mark.parametrize("tier", ["first", "second"])
def test_other_tiers_ask_no_model_guard(judged, tier):
    told, asked = judged("--tier", tier, "--profile", "wide", "--language", "en")
    assert asked == 0
    assert "model guards" not in told


def test_a_model_guard_is_chosen_by_its_name_as_others_are(judged):
    assert judged("--guards", "code", "--profile", "wide")[1] == 0
    assert judged("--guards", "llama", "--profile", "wide", "--limit", "2")[1] == 2
    with pytest.raises(ConfigurationError, match="names no model guard"):
        judged("--guards", "code", "--tier", "third")
