"""`sekisho exchange`: one exchange as a file, and run again from it."""

import asyncio
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import msgspec

from sekisho.cli.main import NEGATIVE
from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.cli.replaying import Asked, pipeline, weights_of
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import Settings, load
from sekisho.ledger import store
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.missing import UnknownExchange
from sekisho.ledger.note import ED25519, VerifierKey
from sekisho.ledger.proof import Proof
from sekisho.ledger.signer import FILE as SIGNER_FILE
from sekisho.ledger.signer import Signer
from sekisho.pipeline import exported, replay
from sekisho.pipeline.exported import Export, ExportRejected
from sekisho.pipeline.replay import Difference, Recorded
from sekisho.policy.load import Profiles
from sekisho.policy.profile import Profile
from sekisho.provenance.receipt import Receipt

WORDS: dict[str, Bilingual] = {
    "exported": {"ja": "{exchange} を {file} に書き出しました。", "en": "{exchange} was written to {file}."},
    "bare": {
        "ja": "内容は含まれていません(保存されていないか、消去されたか、除かれています)。再実行はできません。",
        "en": "It holds no content (not kept, erased, or left out), so it cannot be replayed.",
    },
    "bound": {
        "ja": "ファイルは、台帳「{origin}」の記録 {position} と一致します。",
        "en": "The file agrees with entry {position} of the ledger “{origin}”.",
    },
    "profile_same": {"ja": "プロファイル: 今も同じです({name})", "en": "Profile: still the same ({name})"},
    "profile_other": {
        "ja": "プロファイル: 今の「{name}」は当時と違います。当時のもので再実行します",
        "en": "Profile: {name} has changed; replayed under the one from that time",
    },
    "profile_lost": {
        "ja": "プロファイル: 当時のものがファイルになく、今の「{name}」で再実行します",
        "en": "Profile: the one from that time is not in the file; replayed under the present {name}",
    },
    "weights_same": {"ja": "モデルのファイル: 同じです({sha256}…)", "en": "Model file: the same ({sha256}…)"},
    "weights_other": {
        "ja": "モデルのファイル: 違います(当時 {then}…、今 {now}…)",
        "en": "Model file: a different one ({then}… then, {now}… now)",
    },
    "weights_unknown": {
        "ja": "モデルのファイル: 同じかどうか分かりません(外部のサーバーなど)",
        "en": "Model file: whether it is the same is not known (a server elsewhere, for example)",
    },
    "run": {"ja": "{number}回目: {told}", "en": "Run {number}: {told}"},
    "same": {"ja": "応答も判定も同じです", "en": "same answer, same verdict"},
    "differs": {
        "ja": "応答は{at}文字目から違います(類似度 {similarity:.0%}、トークン {then} → {now})",
        "en": "the answer differs from character {at} on (similarity {similarity:.0%}, tokens {then} → {now})",
    },
    "equal": {"ja": "応答は同じです", "en": "same answer"},
    "files": {
        "ja": "{count}個のファイルのうち{same}個が、モデルが当時作ったものと1バイトも違いません(SHA-256で比べています)",
        "en": "{same} of {count} files are byte for byte those that the model made then (by SHA-256)",
    },
    "judged": {"ja": "{name}: {then} → {now}", "en": "{name}: {then} → {now}"},
    "unseen": {
        "ja": "モデルに渡した文章が当時と違います(検査の版が変わった可能性があります)",
        "en": "the model was shown something different this time (guards may have changed)",
    },
    "summary": {"ja": "{runs}回のうち{same}回、同じ結果でした。", "en": "{same} of {runs} runs came out the same."},
}


@click.group()
def exchange() -> None:
    """Exports one exchange, and runs it again (やりとりの書き出しと再実行)."""


@exchange.command("export")
@click.argument("exchange_id", metavar="EXCHANGE")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; standard output by default.")
@click.option("--without-content", is_flag=True, help="Leave out request and answer: digests and numbers only.")
@HOME
@CONFIG
@LANGUAGE
def export_exchange(
    exchange_id: str, out: Path | None, without_content: bool, home: str | None, config: Path | None, language: Language
) -> None:
    """Writes all that is needed to run EXCHANGE again into one file, with the proof that binds it to the ledger."""
    settings = load(config, home=home)
    told = _export(settings, exchange_id, whole=not without_content)
    if out is None:
        sys.stdout.buffer.write(told.encoded + b"\n")
        sys.stdout.buffer.flush()
    else:
        _write(out, told.encoded + b"\n")
        click.echo(WORDS["exported"][language].format(exchange=exchange_id, file=out), err=True)
    if told.content is None:
        click.echo(WORDS["bare"][language], err=True)


