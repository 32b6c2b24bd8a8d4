"""`sekisho mark`: files get papers (C2PA manifests), and tell what papers they have."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import msgspec

from sekisho.cli.main import NEGATIVE
from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.core.errors import ConfigurationError, NameTaken
from sekisho.core.language import Bilingual, Language
from sekisho.core.printable import printable
from sekisho.core.settings import Settings, load
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.missing import UnknownExchange
from sekisho.ledger.note import Checkpoint
from sekisho.ledger.record import Logged
from sekisho.ledger.signer import Signer
from sekisho.provenance import receipt as receipts
from sekisho.provenance.media.faults import FileRejected, FileTooLong
from sekisho.provenance.media.files import Files, Reading, kind_of

WORDS: dict[str, Bilingual] = {
    "marked": {"ja": "{file}: しるしを付けて {out} に書き出しました", "en": "{file}: marked, written to {out}"},
    "development": {
        "ja": "注意: 署名に使ったのは、このコンピューターで作った開発用の証明書です。ほかの人には信頼されません。",
        "en": "Note: signed with a development certificate made on this machine; nobody else has reason to trust it.",
    },
    "none": {"ja": "{file}: 来歴情報はありません", "en": "{file}: no manifest"},
    "intact": {"ja": "{file}: 署名の後に変えられていません", "en": "{file}: unchanged since it was signed"},
    "broken": {"ja": "{file}: {flaws}", "en": "{file}: {flaws}"},
    "signer": {"ja": "  署名: {signer}({issuer})、{trust}", "en": "  signed by {signer} ({issuer}), {trust}"},
    "generator": {"ja": "  作成プログラム: {generator}", "en": "  made with {generator}"},
    "generated": {"ja": "  AIによる生成と書かれています", "en": "  it says that AI generated it"},
    "receipt": {"ja": "  控え: {receipt}", "en": "  receipt: {receipt}"},
    "depicted": {
        "ja": "  中身は、来歴情報が指すものと同じに見えます",
        "en": "  the content looks like the one that the manifest describes",
    },
    "other": {
        "ja": "  中身は、来歴情報が指すものではありません",
        "en": "  the content is not the one that the manifest describes",
    },
}
TRUST: dict[str, Bilingual] = {
    "ours": {"ja": "この関所の証明書です", "en": "the certificate of this checkpoint"},
    "trusted": {"ja": "信頼できる証明書です", "en": "trusted"},
    "unknown": {"ja": "信頼できるかどうかは分かりません", "en": "not known whether it can be trusted"},
}


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; for several FILES, a directory.")
@click.option("--exchange", metavar="ID", help="The exchange that the files come from; its receipt goes inside.")
@click.option("--receipt", type=click.File("r"), help="A file with the receipt that goes inside.")
@click.option(
    "--read", "only_read", is_flag=True, help="Only show what the files say; exits with 1 unless all are intact."
)
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def mark(context: click.Context, files: tuple[Path, ...], language: Language, **options: Any) -> None:
    """Writes copies of FILES with a signed statement that AI made them (C2PA).

    A copy is written beside its file as NAME.marked.END; existing files are never overwritten. Needs the extra `media`.
    """
    settings = load(options["config"], home=options["home"])
    settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = Files.open(settings.directory, settings.marks)
    if options["only_read"]:
        intact = [_read(handler, file, language) for file in files]
        if not all(intact):
            context.exit(NEGATIVE)
        return
    given = options["receipt"]
    paper = given.read(receipts.MAX_RECEIPT).strip() if given is not None else ""
    if options["exchange"]:
        paper = _receipt_of(options["exchange"], settings)
    for file in files:
        out = _target(file, options["out"], several=len(files) > 1)
        marked = handler.mark(_bytes_of(file, settings.marks.file_bytes), kind_of(file), paper, file.name)
        with out.open("xb") as written:
            written.write(marked.data)
        click.echo(WORDS["marked"][language].format(file=file, out=out))
    if handler.credentials.development:
        click.echo(WORDS["development"][language], err=True)


def _read(handler: Files, file: Path, language: Language) -> bool:
    """Tells what a file says, or why it cannot be read; whether it is intact."""
    try:
        reading = handler.read(file)
    except FileRejected as fault:
        click.echo(f"{file}: {fault.say(language)}\n  {fault.advise(language)}", err=True)
        return False
    click.echo("\n".join(_told(file, reading, language)))
    return reading.intact


def _bytes_of(file: Path, most: int) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        raise FileTooLong(limit=most)
    return data


def _target(file: Path, out: Path | None, *, several: bool) -> Path:
    if out is None:
        target = file.with_suffix(f".marked{file.suffix}")
    elif several or out.is_dir():
        out.mkdir(parents=True, exist_ok=True)
        target = out / file.name
    else:
        target = out
    if target.exists():
        raise NameTaken(name=target)
    return target


def _receipt_of(exchange: str, settings: Settings) -> str:
    """The receipt of an exchange that stands in the ledger, proven by a checkpoint of now."""
    signer = Signer.found(settings.directory)
    if signer is None:
        raise ConfigurationError(where=str(settings.directory), what="there is no ledger here")
    with closing(Ledger.open(settings.directory, database=settings.database)) as log:
        entry = log.entry_of(exchange)
        if entry is None:
            raise UnknownExchange(name=exchange[:80])
        note = log.checkpoint(signer)
        size = Checkpoint.opened(note, signer.verifier).size
        proof = b"".join(log.inclusion_proof(entry.position, size))
        return receipts.logged(log.leaf(entry.position), Logged(entry.position, exchange, entry.leaf, proof, note))


def _told(file: Path, reading: Reading, language: Language) -> Iterator[str]:
    found = reading.found
    if not found.present:
        yield WORDS["none"][language].format(file=file)
        return
    flaws = (" / " if language == "ja" else ", ").join(reading.flaws(language))
    yield WORDS["intact" if reading.intact else "broken"][language].format(file=file, flaws=flaws)
    trust = "ours" if found.ours else "trusted" if reading.trusted else "unknown"
    shown = {name: printable(value) for name, value in msgspec.structs.asdict(found).items() if isinstance(value, str)}
    yield WORDS["signer"][language].format(trust=TRUST[trust][language], **shown)
    for name in ("generator", "receipt"):
        if shown[name]:
            yield WORDS[name][language].format(**shown)
    if reading.generated:
        yield WORDS["generated"][language]
    if reading.depicted is not None:
        yield WORDS["depicted" if reading.depicted else "other"][language]
