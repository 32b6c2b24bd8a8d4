import gettext
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sekisho.cli.main import WORDS

PO = WORDS / "ja" / "LC_MESSAGES" / "sekisho.po"


def run(*arguments, language="ja_JP.UTF-8"):
    environ = {**os.environ, "LANG": language, "LC_ALL": language, "PYTHONIOENCODING": "utf-8"}
    environ.pop("LANGUAGE", None)
    command = [str(Path(sys.executable).with_name("sekisho")), *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_the_compiled_words_are_those_of_the_text():
    with PO.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    entries = [entry for entry in PO.read_text().split("\n\n") if 'msgid ""' not in entry and entry.strip()]
    assert len(entries) > 40
    for entry in entries:
        lines = dict(line.partition(" ")[::2] for line in entry.splitlines() if line.startswith("msg"))
        said = {
            key: value.strip('"').replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t")
            for key, value in lines.items()
        }
        if "msgid_plural" in said:
            assert compiled.ngettext(said["msgid"], said["msgid_plural"], 2) == said["msgstr[0]"]
        else:
            assert compiled.gettext(said["msgid"]) == said["msgstr"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serv"], "'serv' というコマンドはありません。"),
        (["check", "--foo"], "'--foo' というオプションはありません。"),
        (["check", "--stage", "foo"], "使えるのは 'entry', 'source', 'action', 'exit' です。"),
        (["verify"], "足りない引数があります: 'RECEIPT'."),
        (["check", "x"], "余分な引数があります (x)"),
    ],
)
def test_wrong_use_is_told_in_the_language_of_the_terminal(arguments, said):
    japanese, english = run(*arguments), run(*arguments, language="C.UTF-8")
    assert said in japanese.stderr
    assert "使い方: sekisho" in japanese.stderr
    assert "Usage: sekisho" in english.stderr
    assert japanese.returncode == english.returncode == 2


@pytest.mark.parametrize("named", [["--language", "ja"], ["--language=ja"]])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--foo"], "'--foo' というオプションはありません。"),
        (["check", "--profile", "nowhere"], "`nowhere` というプロファイルはありません。"),
        (["check", "--help"], "使い方: sekisho check"),
    ],
)
def test_an_option_names_the_language_of_all_that_is_said(arguments, said, named):
    japanese = run(*arguments[:1], *named, *arguments[1:], language="C.UTF-8")
    english = run(*arguments, "--language", "en")
    assert said in japanese.stdout + japanese.stderr
    assert said not in english.stdout + english.stderr


def test_the_headings_of_help_are_japanese_too():
    told = run("check", "--help").stdout
    assert told.startswith("使い方: sekisho check")
    assert "オプション:" in told
    assert "この説明を表示します。" in told
