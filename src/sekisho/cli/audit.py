"""`sekisho audit`: a bundle audited by somebody who has nothing but it and the public key."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sekisho.cli.main import NEGATIVE
from sekisho.cli.options import LANGUAGE
from sekisho.cli.public_keys import public_key
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Language
from sekisho.ledger import keychange
from sekisho.ledger.keychange import KeysRejected
from sekisho.ledger.note import COSIGNATURE, ED25519

if TYPE_CHECKING:
    from sekisho.governance.audit import Auditor
    from sekisho.governance.report import Report

MOST_GIVEN = 64_000_001  # bytes of a receipt, of what a receipt stands in, or of a checkpoint
FILES = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, exists=True))
@click.option("--key", required=True, metavar="KEY", help="The log's public key, or a file with it.")
@click.option("--witness", "witnesses", multiple=True, metavar="KEY", help="A witness that must have cosigned.")
@click.option("--receipt", "receipts", multiple=True, type=FILES, help="A receipt or proof that must be in the ledger.")
@click.option("--checkpoint", "checkpoints", multiple=True, type=FILES, help="A checkpoint that was kept elsewhere.")
@click.option("--keys", multiple=True, type=FILES, help="The history of the log's keys, for a directory of tiles.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@LANGUAGE
@click.pass_context
def audit(
    context: click.Context,
    bundle: Path,
    key: str,
    as_json: bool,
    language: Language,
    **given: tuple[str | Path, ...],
) -> None:
    """Audits BUNDLE, a file from `sekisho ledger export`, without a network (監査用ファイルの監査).

    Takes a directory of C2SP tlog-tiles as well.
    """
    import msgspec

    from sekisho.governance.audit import Auditor
    from sekisho.governance.rejected import BundleRejected
    from sekisho.governance.words import told

    if given["keys"] and not bundle.is_dir():
        raise click.UsageError("a bundle has its own history: leave out --keys (--keys はフォルダーにだけ使えます)")
    try:
        auditor = Auditor(
            public_key(key, ED25519),
            [public_key(str(one), COSIGNATURE) for one in given["witnesses"]],
            _read(given["receipts"]),
            _read(given["checkpoints"]),
            keychange.history(b"\n".join(_read(given["keys"]).values())),
        )
        report = auditor.run_files(bundle) if bundle.is_dir() else _audited(auditor, bundle)
    except OSError as fault:
        raise ConfigurationError(where=str(bundle), what=f"cannot be read: {fault.strerror}") from fault
    except (BundleRejected, KeysRejected) as fault:
        click.echo(f"{fault.say(language)}\n  {fault.advise(language)}", err=True)
        context.exit(NEGATIVE)
    click.echo(msgspec.json.encode(report) if as_json else told(report, language))


def _audited(auditor: "Auditor", bundle: Path) -> "Report":
    with bundle.open("rb") as file:
        return auditor.run(file)


def _read(files: Sequence[str | Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in files:
        try:
            with Path(file).open("rb") as opened:
                found[str(file)] = opened.read(MOST_GIVEN)
        except OSError as fault:
            raise ConfigurationError(where=str(file), what=f"cannot be read: {fault.strerror}") from fault
    return found
