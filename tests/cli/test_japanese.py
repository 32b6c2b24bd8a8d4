"""`--help` in Japanese says of every command and option what it says in English."""

import re

import click
import pytest
from click.testing import CliRunner

from sekisho.cli.japanese import texts
from sekisho.cli.main import COMMANDS, sekisho


def every(command, name):
    yield name, command
    if isinstance(command, click.Group):
        for below, one in command.commands.items():
            yield from every(one, f"{name} {below}")


@pytest.fixture
def english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    context = click.Context(sekisho)
    return dict(pair for name in COMMANDS for pair in every(sekisho.get_command(context, name), name))


def described(command):
    return {one.opts[0] for one in command.params if isinstance(one, click.Option) and one.help}


def test_every_command_and_every_option_with_words_has_japanese_ones_and_there_are_no_others(english):
    common = set(texts().options)
    assert set(texts().commands) == set(english)
    for name, command in english.items():
        words = texts().commands[name]
        assert set(words.options) == described(command) - common, name
        assert all(re.search("[ぁ-ん一-龠]", said) for said in (words.text, *words.options.values())), name


def test_help_follows_the_terminal_and_the_command_stays_the_same(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    told = CliRunner().invoke(sekisho, ["key", "create", "--help"]).stdout
    assert "という名前のキーを作ります" in told
    assert "Concurrent requests" not in told
    assert "APIキーの作成・一覧・取り消し" in CliRunner().invoke(sekisho, ["--help"]).stdout
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "Concurrent requests" in CliRunner().invoke(sekisho, ["key", "create", "--help"]).stdout
