"""Options that several commands have."""

import os
from pathlib import Path

import click

from sekisho.cli.main import language_of_terminal

LANGUAGE = click.option(
    "--language",
    type=click.Choice(["ja", "en"]),
    default=lambda: language_of_terminal(os.environ),
    help="Language of the output; by default that of the terminal.",
)
CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file; ./sekisho.yaml by default, where it exists."
)
HOME = click.option("--home", metavar="DIR", help="Directory of the state; SEKISHO_HOME or ./.sekisho by default.")
