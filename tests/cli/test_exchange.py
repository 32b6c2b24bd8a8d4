import asyncio
import base64
import json
import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from tests.provenance.media.samples import SAMPLES
from tests.server.running import Upstream
from tests.stub_upstream import raw, whole

from sekisho.cli.exchange import exchange
from sekisho.cli.main import DONE, NEGATIVE
from sekisho.cli.replaying import Asked, pipeline
from sekisho.core.errors import ConfigurationError, ContentRefused, UnknownName
from sekisho.core.settings import load
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.signer import Signer
from sekisho.pipeline.exported import ExportRejected
from sekisho.pipeline.media import IMAGES, SPEECH, Media
from sekisho.pipeline.passage import Caller
from sekisho.pipeline.record import Recorder
from sekisho.policy.load import Profiles
from sekisho.provenance.media.files import Files
from sekisho.provenance.rejected import ReceiptRejected

QUESTION = {"messages": [{"role": "user", "content": "電話は090-1234-5678です。"}], "temperature": 0, "seed": 7}


@pytest.fixture(scope="module")
def town():
    with Upstream() as model:
        yield model


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch, town):
    """A directory with settings that name one model, where commands look by default."""
    town.reset()
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEKISHO_")]:
        monkeypatch.delenv(name)
    settings = {"models": {"town": {"url": town.url}}, "embedded": "small", "guards": ["privacy"]}
    Path("sekisho.yaml").write_text(json.dumps(settings))
    return tmp_path


def recorded(body, model="town", path=""):
    """An exchange that took place, in the ledger; its number."""
    settings = load(None)
    signer = Signer.open(settings.directory, "log.example/town") if settings.directory.exists() else None
    log = Ledger.open(settings.directory, signer=signer)
    signer = signer or Signer.open(settings.directory, "log.example/town")

    async def run():
        async with pipeline(settings, Asked(model)) as made:
            recording, caller = (
                replace(made, recorder=Recorder(log, signer)),
                Caller("me", Profiles().get("office"), "ja"),
            )
            if path:
                files = Files.open(settings.directory, settings.marks)
                return (await Media(recording, files).run(orjson.dumps(body), caller, path)).passage.exchange.id
            return (await recording.run(orjson.dumps(body), caller)).passage.exchange.id

    try:
        return asyncio.run(run())
    finally:
        log.close()


def run(*words):
    return CliRunner().invoke(exchange, [*words, "--language", "en"])


def exported(number, *words):
    result = run("export", number, "--out", "exchange.json", *words)
    assert result.exit_code == DONE, result.output
    return json.loads(Path("exchange.json").read_bytes())


def test_an_exchange_is_written_for_its_owner_only_and_replays_the_same(town):
    told = exported(recorded(QUESTION))
    assert told["parameters"] == {"seed": "7", "temperature": "0"}
    assert Path("exchange.json").stat().st_mode & 0o077 == 0
    result = run("replay", "exchange.json", "--runs", "2")
    assert (result.exit_code, "2 of 2 runs came out the same" in result.stderr) == (DONE, True), result.output
    assert "The file agrees with entry 0 of the ledger “log.example/town”" in result.stderr
    assert "Profile: still the same (office)" in result.stderr
    assert "whether it is the same is not known" in result.stderr
    assert "090-1234-5678" not in town.asked
    assert "[PHONE_1]" in town.asked


def test_another_answer_exits_with_one_and_is_told_in_words_and_as_json(town):
    exported(recorded(QUESTION))
    town.stub.says = lambda body: "電話はありません。"
    result = CliRunner().invoke(exchange, ["replay", "exchange.json", "--language", "ja"])
    assert result.exit_code == NEGATIVE
    assert "応答は4文字目から違います" in result.output
    assert json.loads(run("replay", "exchange.json", "--json").stdout)["at"] == 3


IMAGE = {"model": "town", "prompt": "電話090-1234-5678の看板", "n": 2}


def drawn(*files):
    return raw(whole(json.dumps({"data": [{"b64_json": base64.b64encode(one).decode()} for one in files]}).encode()))


def test_an_image_is_exported_and_replayed_by_the_digests_of_what_the_model_made(town):
    town.stub.then(drawn(b"one", b"two"))
    told = exported(recorded(IMAGE, path=IMAGES))
    assert (told["parameters"], told["sources"]) == ({"n": "2"}, [])
    town.stub.then(drawn(b"one", b"two"), drawn(b"one", b"other"), drawn(b"one"))
    result = run("replay", "exchange.json", "--runs", "3")
    assert result.exit_code == NEGATIVE
    lines = result.stdout.splitlines()
    assert lines[0] == "Run 1: same answer, same verdict"
    assert lines[1] == "Run 2: 1 of 2 files are byte for byte those that the model made then (by SHA-256)"
    assert lines[2] == lines[1].replace("Run 2", "Run 3")
    assert "090-1234-5678" not in town.asked


