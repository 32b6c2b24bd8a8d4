"""Options that several commands have."""

import os
from pathlib import Path

import click

from sekisho.cli.main import language_of_terminal

PATIENT_S = 60.0  # for guards, where nobody waits: what they say shall not depend on how busy the machine is
LANGUAGE = click.option(
    "--language",
    type=click.Choice(["ja", "en"]),
    default=lambda: language_of_terminal(os.environ),
    help="Language of the output; by default that of the terminal.",
)
CONFIG = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file; ./sekisho.yaml by default, if it exists."
)
HOME = click.option("--home", metavar="DIR", help="Directory of the state; SEKISHO_HOME or ./.sekisho by default.")
