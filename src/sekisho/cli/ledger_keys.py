"""`sekisho ledger rotate-key` and `keys`: the signing key changed, and the history of such changes."""

import time
from pathlib import Path

import click

from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import load
from sekisho.ledger import rotation
from sekisho.pipeline.identity import timestamp

ROTATED: Bilingual = {
    "ja": """署名鍵を替えました。記録 {size:,} 件までは前の鍵、その後は新しい鍵で署名します。
前の秘密鍵は、トークンにあるものを除いて消しました。
前の公開鍵: {old}
新しい公開鍵: {new}
新しい公開鍵と鍵の履歴(sekisho ledger keys)を、控えを確かめる人と証人に渡してください。""",
    "en": """The signing key was changed: the old one has signed up to {size:,} entries.
Its secret was removed, unless a token holds it.
Old public key: {old}
New public key: {new}
Give the new public key and the history (`sekisho ledger keys`) to whoever verifies, and to witnesses.""",
}


@click.command("rotate-key")
@click.option("--to", "store", default="", metavar="STORE", help="keyring:NAME or a PKCS#11 URI. Default: a file.")
@HOME
@CONFIG
@LANGUAGE
def rotate_key(store: str, home: str | None, config: Path | None, language: Language) -> None:
    """Makes a new signing key and records the change in the ledger. Stop the server first (署名鍵を替えます)."""
    settings = load(config, home=home)
    now = timestamp(time.time_ns() // 1_000_000)
    change = rotation.rotate(settings.directory, settings.database, now, store)
    click.echo(ROTATED[language].format(size=change.size, old=change.old, new=change.new), err=True)


@click.command("keys")
@HOME
@CONFIG
def print_keys(home: str | None, config: Path | None) -> None:
    """Prints the history of the signing key: one change per line, signed with the old key and with the new one."""
    for change in rotation.read(load(config, home=home).directory):
        click.echo(change.raw)
