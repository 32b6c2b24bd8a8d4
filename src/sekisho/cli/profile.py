"""`sekisho profile`: profiles listed, shown, checked, explained and tuned."""

from pathlib import Path

import click

from sekisho.cli.main import WRONG_USE
from sekisho.cli.options import CONFIG, LANGUAGE
from sekisho.cli.profile_tune import tune
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Language
from sekisho.core.located import read
from sekisho.core.settings import Settings, load
from sekisho.guards.protocol import load as load_guards
from sekisho.policy.catalogue import page
from sekisho.policy.document import profile_of
from sekisho.policy.explain import explained
from sekisho.policy.load import Profiles
from sekisho.server import unsought

DIRECTORIES = click.option("--profiles", metavar="DIR,…", help="Directories with more profiles.")


@click.group()
def profile() -> None:
    """Lists, shows, checks, explains and tunes profiles (プロファイルの一覧・表示・検査・説明・調整)."""


profile.add_command(tune)


@profile.command("list")
@CONFIG
@DIRECTORIES
@LANGUAGE
def list_profiles(config: Path | None, profiles: str | None, language: Language) -> None:
    """Lists the profiles that can be used, with their titles."""
    known = _profiles(config, profiles)
    width = max(len(name) for name in known.names)
    for name in known.names:
        click.echo(f"{name:<{width}}  {known.get(name).title[language]}")


@profile.command("show")
@click.argument("name")
@CONFIG
@DIRECTORIES
def show_profile(name: str, config: Path | None, profiles: str | None) -> None:
    """Prints the profile NAME as it is written."""
    click.echo(_profiles(config, profiles).file(name).read_text("utf-8"), nl=False)


@profile.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@CONFIG
@LANGUAGE
@click.pass_context
def check_files(context: click.Context, files: tuple[Path, ...], config: Path | None, language: Language) -> None:
    """Checks profile FILES; exits with 2 when one has a mistake, and names its line and column.

    Notes on standard error tell which rules have no effect, since no guard of the settings looks for them.
    """
    settings = load(config)
    guards = load_guards(settings.guards)
    mistakes = 0
    for file in files:
        try:
            document = read(file)
            checked = profile_of(document)
            found = unsought.by(settings, guards, checked)
        except ConfigurationError as fault:
            mistakes += 1
            click.echo(fault.say(language), err=True)
        else:
            click.echo(f"{file}: {checked.name} {checked.digest}")
            for stage, rules in found.items():
                for rule in rules:
                    note = unsought.RULE[language].format(rule=rule)
                    click.echo(f"{document.where(stage.value, rule)}: {note}", err=True)
    if mistakes:
        context.exit(WRONG_USE)


@profile.command("explain")
@click.argument("name")
@CONFIG
@DIRECTORIES
@LANGUAGE
def explain_profile(name: str, config: Path | None, profiles: str | None, language: Language) -> None:
    """Tells in sentences what the profile NAME does, and which rules have no effect with the guards of the settings."""
    settings = load(config, profiles=profiles)
    told = _of(settings).get(name)
    found = unsought.by(settings, load_guards(settings.guards), told)
    click.echo(explained(told, language, found), nl=False)


@profile.command("categories")
@LANGUAGE
def list_categories(language: Language) -> None:
    """Prints every category that a rule can name, as a Markdown page."""
    click.echo(page(language), nl=False)


def _profiles(config: Path | None, directories: str | None) -> Profiles:
    return _of(load(config, profiles=directories))


def _of(settings: Settings) -> Profiles:
    return Profiles([Path(directory).expanduser() for directory in settings.profiles])
