import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sekisho.cli.main import DONE, WRONG_USE
from sekisho.cli.profile import profile
from sekisho.core.errors import ConfigurationError
from sekisho.policy.load import BUILT_IN, Profiles

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEKISHO_")]:
        monkeypatch.delenv(name)


def run(*words):
    return CliRunner().invoke(profile, words)


def own_profile(directory):
    directory.mkdir()
    (directory / "desk.yaml").write_text("profile: desk\ntitle: {ja: 窓口, en: Desk}\n", "utf-8")
    return directory


def test_list_prints_every_profile_with_its_title():
    result = run("list", "--language", "ja")
    assert result.exit_code == DONE
    assert [line.split()[0] for line in result.output.splitlines()] == list(Profiles().names)
    assert "citizens-desk       市民窓口" in result.output


def test_list_includes_the_operators_own_directories(tmp_path):
    directory = own_profile(tmp_path / "mine")
    (tmp_path / "own.yaml").write_text(f"profiles: [{directory}]\n", "utf-8")
    for words in (("--profiles", str(directory)), ("--config", "own.yaml")):
        assert "desk                Desk\n" in run("list", "--language", "en", *words).output


def test_the_language_follows_the_terminal(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert "事務" in run("list").output
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "Office work" in run("list").output


def test_show_prints_the_file_as_it_is_written():
    assert run("show", "office").output == (BUILT_IN / "office.yaml").read_text("utf-8")


def test_an_unknown_name_is_an_error_with_a_suggestion():
    for command in ("show", "explain"):
        result = run(command, "offic")
        assert isinstance(result.exception, ConfigurationError)
        assert "did you mean `office`?" in str(result.exception)


def test_check_names_each_good_file_and_every_bad_ones_place(tmp_path):
    (tmp_path / "bad.yaml").write_text("profile: bad\ntitle: {ja: あ, en: a}\nentry: {privcy: mask}\n", "utf-8")
    good = str(BUILT_IN / "office.yaml")
    result = run("check", "bad.yaml", good, "nowhere.yaml")
    assert result.exit_code == WRONG_USE
    assert result.stdout == f"{good}: office {Profiles().get('office').digest}\n"
    assert "bad.yaml:3:9: unknown category `privcy`; did you mean `privacy`?\n" in result.stderr
    assert "nowhere.yaml: cannot be read" in result.stderr


def test_check_is_content_with_every_built_in_profile():
    files = sorted(str(file) for file in BUILT_IN.glob("*.yaml"))
    result = run("check", *files)
    assert result.exit_code == DONE
    assert len(result.stdout.splitlines()) == len(files) == 8


def test_check_notes_the_rules_for_which_nothing_looks_with_their_places(tmp_path):
    (tmp_path / "desk.yaml").write_text(
        "profile: desk\ntitle: {ja: 窓口, en: Desk}\nexit:\n  grounding: hold\n  secret: mask\n", "utf-8"
    )
    result = run("check", "desk.yaml", "--language", "en")
    assert (result.exit_code, len(result.stderr.splitlines())) == (DONE, 1)
    assert result.stderr.startswith("desk.yaml:4:3: note: no guard that is loaded looks for `grounding` here")
    assert "desk.yaml:4:3: 注意: " in run("check", "desk.yaml", "--language", "ja").stderr
    (tmp_path / "sekisho.yaml").write_text("guards: [attack]\n", "utf-8")
    assert "desk.yaml:5:3: note" in run("check", "desk.yaml", "--language", "en").stderr


def test_explain_marks_what_nothing_looks_for():
    lines = run("explain", "citizens-desk", "--language", "en").output.splitlines()
    marked = [line for line in lines if line.endswith("(With the present settings, no guard looks for it.)")]
    assert any("missing or wrong grounds" in line for line in marked)
    assert not any("personal data" in line for line in marked)
    assert (
        "(今の設定には、これを探すガードがありません。)" in run("explain", "citizens-desk", "--language", "ja").output
    )


def test_the_command_itself_exits_with_two_for_a_bad_file(tmp_path):
    (tmp_path / "bad.yaml").write_text("profile: [", "utf-8")
    command = "from sekisho.cli.main import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", command, "profile", "check", "bad.yaml"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (WRONG_USE, "")
    assert ended.stderr.startswith("bad.yaml:1:11: ")


def test_explain_tells_the_profile_in_the_language_asked_for():
    assert "そこで止めて、理由をお知らせします。" in run("explain", "office", "--language", "ja").output
    assert "it is stopped, and you are told why." in run("explain", "office", "--language", "en").output


def test_categories_prints_the_page_of_the_documentation():
    output = run("categories", "--language", "en").output
    assert output == (DOCS / "en" / "categories.md").read_text("utf-8")


def blocks(language):
    return BLOCK.findall((DOCS / language / "profiles.md").read_text("utf-8"))


def blocks_without_comments(language):
    return [(kind, re.sub(r" +# .*", "", body)) for kind, body in blocks(language)]


def test_the_guide_has_the_same_headings_levels_and_blocks_in_both_languages():
    levels = []
    for language in ("ja", "en"):
        text = BLOCK.sub("", (DOCS / language / "profiles.md").read_text("utf-8"))
        levels.append([line.split()[0] for line in text.splitlines() if line.startswith("#")])
    assert levels[0] == levels[1]
    assert blocks_without_comments("ja") == blocks_without_comments("en")


def test_every_block_of_the_guide_works(tmp_path):
    seen = set()
    for kind, block in blocks("en"):
        seen.add(kind)
        if kind == "yaml":
            (tmp_path / "town-library.yaml").write_text(block, "utf-8")
            assert run("check", "town-library.yaml").exit_code == DONE, block
            continue
        for line in block.splitlines():
            command, _, rest = line.removeprefix("sekisho ").partition(" ")
            assert (kind, command) == ("sh", "profile"), line
            assert run(*rest.split()).exit_code == DONE, line
    assert seen == {"yaml", "sh"}
