"""`sekisho eval guards`: the table, the JSON, and sets of one's own."""

import json

import pytest
from click.testing import CliRunner

from sekisho.cli.main import sekisho
from sekisho.core.errors import ConfigurationError
from sekisho.evaluation import peers


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    data = tmp_path / "data"
    data.mkdir()
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
