"""`sekisho verify`: a receipt or a proof file checked, without a server or a network."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

import click
import msgspec

from sekisho.cli import certificate
from sekisho.cli.main import NEGATIVE
from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.cli.public_keys import public_key
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.printable import printable
from sekisho.core.settings import load
from sekisho.ledger import cosignature, keychange, rotation
from sekisho.ledger.keychange import Change, KeysRejected, Known, known
from sekisho.ledger.note import COSIGNATURE, ED25519, NoteRejected, VerifierKey
from sekisho.ledger.proof import FIRST, Proof
from sekisho.ledger.signer import Signer
from sekisho.pipeline.identity import timestamp
from sekisho.policy import outcomes
from sekisho.policy.taxonomy import title
from sekisho.provenance import receipt as receipts
from sekisho.provenance.carried import receipt_in
from sekisho.provenance.comparison import part_of
from sekisho.provenance.receipt import Receipt
from sekisho.provenance.rejected import ReceiptRejected

WITNESSED: Bilingual = {
    "ja": "証人「{witness}」が、{time} にこの台帳を見て連署しています。",
    "en": "Cosigned by the witness “{witness}” at {time}.",
}
UNWITNESSED: Bilingual = {
    "ja": "証人「{witness}」の連署がありません。",
    "en": "The witness “{witness}” has not cosigned.",
}
VERIFIED: dict[str, Bilingual] = {
    "receipt": {
        "ja": "確認できました。この控えは「{signer}」が署名したもので、書き換えられていません。",
        "en": "Verified: this receipt was signed by “{signer}” and has not been changed.",
    },
    "proof": {
        "ja": "確認できました。この記録は「{signer}」が署名した台帳に載っていて、書き換えられていません。",
        "en": "Verified: this entry is in the ledger that “{signer}” signed, and has not been changed.",
    },
    "certificate": {
        "ja": "確認できました。この消去証明書は「{signer}」が署名した台帳によるもので、書き換えられていません。",
        "en": "Verified: this certificate of erasure is from the ledger that “{signer}” signed, and is unchanged.",
    },
}
OWN: Bilingual = {
    "ja": "{home} にある鍵で確認します。ほかの人から受け取ったものは、別の経路で得た鍵を --key で指定してください。",
    "en": "Checked with the key in {home}. For what others gave you, name a key that you got in another way (--key).",
}
PLACE: Bilingual = {
    "ja": "台帳での位置: {position}番目の記録(0から数えて。台帳「{origin}」が{size}件だった時点)",
    "en": "In the ledger: entry {position}, counted from 0, of the log “{origin}” when it had {size} entries",
}
LABELS: dict[str, Bilingual] = {
    "kind": {"ja": "種類", "en": "Kind"},
    "id": {"ja": "番号", "en": "Exchange"},
    "time": {"ja": "日時", "en": "Time"},
    "profile": {"ja": "プロファイル", "en": "Profile"},
    "model": {"ja": "モデル", "en": "Model"},
    "verdict": {"ja": "判定", "en": "Verdict"},
    "categories": {"ja": "見つかったもの", "en": "Found"},
    "weights": {"ja": "モデルの重み(SHA-256)", "en": "Weights (SHA-256)"},
}
MATCHES: dict[str, Bilingual] = {
    "request": {
        "ja": "文章は、この控えのリクエストと一致します。",
        "en": "The text is the request of this receipt.",
    },
    "answer": {
        "ja": "文章は、この控えの応答と一致します。",
        "en": "The text is the answer of this receipt.",
    },
    "earlier": {
        "ja": "文章は、この控えのリクエストの初めのほうのメッセージと一致します。",
        "en": "The text is the list of earlier messages in the request of this receipt.",
    },
    "m": {
        "ja": "文章は、この控えのリクエストの{number}番目のメッセージ(役割: {role})と一致します。",
        "en": "The text is message {number} (role {role}) in the request of this receipt.",
    },
    "c": {
        "ja": "文章は、この控えの応答({number}番目の候補)の文章と一致します。",
        "en": "The text is that of choice {number} in the answer of this receipt.",
    },
}
DIFFERS: Bilingual = {
    "ja": "文章は、この控えのどの部分とも一致しません。1文字でも違うか、別のやりとりのものです。",
    "en": "The text is no part of this receipt's exchange: it was changed, or belongs to another exchange.",
}
CLOSED: Bilingual = {
    "ja": "この控えだけでは文章と照らし合わせられません。内容とともに保存されたソルトを --salt で指定してください。",
    "en": "This receipt alone cannot be compared with texts: give --salt, which was kept with the content.",
}
NONE: Bilingual = {"ja": "なし", "en": "nothing"}
BEYOND = 64_000_000  # bytes of a file that are read


@click.command()
@click.argument("receipt", type=click.File("rb"))
@click.option(
    "--key", "public", metavar="KEY", help="The issuer's public key, or a file with it. Default: that of the home."
)
@click.option("--keys", "history", type=click.File("rb"), help="The history of the log's keys.")
@click.option("--text", type=click.File("rb"), help="A request, an answer, or the text of one message, to compare.")
@click.option("--salt", metavar="HEX", help="The salt that was kept with the content, for receipts without one.")
@click.option("--show-only", is_flag=True, help="Print a receipt that can be compared with this text and no other.")
@click.option("--statement", type=click.File("rb"), help="The entry, for a proof file that does not include it.")
@click.option(
    "--witness", "witnesses", multiple=True, metavar="KEY", help="A witness that must have cosigned; a key or a file."
)
@click.option("--json", "as_json", is_flag=True, help="Print what the receipt states as JSON.")
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def verify(
    context: click.Context,
    receipt: IO[bytes],
    public: str | None,
    text: IO[bytes] | None,
    language: Language,
    as_json: bool,
    **options: Any,
) -> None:
    """Verifies the RECEIPT in a file, or `-` for standard input (控えの確認). Exits with 1 if it fails.

    The file may hold the receipt alone, a saved answer or stream, or what `curl -i` prints; and proof files (C2SP
    tlog-proof).
    """
    salt = _salt(text, options["salt"])
    trusted, changes = _trusted(public, options["home"], options["config"], language)
    raw = receipt.read(BEYOND + 1)
    try:
        keys = known(trusted, [*changes, *_history(options["history"])])
        verified, key = _verified(raw, keys, options["statement"])
        seen = _witnessed(raw, [public_key(one, COSIGNATURE) for one in options["witnesses"]])
    except (ReceiptRejected, KeysRejected) as fault:
        click.echo(f"{fault.say(language)}\n  {fault.advise(language)}", err=True)
        context.exit(NEGATIVE)
    if not options["show_only"]:
        proof = raw.startswith(FIRST.encode())
        click.echo(verified.statement if as_json else _told(verified, key, language, proof=proof))
    for name, time_s in seen.items():
        when = time_s and timestamp(time_s * 1000)
        click.echo((WITNESSED if time_s else UNWITNESSED)[language].format(witness=name, time=when), err=True)
    if not all(seen.values()):
        context.exit(NEGATIVE)
    if text is not None:
        _compare(context, verified, text.read(BEYOND + 1), salt, language)
    elif options["show_only"]:
        raise click.UsageError("--show-only needs --text (--show-only には --text が要ります)")


def _compare(context: click.Context, verified: Receipt, text: bytes, salt: bytes, language: Language) -> None:
    if verified.opening is None and not salt:
        raise click.UsageError(CLOSED[language])
    part = part_of(verified, text, salt)
    if part is None:
        click.echo(DIFFERS[language], err=True)
        context.exit(NEGATIVE)
    kind, number = (part.name, 0) if part.name in MATCHES else (part.name[0], int(part.name[1:]) + 1)
    click.echo(MATCHES[kind][language].format(number=number, role=part.role), err=True)
    if context.params["show_only"] and verified.opening is not None:
        click.echo(f"{verified.signed}~{verified.opening.only(part.name)}")


def _verified(raw: bytes, keys: Sequence[Known], statement: IO[bytes] | None) -> tuple[Receipt, VerifierKey]:
    """What was stated, and by which key. Raises `ReceiptRejected`."""
    if not raw.startswith(FIRST.encode()):
        return receipts.verify_by(receipt_in(raw), keys)
    proof = _proof(raw)
    entry = proof.extra if statement is None else statement.read()
    if entry is None:
        raise click.UsageError("the proof holds no entry: give --statement (--statement で記載を指定してください)")
    return receipts.by_any(keys, lambda key: receipts.proven(entry, proof, key))


def _witnessed(raw: bytes, witnesses: Sequence[VerifierKey]) -> dict[str, int]:
    """When each witness cosigned what a proof file shows; 0 for one that did not. Raises `ReceiptRejected`."""
    if not witnesses:
        return {}
    note = _proof(raw).checkpoint
    try:
        found = dict(cosignature.found(note, witnesses))
    except NoteRejected as fault:
        raise ReceiptRejected(reason="signature") from fault
    return {witness.name: found.get(witness.name, 0) for witness in witnesses}


def _proof(raw: bytes) -> Proof:
    try:
        return Proof.parse(raw.decode())
    except ValueError as fault:
        raise ReceiptRejected(reason="form") from fault


def _salt(text: IO[bytes] | None, salt: object) -> bytes:
    if text is None and salt is not None:
        raise click.UsageError("--salt needs --text (--salt には --text が要ります)")
    try:
        return bytes.fromhex(str(salt or ""))
    except ValueError as fault:
        raise click.UsageError("--salt is hexadecimal (--salt は16進数で指定してください)") from fault


def _trusted(
    public: str | None, home: object, config: object, language: Language
) -> tuple[VerifierKey, Sequence[Change]]:
    """The key that was named; without one, that of this home, and the changes that the home knows.

    Which home is said, since it may have come in the same folder as the receipt.
    """
    if public is not None:
        return public_key(public, ED25519), ()
    directory = load(config if isinstance(config, Path) else None, home=home).directory
    key = Signer.public(directory)
    if key is None:
        raise ConfigurationError(where="--key", what="is needed: there is no key in this home")
    click.echo(OWN[language].format(home=directory), err=True)
    return key, rotation.read(directory)


def _history(file: IO[bytes] | None) -> Sequence[Change]:
    """The changes in a file. Raises `KeysRejected`."""
    return () if file is None else keychange.history(file.read(keychange.MAX_HISTORY + 1))


def _told(verified: Receipt, key: VerifierKey, language: Language, *, proof: bool) -> str:
    erased = certificate.told(verified, language)
    paper = "certificate" if erased and proof else "proof" if proof else "receipt"
    lines = [VERIFIED[paper][language].format(signer=key.name), *erased]
    for name, label in LABELS.items():
        if name in verified:
            lines.append(f"{label[language]}: {printable(_shown(name, verified[name], language))}")
    if verified.place is not None:
        lines.append(PLACE[language].format(**verified.place._asdict()))
    return "\n".join(lines)


def _shown(name: str, value: object, language: Language) -> str:
    """What a member of a statement says, in words where it is one of ours; else as it is written."""
    if name == "categories" and isinstance(value, list):
        names = [str(one) for one in cast("list[object]", value)]
        named = [f"{title(one, language)} ({one})" for one in names]
        return ("、" if language == "ja" else ", ").join(named) or NONE[language]
    if not isinstance(value, str):
        return msgspec.json.encode(value).decode()
    words = {"kind": outcomes.kind, "verdict": outcomes.verdict}.get(name)
    if words is not None:
        return words(value, language)
    return _hexadecimal(value) if name == "weights" else value


def _hexadecimal(digest: str) -> str:
    """A digest as tools for files write it; what is none stays as it is."""
    try:
        return base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4)).hex()
    except ValueError:
        return digest
