"""`sekisho ledger`: the record shown, audited, signed and erased."""

import base64
import json
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from sekisho.cli.ledger_keys import print_keys, rotate_key
from sekisho.cli.main import NEGATIVE
from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.cli.reindex import reindex
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import load
from sekisho.ledger import bundle, keychange, published, rotation, store, tile_files
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.missing import UnknownExchange
from sekisho.ledger.note import Checkpoint, NoteRejected
from sekisho.ledger.proof import Proof
from sekisho.ledger.record import Entry
from sekisho.ledger.signer import FILE as SIGNER_FILE
from sekisho.ledger.signer import Signer
from sekisho.policy.kept import kept

STATUS: Bilingual = {
    "ja": "記録: {size:,} 件\nルートハッシュ: {root}\n保存している内容: {kept:,} 件",
    "en": "Entries: {size:,}\nRoot hash: {root}\nContents kept: {kept:,}",
}
SOUND: Bilingual = {
    "ja": "すべて確認しました。記録 {size:,} 件、内容 {kept:,} 件、消去 {erased:,} 件に、おかしなところはありません。\n"
    "ルートハッシュ: {root}",
    "en": "Everything was checked and is sound: {size:,} entries, {kept:,} contents, {erased:,} erasures.\n"
    "Root hash: {root}",
}
CONSISTENT: Bilingual = {
    "ja": "{size:,} 件目までの署名つきのチェックポイントとも一致します。",
    "en": "It agrees with the signed checkpoint of {size:,} entries.",
}
REJECTED: Bilingual = {
    "ja": "{file} は、この台帳の鍵で署名されたチェックポイントではありません。",
    "en": "{file} is not a checkpoint signed with the key of this ledger.",
}
REALLY: Bilingual = {
    "ja": "{exchange} の内容を消去します。元には戻せません。よろしいですか?",
    "en": "The content of {exchange} will be erased for good. Continue?",
}
ERASED: Bilingual = {
    "ja": "{exchange} の内容を消去し、そのことを記録しました。証明はこれまでどおり確認できます。",
    "en": "The content of {exchange} was erased, and that was recorded. All proofs stay valid.",
}
NOT_KEPT: Bilingual = {
    "ja": "{exchange} の内容は保存されていません。",
    "en": "No content of {exchange} is kept.",
}
CERTIFIED: Bilingual = {
    "ja": "消去証明書を {file} に書きました。sekisho verify で、どこでも確認できます。",
    "en": "The certificate of erasure is in {file}. Anyone can check it with sekisho verify.",
}
NOT_ERASED: Bilingual = {
    "ja": "{exchange} の内容は、消去されていません(保存されているか、はじめから保存されていません)。",
    "en": "No content of {exchange} was erased: it is still kept, or never was.",
}
REALLY_BEFORE: Bilingual = {
    "ja": "{date} より前に始まったやりとりの内容を、すべて消去します。元には戻せません。よろしいですか?",
    "en": "All contents of exchanges that began before {date} will be erased for good. Continue?",
}
LEFT_ALONE: Bilingual = {"ja": "何も消去していません。", "en": "Nothing was erased."}
ERASED_BEFORE: Bilingual = {
    "ja": "{count:,} 件の内容を消去し、一件ごとに記録しました。",
    "en": "{count:,} contents were erased, and each erasure was recorded.",
}
EXPORTED: Bilingual = {
    "ja": "{directory} に、記録 {size:,} 件(新しいもの {new:,} 件)までの台帳を書き出しました。",
    "en": "{directory} now holds the ledger up to {size:,} entries, {new:,} of them new.",
}
BUNDLED: Bilingual = {
    "ja": "{file} に記録 {size:,} 件を書き出しました。公開鍵(sekisho ledger key)とともに、監査する人に渡してください。",
    "en": "Entries for an auditor in {file}: {size:,}. Hand it over with the public key (sekisho ledger key).",
}
SWEPT: Bilingual = {
    "ja": "保存期間を過ぎた内容を {count:,} 件消去しました。",
    "en": "{count:,} contents were erased because their retention time was over.",
}


@click.group()
def ledger() -> None:
    """Shows, audits, signs and erases records (記録の表示・監査・署名・消去)."""


ledger.add_command(reindex)


@ledger.command("status")
@HOME
@CONFIG
@LANGUAGE
def show_status(home: str | None, config: Path | None, language: Language) -> None:
    """Prints the number of entries and their root hash."""
    with _opened(config, home) as (log, _):
        root, size = base64.b64encode(log.root).decode(), log.size
        click.echo(STATUS[language].format(size=size, root=root, kept=log.contents_kept()))


