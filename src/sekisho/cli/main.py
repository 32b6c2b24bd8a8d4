"""The command `sekisho`: finds the subcommand, and turns errors into sentences and exit codes."""

import gettext
import importlib
import os
import sys
from collections.abc import Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any, cast

import click

from sekisho import __version__
from sekisho.core.errors import ConfigurationError, RequestError, SekishoError
from sekisho.core.language import Language

DONE, NEGATIVE, WRONG_USE, FAULT = 0, 1, 2, 3
WORDS = Path(__file__).with_name("locale")

COMMANDS = {
    "serve": "sekisho.cli.serve",
    "check": "sekisho.cli.check",
    "profile": "sekisho.cli.profile",
    "key": "sekisho.cli.key",
    "stop": "sekisho.cli.stop",
    "start": "sekisho.cli.stop",
    "ledger": "sekisho.cli.ledger",
    "verify": "sekisho.cli.verify",
    "audit": "sekisho.cli.audit",
    "exchange": "sekisho.cli.exchange",
    "watermark": "sekisho.cli.watermark",
    "mark": "sekisho.cli.mark",
    "witness": "sekisho.cli.witness",
    "model": "sekisho.cli.model",
    "eval": "sekisho.cli.eval",
}


class Commands(click.Group):
    """Loads a subcommand only when it is asked for, so that every command starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all subcommands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand `cmd_name`: the object of that name in its module, with help in the reader's language."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = cast("click.Command", getattr(importlib.import_module(module), cmd_name))
        if (ctx.find_root().obj or language_of_terminal(os.environ)) == "en":
            return command
        return cast("click.Command", importlib.import_module("sekisho.cli.japanese").told(command, cmd_name))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sekisho")
def sekisho() -> None:
    """A checkpoint for generative AI (生成AIの関所)."""


def language_of_terminal(environ: Any) -> Language:
    """Japanese where the locale is Japanese, else English."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "ja" if locale.startswith("ja") else "en"


def language_of(arguments: Sequence[str], environ: Any) -> Language:
    """The language that `--language` names among the arguments, as the commands read it; else that of the terminal."""
    named = list(takewhile(lambda one: one != "--", arguments))
    wanted = ""
    for option, value in pairwise([*named, ""]):
        name, assigned, joined = option.partition("=")
        if name == "--language":
            wanted = joined if assigned else value
    return wanted if wanted in ("ja", "en") else language_of_terminal(environ)


def told(fault: SekishoError, language: Language) -> tuple[str, int]:
    """What an error looks like in the terminal, and the exit code that goes with it."""
    code = WRONG_USE if isinstance(fault, ConfigurationError | RequestError) else FAULT
    return f"sekisho: {fault.say(language)}\n  {fault.advise(language)}", code


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 1 a negative answer, 2 wrong use, 3 a fault."""
    language = language_of(sys.argv[1:], os.environ)
    if language == "ja":  # what click says itself
        os.environ["LANGUAGE"] = language  # where gettext looks first, whatever the terminal speaks
        gettext.bindtextdomain("sekisho", str(WORDS))
        gettext.textdomain("sekisho")
    try:
        code = sekisho.main(standalone_mode=False, obj=language)
        sys.exit(code if isinstance(code, int) else DONE)
    except click.exceptions.Abort:
        sys.exit(FAULT)
    except click.ClickException as fault:
        fault.show()
        sys.exit(WRONG_USE)
    except SekishoError as fault:
        sentence, code = told(fault, language)
        click.echo(sentence, err=True)
        sys.exit(code)
