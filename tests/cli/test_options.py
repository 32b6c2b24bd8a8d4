"""Options that several commands have mean the same in each."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sekisho.cli.main import COMMANDS, sekisho
from sekisho.cli.options import CONFIG, HOME, LANGUAGE


@click.command()
@HOME
@CONFIG
@LANGUAGE
def told(**given):
    click.echo(repr(given))


def run(*arguments, locale=""):
    return CliRunner().invoke(told, arguments, env={"LC_ALL": locale, "LC_MESSAGES": "", "LANG": ""})


def commands():
    """Every command and subcommand by name."""
    context = click.Context(sekisho)
    for name in COMMANDS:
        command = sekisho.get_command(context, name)
        yield name, command
        yield from getattr(command, "commands", {}).items()


@pytest.mark.parametrize(("locale", "language"), [("ja_JP.UTF-8", "ja"), ("en_GB.UTF-8", "en"), ("", "en")])
def test_the_language_is_that_of_the_terminal_unless_it_is_chosen(locale, language):
    assert f"'language': '{language}'" in run(locale=locale).output
    assert "'language': 'ja'" in run("--language", "ja", locale=locale).output


def test_a_language_that_is_not_spoken_is_wrong_use():
    assert run("--language", "fr").exit_code == 2


def test_places_are_left_to_the_settings_unless_they_are_given():
    assert "'home': None, 'config': None" in run().output
    assert repr(Path("a.yaml")) in run("--config", "a.yaml", "--home", "h").output


def test_options_of_one_name_are_one_option_in_every_command():
    shared = {"home": set(), "config": set(), "language": set()}
    for _, command in commands():
        for option in command.params:
            if option.name in shared:
                shared[option.name].add((*option.opts, option.help))
    assert {name: len(kinds) for name, kinds in shared.items()} == {"home": 1, "config": 1, "language": 1}