@ledger.command("show")
@click.argument("exchange")
@click.option("--content", is_flag=True, help="Print what was kept of it instead.")
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def show_entry(
    context: click.Context, exchange: str, content: bool, home: str | None, config: Path | None, language: Language
) -> None:
    """Prints the entries of EXCHANGE, one JSON object per line, each with the proof that it is in the ledger."""
    with _opened(config, home) as (log, _):
        entries = log.entries_of(exchange)
        if not entries:
            raise UnknownExchange(name=exchange[:80])
        if content:
            kept = log.content(exchange)
            if kept is None:
                click.echo(NOT_KEPT[language].format(exchange=exchange), err=True)
                context.exit(NEGATIVE)
            click.echo(kept)
            return
        size = log.size
        for entry in entries:
            proof = [base64.b64encode(one).decode() for one in log.inclusion_proof(entry.position, size)]
            shown = {"position": entry.position, "size": size, "leaf": base64.b64encode(entry.leaf).decode()}
            statement = log.leaf(entry.position).decode()
            click.echo(json.dumps({**shown, "proof": proof})[:-1] + f', "statement": {statement}}}')


@ledger.command("audit")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="A checkpoint that was kept elsewhere.")
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def audit_ledger(
    context: click.Context, checkpoint: Path | None, home: str | None, config: Path | None, language: Language
) -> None:
    """Computes every hash again; exits with 1 and names the first place if something is not as it was written."""
    with _opened(config, home) as (log, directory):
        try:
            found = log.audit()
            root = base64.b64encode(found.root).decode()
            said = SOUND[language].format(size=found.size, kept=found.kept, erased=found.erased, root=root)
            if checkpoint is not None:
                said += "\n" + CONSISTENT[language].format(size=_compared(log, directory, checkpoint))
        except LedgerAltered as fault:
            click.echo(f"{fault.say(language)}\n  {fault.advise(language)}", err=True)
            context.exit(NEGATIVE)
        except NoteRejected:
            click.echo(REJECTED[language].format(file=checkpoint), err=True)
            context.exit(NEGATIVE)
    click.echo(said)


@ledger.command("checkpoint")
@HOME
@CONFIG
def print_checkpoint(home: str | None, config: Path | None) -> None:
    """Prints a signed checkpoint. Keep it in another place: what it covers can then not be changed unnoticed."""
    with _opened(config, home) as (log, directory):
        click.echo(log.checkpoint(_signer(directory)), nl=False)


@ledger.command("export-tiles")
@click.argument("directory", type=click.Path(path_type=Path))
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def export_tiles(
    context: click.Context, directory: Path, home: str | None, config: Path | None, language: Language
) -> None:
    """Writes the ledger into DIRECTORY as static files (C2SP tlog-tiles), without rewriting what is already there."""
    with _opened(config, home) as (log, state):
        signer = _signer(state)
        try:
            note = _publishable(log, state, witnessed=bool(load(config, home=home).witnesses))
            before, size = tile_files.export(log, signer, directory, note)
        except LedgerAltered as fault:
            click.echo(f"{fault.say(language)}\n  {fault.advise(language)}", err=True)
            context.exit(NEGATIVE)
    click.echo(EXPORTED[language].format(directory=directory, size=size, new=size - before), err=True)


@ledger.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def export_bundle(
    context: click.Context, file: Path, home: str | None, config: Path | None, language: Language
) -> None:
    """Writes the ledger into one FILE for an auditor, without contents. Check it with `sekisho audit`."""
    with _opened(config, home) as (log, state):
        try:
            note = _publishable(log, state, witnessed=bool(load(config, home=home).witnesses))
            held = bundle.export(log, _signer(state), note, kept(state), file)
        except LedgerAltered as fault:
            click.echo(f"{fault.say(language)}\n  {fault.advise(language)}", err=True)
            context.exit(NEGATIVE)
    click.echo(BUNDLED[language].format(file=file, size=held.size), err=True)


@ledger.command("erase")
@click.argument("exchange")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--certificate", type=click.Path(path_type=Path), help="Write the certificate of erasure to this file.")
@HOME
@CONFIG
@LANGUAGE
def erase_content(
    exchange: str,
    yes: bool,
    certificate: Path | None,
    language: Language,
    **place: Any,
) -> None:
    """Erases what was kept of EXCHANGE by destroying its key; the entry and all proofs stay."""
    with _opened(place["config"], place["home"]) as (log, directory):
        if log.entry_of(exchange) is None:
            raise UnknownExchange(name=exchange[:80])
        if not yes:
            _ask(REALLY[language].format(exchange=exchange), language)
        said = ERASED if log.erase(exchange) else NOT_KEPT
        click.echo(said[language].format(exchange=exchange), err=True)
        erased = log.erasure_of(exchange)
        if certificate is not None and erased is not None:
            _write(certificate, _proof(log, directory, erased).text)
            click.echo(CERTIFIED[language].format(file=certificate), err=True)


@ledger.command("erase-before")
@click.argument("date", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]))
@click.option("--yes", is_flag=True, help="Do not ask.")
@HOME
@CONFIG
@LANGUAGE
def erase_before(date: datetime, yes: bool, home: str | None, config: Path | None, language: Language) -> None:
    """Erases what was kept of every exchange that began before DATE (UTC, unless it has an offset)."""
    when = date if date.tzinfo else date.replace(tzinfo=UTC)
    with _opened(config, home) as (log, _):
        if not yes:
            _ask(REALLY_BEFORE[language].format(date=when.isoformat()), language)
        count = log.erase_before(max(0, int(when.timestamp() * 1000)))
    click.echo(ERASED_BEFORE[language].format(count=count), err=True)


