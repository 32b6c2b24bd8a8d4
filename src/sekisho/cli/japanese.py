"""`--help` in Japanese: the same commands with the words of help_ja.yaml."""

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import click
import msgspec

from sekisho.core.located import read

FILE = Path(__file__).with_name("help_ja.yaml")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the help of a command says, and that of each option which has one, by its first name."""

    text: str
    options: dict[str, str] = {}


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All words, by the command's name without `sekisho`; `options` are those that many commands have."""

    options: dict[str, str]
    commands: dict[str, Words]


@cache
def texts() -> Texts:
    """What stands in the file. Raises `ConfigurationError`."""
    return read(FILE).into(Texts)


def told(command: click.Command, name: str) -> click.Command:
    """A copy of the command, and of those below it, whose help is in Japanese. What has no words keeps its own."""
    words = texts().commands.get(name)
    made = copy.copy(command)
    if words is not None:
        made.help = words.text
        made.short_help = words.text.partition("。")[0]
    known = {**texts().options, **(words.options if words is not None else {})}
    made.params = [_option(one, known) for one in command.params]
    if isinstance(made, click.Group) and isinstance(command, click.Group):
        made.commands = {below: told(one, f"{name} {below}") for below, one in command.commands.items()}
    return made


def _option(parameter: click.Parameter, known: Mapping[str, str]) -> click.Parameter:
    if not isinstance(parameter, click.Option) or parameter.opts[0] not in known:
        return parameter
    made = copy.copy(parameter)
    made.help = known[parameter.opts[0]]
    return made