def test_speech_that_comes_out_the_same_is_the_same_whatever_papers_it_had(town):
    town.stub.then(raw(whole(SAMPLES[".wav"])))
    exported(recorded({"model": "town", "input": "おはよう", "voice": "a"}, path=SPEECH))
    town.stub.then(raw(whole(SAMPLES[".wav"])))
    result = run("replay", "exchange.json", "--json")
    assert (result.exit_code, json.loads(result.stdout)["files"]) == (DONE, [True])


def test_a_file_that_would_be_refused_by_now_is_told(town, monkeypatch):
    town.stub.then(drawn(b"one"))
    exported(recorded({**IMAGE, "prompt": "山の絵", "n": 1}, path=IMAGES))

    async def refused(*_):
        raise ContentRefused(notice="no")

    monkeypatch.setattr(Media, "_inspected", refused)
    result = CliRunner().invoke(exchange, ["replay", "exchange.json", "--language", "ja"])
    assert result.exit_code == NEGATIVE
    assert "1個のファイルのうち0個が" in result.stdout


def test_any_openai_compatible_server_can_be_asked(town, monkeypatch):
    exported(recorded(QUESTION))
    monkeypatch.setenv("ELSEWHERE", "sk-elsewhere")
    result = run("replay", "exchange.json", "--base-url", town.url, "--model", "m-2", "--key-env", "ELSEWHERE")
    assert result.exit_code == DONE, result.output
    assert town.stub.received[-1].body["model"] == "m-2"
    assert town.stub.received[-1].headers["authorization"] == "Bearer sk-elsewhere"


def test_a_changed_file_or_another_key_is_refused(town):
    exported(recorded(QUESTION))
    file = Path("exchange.json")
    raw = file.read_bytes()
    file.write_bytes(raw.replace(b"090-1234", b"090-4321"))
    assert isinstance(run("replay", "exchange.json").exception, ExportRejected)
    file.write_bytes(raw)
    other = Signer.of("log.example/town", bytes(32)).verifier_key
    assert isinstance(run("replay", "exchange.json", "--key", other).exception, ReceiptRejected)
    Path("town.pub").write_text(Signer.open(Path(".sekisho")).verifier_key + "\n")
    assert run("replay", "exchange.json", "--key", "town.pub").exit_code == DONE


def test_without_content_nothing_is_replayed():
    number = recorded(QUESTION)
    told = exported(number, "--without-content")
    assert (told["content"], told["parameters"]) == (None, {"seed": "7", "temperature": "0"})
    rejected = run("replay", "exchange.json").exception
    assert isinstance(rejected, ExportRejected)
    assert "Export it again" not in rejected.advise("en")
    assert "内容が台帳に残っていて" in rejected.advise("ja")
    log = Ledger.open(Path(".sekisho"))
    log.erase(number)
    log.close()
    result = run("export", number)
    assert json.loads(result.stdout)["content"] is None
    assert "cannot be replayed" in result.stderr


def test_a_profile_that_changed_since_is_told_and_the_one_of_that_time_is_used():
    exported(recorded(QUESTION))
    changed = Profiles().file("office").read_text("utf-8").replace("privacy: mask", "privacy: refuse")
    Path("profiles").mkdir()
    Path("profiles/office.yaml").write_text(changed, "utf-8")
    Path("sekisho.yaml").write_text(Path("sekisho.yaml").read_text()[:-1] + ', "profiles": ["profiles"]}')
    result = run("replay", "exchange.json")
    assert (result.exit_code, "office has changed" in result.stderr) == (DONE, True), result.output


def test_what_does_not_exist_is_told(tmp_path):
    assert isinstance(run("export", "nobody").exception, ConfigurationError)
    exported(recorded(QUESTION))
    assert isinstance(run("export", "nobody").exception, UnknownName)
    assert isinstance(run("replay", "exchange.json", "--model", "nobody").exception, UnknownName)
    assert isinstance(run("replay", "exchange.json", "--home", str(tmp_path / "no")).exception, ConfigurationError)


def test_the_model_inside_answers_the_same_again_at_temperature_zero():
    asked = {"messages": [{"role": "user", "content": "Name a colour."}], "temperature": 0, "seed": 7, "max_tokens": 8}
    told = exported(recorded(asked, "embedded"))
    assert len(told["weights"]) == 64
    result = run("replay", "exchange.json")
    assert (result.exit_code, "Model file: the same" in result.stderr) == (DONE, True), result.output