@ledger.command("certificate")
@click.argument("exchange")
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def print_certificate(
    context: click.Context, exchange: str, home: str | None, config: Path | None, language: Language
) -> None:
    """Prints the certificate that the content of EXCHANGE was erased (C2SP tlog-proof), for `sekisho verify`."""
    with _opened(config, home) as (log, directory):
        if log.entry_of(exchange) is None:
            raise UnknownExchange(name=exchange[:80])
        erased = log.erasure_of(exchange)
        if erased is None:
            click.echo(NOT_ERASED[language].format(exchange=exchange), err=True)
            context.exit(NEGATIVE)
        click.echo(_proof(log, directory, erased).text, nl=False)


@ledger.command("sweep")
@HOME
@CONFIG
@LANGUAGE
def sweep_contents(home: str | None, config: Path | None, language: Language) -> None:
    """Erases every content whose retention time is over. A running server does this by itself."""
    with _opened(config, home) as (log, _):
        click.echo(SWEPT[language].format(count=log.sweep(int(time.time()))), err=True)


@ledger.command("proof")
@click.argument("exchange")
@HOME
@CONFIG
def print_proof(exchange: str, home: str | None, config: Path | None) -> None:
    """Prints a proof that EXCHANGE is in the ledger (C2SP tlog-proof), for `sekisho verify` and other tools.

    It contains the entry itself, and the cosignatures of witnesses, if any.
    """
    with _opened(config, home) as (log, directory):
        entry = log.entry_of(exchange)
        if entry is None:
            raise UnknownExchange(name=exchange[:80])
        click.echo(_proof(log, directory, entry).text, nl=False)


@ledger.command("key")
@HOME
@CONFIG
def print_key(home: str | None, config: Path | None) -> None:
    """Prints the public key that verifies receipts and checkpoints. Give it to those who will verify them."""
    directory = load(config, home=home).directory
    key = Signer.public(directory)
    if key is None:
        raise ConfigurationError(where=str(directory / SIGNER_FILE), what="there is no key yet")
    click.echo(str(key))


@contextmanager
def _opened(config: Path | None, home: str | None) -> Generator[tuple[Ledger, Path], None, None]:
    settings = load(config, home=home)
    directory = settings.directory
    if (
        not settings.database and not (directory / store.FILE).exists()
    ):  # so that a wrong directory is not filled with a new ledger
        raise ConfigurationError(where=str(directory / store.FILE), what="there is no ledger here")
    with rotation.signing(directory), closing(Ledger.open(directory, database=settings.database)) as log:
        yield log, directory


def _ask(question: str, language: Language) -> None:
    """Nothing, where the answer is yes; else the command ends, with `NEGATIVE`."""
    if not click.confirm(question, err=True):
        click.echo(LEFT_ALONE[language], err=True)
        raise SystemExit(NEGATIVE)


def _signer(directory: Path) -> Signer:
    signer = Signer.found(directory)
    if signer is None:
        raise ConfigurationError(where=str(directory / SIGNER_FILE), what="there is no key yet")
    return signer


def _publishable(log: Ledger, directory: Path, *, witnessed: bool) -> str:
    """The checkpoint that a server would publish: where there are witnesses, the last one they were shown."""
    note = published.read(directory) if witnessed else None
    return note if note is not None else log.checkpoint(_signer(directory))


def _proof(log: Ledger, directory: Path, entry: Entry) -> Proof:
    note, size = _covering(log, directory, entry.position)
    return Proof(entry.position, log.inclusion_proof(entry.position, size), note, log.leaf(entry.position))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as fault:
        raise ConfigurationError(where=str(file), what="cannot be written") from fault


def _covering(log: Ledger, directory: Path, position: int) -> tuple[str, int]:
    """A checkpoint that covers the entry at `position`, and its size: that of the witnesses, or else one of now."""
    signer = _signer(directory)
    for note in (published.read(directory), log.checkpoint(signer)):
        if note is not None and position < (size := Checkpoint.opened(note, signer.verifier).size) <= log.size:
            return note, size
    raise LedgerAltered(position=position, part="head")


def _compared(log: Ledger, directory: Path, file: Path) -> int:
    """The size of a checkpoint of this log that agrees with it. Raises `NoteRejected` or `LedgerAltered`."""
    try:
        note = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationError(where=str(file), what="cannot be read") from fault
    checkpoint = keychange.opened(note, rotation.keys(log, _signer(directory)))
    if checkpoint.size > log.size or log.root_at(checkpoint.size) != checkpoint.root:
        raise LedgerAltered(position=min(checkpoint.size, log.size), part="checkpoint")
    return checkpoint.size


ledger.add_command(rotate_key)
ledger.add_command(print_keys)
