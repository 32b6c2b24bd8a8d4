"""`sekisho ledger reindex`: the index for look-ups, emptied so that it is made anew."""

from contextlib import closing
from pathlib import Path

import click

from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import load
from sekisho.ledger import store

EMPTIED: Bilingual = {
    "ja": "照合のための索引を空にしました。サーバーが動いていればすぐに、いなければ次の起動時に作り直します。",
    "en": "The index for look-ups is empty. The server rebuilds it from the contents kept, now or at its next start.",
}


@click.command()
@HOME
@CONFIG
@LANGUAGE
def reindex(home: str | None, config: Path | None, language: Language) -> None:
    """Empties the index by which the verifier finds texts, pictures and sounds (照合の索引を作り直します)."""
    from sekisho.provenance.codes import FILE as CODES
    from sekisho.provenance.codes import Codes
    from sekisho.provenance.index_file import KEY_FILE
    from sekisho.provenance.passages.index import Passages
    from sekisho.provenance.passages.store import FILE

    settings = load(config, home=home)
    directory = settings.directory
    if (
        not settings.database and not (directory / store.FILE).exists()
    ):  # so that a wrong directory is not filled with an index
        raise ConfigurationError(where=str(directory / store.FILE), what="there is no ledger here")
    try:
        opened = Passages.open(directory), Codes.open(directory)
    except ConfigurationError:  # damaged: there is nothing in it that the ledger does not have
        for name in (KEY_FILE, *(f"{file.name}{end}" for file in (FILE, CODES) for end in ("", "-wal", "-shm"))):
            (directory / name).unlink(missing_ok=True)
        opened = Passages.open(directory), Codes.open(directory)
    passages, codes = opened
    with closing(passages), closing(codes):
        codes.clear()
        passages.clear()
    click.echo(EMPTIED[language], err=True)
