"""The command itself: every subcommand loads, and errors become sentences and exit codes."""

import os
import subprocess

import click
import pytest
from tests.pace import turns
from tests.server.running import PROGRAM

from sekisho import __version__
from sekisho.cli.main import COMMANDS, language_of, language_of_terminal, sekisho


@pytest.fixture
def run(tmp_path):
    def run(*arguments, language="C.UTF-8", given=""):
        environ = {"PATH": "/usr/bin:/bin", "LANG": language, "HOME": str(tmp_path)}
        command = [PROGRAM, *arguments]
        return subprocess.run(
            command, input=given, capture_output=True, text=True, check=False, cwd=tmp_path, env=environ
        )

    return run


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_explains_itself(name):
    command = sekisho.get_command(click.Context(sekisho), name)
    assert command is not None
    assert command.help


def test_an_unknown_command_is_wrong_use(run):
    done = run("fly")
    assert done.returncode == 2
    assert "fly" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_told(run):
    assert __version__ in run("--version").stdout


@pytest.mark.parametrize(("language", "word"), [("ja_JP.UTF-8", "直して"), ("en_GB.UTF-8", "Correct")])
def test_a_mistake_is_told_in_the_language_of_the_terminal(run, language, word):
    done = run("check", "--profile", "nowhere", language=language)
    assert done.returncode == 2
    assert done.stderr.startswith("sekisho: ")
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_is_no_directory_is_told(run, tmp_path):
    (tmp_path / "file").write_text("")
    done = run("stop", "all", "--home", str(tmp_path / "file"))
    assert done.returncode in (2, 3)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "ja"}, "ja"),
    ],
)
def test_the_language_follows_the_locale(environ, language):
    assert language_of_terminal(environ) == language


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        ("check", "en"),
        ("check --language ja x", "ja"),
        ("check --language=ja", "ja"),
        ("check --language=ja --language en", "en"),
        ("check --language en --language=ja", "ja"),
        ("check --language", "en"),
        ("check --language fr", "en"),
        ("check -- --language ja", "en"),
    ],
)
def test_an_option_goes_before_the_locale(arguments, language):
    assert language_of(arguments.split(), {"LANG": "en_GB.UTF-8"}) == language


def test_help_comes_at_once(run):
    """By processor time, since others may keep the processor."""
    run("--help")
    before = os.times()
    assert "serve" in run("--help").stdout
    after = os.times()
    spent_s = after.children_user + after.children_system - before.children_user - before.children_system
    assert 0 < turns(spent_s) < 1500
