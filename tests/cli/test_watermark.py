import http.client
import json
import os
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from sekisho.cli.main import DONE
from sekisho.cli.resident import running
from sekisho.cli.watermark import _json, _told, watermark
from sekisho.core.errors import ConfigurationError, UnknownName
from sekisho.core.settings import Settings
from sekisho.models.watermark import key as watermark_key
from sekisho.models.watermark.scheme import Evidence, Watermark


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEKISHO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEKISHO_EMBEDDED", "small")


def run(*words):
    return CliRunner().invoke(watermark, ["detect", *words])


def test_without_a_key_there_is_nothing_to_look_for():
    Path("text.txt").write_text("The sea.")
    assert isinstance(run("text.txt").exception, ConfigurationError)
    watermark_key.made(Path(".sekisho"))
    assert isinstance(run("text.txt", "--model", "nobody").exception, UnknownName)


def asked(model, question):
    """What a model that runs here answers."""
    body = json.dumps({"messages": [{"role": "user", "content": question}], "temperature": 1.5, "max_tokens": 48})
    with closing(http.client.HTTPConnection(model.url.split("/")[2])) as connection:
        connection.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {model.key}"})
        return json.loads(connection.getresponse().read())["choices"][0]["message"]["content"]


def test_what_a_model_here_wrote_is_found_by_its_mark_and_told_in_words(tmp_path):
    settings = Settings(home=str(tmp_path / ".sekisho"), embedded="small", watermark=True)
    with running(settings, "embedded") as model:
        said = asked(model, "Write about the sea.")
        human = "The committee met on Tuesday and postponed every decision until the weather improved."
        key = watermark_key.found(tmp_path / ".sekisho")
        assert not Watermark(key).evidence(model.tokens(human)).found
        command = Path(f"/proc/{model.pid}/cmdline").read_bytes() + Path(f"/proc/{model.pid}/environ").read_bytes()
    assert key.hex().encode() not in command
    Path("marked.txt").write_text(f"She wrote: {said}")
    found = run("marked.txt", "--language", "ja")
    assert (found.exit_code, "透かしが見つかりました" in found.output) == (DONE, True), found.output


def test_figures_are_told_as_words_and_as_json():
    none = Evidence(12, 0.5, 0.3)
    assert "見つかりませんでした" in _told(none, "ja")
    assert "z-score: 0.50" in _told(none, "en")
    assert json.loads(_json(none)) == {"found": False, "counted": 12, "z": 0.5, "p": 0.3}
