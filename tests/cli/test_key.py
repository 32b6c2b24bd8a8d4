"""`sekisho key`: the key on standard output, words on standard error, and no secret anywhere else."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from sekisho.cli.main import sekisho
from sekisho.core.errors import ConfigurationError, InvalidName, NameTaken, UnknownKey, UnknownName
from sekisho.core.settings import Settings
from sekisho.policy.load import Profiles
from sekisho.server.access import Access


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_US.UTF-8")

    def run(*arguments):
        result = CliRunner().invoke(sekisho, ["key", *arguments], standalone_mode=False)
        if result.exception:
            raise result.exception
        return result

    return run


@pytest.fixture
def access(tmp_path):
    access = Access(tmp_path / ".sekisho", settings=Settings())
    yield access
    access.close()


def test_standard_output_is_the_key_alone_and_it_works(run, access):
    result = run("create", "app", "--profile", "coding", "--profile", "office", "--concurrent", "3")
    found = access.identify("Bearer " + result.stdout.removesuffix("\n"))
    assert (found.name, found.profiles, found.concurrent) == ("app", ("coding", "office"), 3)
    assert "only this once" in result.stderr
    assert result.stdout.strip() not in result.stderr


def test_every_limit_can_be_set(run):
    run("create", "app", "--requests-per-minute", "60", "--tokens-per-minute", "0", "--concurrent", "2")
    shown = json.loads(run("list", "--json").stdout)
    assert shown.pop("created_ms") > 0
    assert shown == {
        "name": "app",
        "profiles": ["office"],
        "requests_per_minute": 60,
        "tokens_per_minute": 0,
        "concurrent": 2,
    }


def test_a_key_without_a_profile_gets_that_of_the_settings(run, monkeypatch):
    monkeypatch.setenv("SEKISHO_PROFILE", "coding")
    run("create", "app")
    assert json.loads(run("list", "--json").stdout)["profiles"] == ["coding"]


def test_a_key_may_be_given_every_profile(run):
    run("create", "app", "--profile", "*")
    assert "profiles: any" in run("list").stdout


def test_a_profile_of_the_operator_is_known(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "p.yaml").write_text(
        "profile: mine\ntitle: {ja: 私の, en: Mine}\nentry: {secret: refuse}\n", "utf-8"
    )
    (tmp_path / "sekisho.yaml").write_text("profiles: [mine]\n")
    run("create", "app", "--profile", "mine")


def test_an_unknown_profile_is_refused_with_a_suggestion_and_makes_no_key(run):
    with pytest.raises(UnknownName) as error:
        run("create", "app", "--profile", "citizen-desk")
    assert error.value.details["near"].startswith("citizens-desk")
    assert set(error.value.details["near"].split(", ")) == set(Profiles().names)
    assert run("list", "--json").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["app", "--profile", "*", "--profile", "office"], ConfigurationError),
        (["a b"], InvalidName),
        (["taken"], NameTaken),
    ],
)
def test_what_makes_no_sense_is_refused(run, arguments, error):
    run("create", "taken")
    with pytest.raises(error):
        run("create", *arguments)


def test_a_revoked_key_is_out_at_once_and_off_the_list(run, access):
    key = run("create", "app").stdout.strip()
    assert access.identify(f"Bearer {key}").name == "app"
    assert "was revoked" in run("revoke", "app").stderr
    with pytest.raises(UnknownKey):
        access.identify(f"Bearer {key}")
    assert "no keys yet" in run("list").stderr


def test_the_list_shows_limits_in_words_and_never_a_key(run):
    key = run("create", "app", "--requests-per-minute", "1000").stdout.strip()
    shown = run("list").stdout
    assert "requests/min: 1,000" in shown
    assert "tokens/min: no limit" in shown
    assert key not in shown
    assert key.removeprefix("sk-sekisho-")[:8] not in shown


def test_words_are_japanese_where_asked(run):
    assert "この一度だけ" in run("create", "窓口", "--language", "ja").stderr
    assert "窓口  プロファイル: office" in run("list", "--language", "ja").stdout


def test_another_home_has_other_keys(run, tmp_path):
    run("create", "app", "--home", str(tmp_path / "other"))
    assert run("list", "--json").stdout == ""
    assert (tmp_path / "other" / "access.sqlite").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["revoke", "nobody"], 2, "「nobody」"),
        (["create", "app", "--concurrent", "-1"], 2, "--concurrent"),
        (["list"], 3, "APIキーと停止の記録を使えません"),
    ],
)
def test_the_exit_code_and_a_sentence_tell_what_went_wrong(tmp_path, arguments, code, words):
    if code == 3:
        (tmp_path / "access.sqlite").write_bytes(b"no database" * 100)
    done = subprocess.run(
        [sys.executable, "-c", "from sekisho.cli.main import main; main()", "key", *arguments],
        env={**os.environ, "LC_ALL": "ja_JP.UTF-8", "PYTHONUTF8": "1", "SEKISHO_HOME": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