@exchange.command("replay")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--model", "instead", default="", help="Ask this model in the settings, or at --base-url, instead.")
@click.option("--base-url", default="", help="Ask this OpenAI-compatible server, up to and including /v1.")
@click.option("--key-env", default="", metavar="NAME", help="Environment variable that holds its API key.")
@click.option("--key", "public", metavar="KEY", help="The ledger's public key, or a file; by default that of the home.")
@click.option("--runs", type=click.IntRange(1, 100), default=1, show_default=True, help="How often.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per run.")
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def replay_exchange(
    context: click.Context, file: Path, public: str | None, runs: int, language: Language, **options: Any
) -> None:
    """Runs the exchange in FILE again and shows where it differs. Exits with 1 if it does.

    A file that does not agree with its proof is refused. Nothing is written into the ledger.
    """
    settings = load(options["config"], home=options["home"])
    told, stated = _verified(file, _key(public, settings))
    if told.content is None:
        raise ExportRejected(reason="content")
    asked = Asked(str(stated["model"]), options["instead"], options["base_url"], options["key_env"])
    profile, lines = _profile(settings, told, stated, language)
    now = "" if asked.base_url else weights_of(settings, asked.instead or asked.name)
    lines.append(_weights(told.weights, now, language))
    if stated.place is not None:
        lines.insert(0, WORDS["bound"][language].format(**stated.place._asdict()))
    click.echo("\n".join(lines), err=True)
    found = asyncio.run(_run(settings, asked, Recorded(stated, told.content, profile, language), runs))
    for number, one in enumerate(found, 1):
        click.echo(_json(number, one) if options["as_json"] else _told(number, one, language))
    same = sum(one.same for one in found)
    click.echo(WORDS["summary"][language].format(runs=runs, same=same), err=True)
    if same < runs:
        context.exit(NEGATIVE)


def _export(settings: Settings, exchange_id: str, *, whole: bool) -> Export:
    directory = settings.directory
    signer = Signer.found(directory)
    if signer is None or not (settings.database or (directory / store.FILE).exists()):
        raise ConfigurationError(where=str(directory / SIGNER_FILE), what="there is no ledger here")
    with closing(Ledger.open(directory, database=settings.database)) as log:
        entry = log.entry_of(exchange_id)
        if entry is None:
            raise UnknownExchange(name=exchange_id[:80])
        size, statement = log.size, log.leaf(entry.position)
        proof = Proof(entry.position, log.inclusion_proof(entry.position, size), log.checkpoint(signer), statement)
        kept = log.content(exchange_id)
    stated: dict[str, Any] = msgspec.json.decode(statement)
    return exported.export(
        proof,
        signer.verifier,
        kept,
        profile=_profile_text(settings, str(stated.get("profile", ""))),
        weights=weights_of(settings, str(stated.get("model", ""))),
        whole=whole,
    )


def _profile_text(settings: Settings, name: str) -> str:
    try:
        return _profiles(settings).file(name).read_text("utf-8")
    except ConfigurationError:  # it is gone, and so are its rules
        return ""


def _profiles(settings: Settings) -> Profiles:
    return Profiles([Path(directory).expanduser() for directory in settings.profiles])


def _verified(file: Path, key: VerifierKey) -> tuple[Export, Receipt]:
    told = exported.read(file.read_bytes().removesuffix(b"\n"))
    return told, exported.verify(told, key)


def _key(public: str | None, settings: Settings) -> VerifierKey:
    if public is not None:
        file = Path(public)
        return VerifierKey.parse(file.read_text("utf-8") if file.is_file() else public, ED25519)
    key = Signer.public(settings.directory)
    if key is None:
        raise ConfigurationError(where="--key", what="is needed: there is no key in this home")
    return key


def _profile(settings: Settings, told: Export, stated: Receipt, language: Language) -> tuple[Profile, list[str]]:
    """The profile to replay under, and what is to be said of it."""
    name = str(stated["profile"])
    profiles = _profiles(settings)
    present = profiles.get(name) if name in profiles.names else None
    if present is not None and present.digest == stated["policy"]:
        return present, [WORDS["profile_same"][language].format(name=name)]
    then = exported.profile_in(told)
    if then is not None:
        return then, [WORDS["profile_other"][language].format(name=name)]
    return profiles.get(name), [WORDS["profile_lost"][language].format(name=name)]


def _weights(then: str, now: str, language: Language) -> str:
    if not then or not now:
        return WORDS["weights_unknown"][language]
    if then == now:
        return WORDS["weights_same"][language].format(sha256=now[:16])
    return WORDS["weights_other"][language].format(then=then[:16], now=now[:16])


async def _run(settings: Settings, asked: Asked, recorded: Recorded, runs: int) -> list[Difference]:
    async with pipeline(settings, asked, recorded.profile) as made:
        return [await replay.again(made, recorded) for _ in range(runs)]


def _told(number: int, found: Difference, language: Language) -> str:
    if found.files and (found.judged or not all(found.files)):
        return WORDS["run"][language].format(number=number, told=_files_told(found, language))
    if found.same and found.seen:
        return WORDS["run"][language].format(number=number, told=WORDS["same"][language])
    parts = [WORDS["equal"][language]]
    if found.at is not None:
        then, now = found.tokens
        differs = WORDS["differs"][language]
        parts = [differs.format(at=found.at + 1, similarity=found.similarity, then=then, now=now)]
    for name, (then, now) in found.judged.items():
        parts.append(WORDS["judged"][language].format(name=name, then=_shown(then), now=_shown(now)))
    if not found.seen:
        parts.append(WORDS["unseen"][language])
    return WORDS["run"][language].format(number=number, told="; ".join(parts))


def _files_told(found: Difference, language: Language) -> str:
    parts = [WORDS["files"][language].format(same=sum(found.files), count=len(found.files))]
    for name, (then, now) in found.judged.items():
        parts.append(WORDS["judged"][language].format(name=name, then=_shown(then), now=_shown(now)))
    return "; ".join(parts if found.seen else [*parts, WORDS["unseen"][language]])


def _shown(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _json(number: int, found: Difference) -> bytes:
    return msgspec.json.encode({"run": number, "same": found.same, **msgspec.to_builtins(found)})


def _write(file: Path, raw: bytes) -> None:
    try:
        file.touch(mode=0o600)
        file.write_bytes(raw)
    except OSError as fault:
        raise ConfigurationError(where=str(file), what="cannot be written") from fault
