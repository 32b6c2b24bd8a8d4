"""`sekisho key`: API keys created, listed and revoked."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import click
import msgspec

from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.core.errors import UnknownName
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import Settings, load
from sekisho.policy.load import Profiles
from sekisho.server.access import ANY_PROFILE, MAX_LIMIT, Access, Registered

LIMIT = click.IntRange(0, MAX_LIMIT)
FEW = 12  # profiles that are all told where a name is none of them

CREATED: Bilingual = {
    "ja": "キー「{name}」を作りました。表示はこの一度だけですので、安全な場所に控えてください。",
    "en": "The key “{name}” was created. It is shown only this once, so keep it in a safe place.",
}
REVOKED: Bilingual = {
    "ja": "キー「{name}」を取り消しました。動いているサーバーでも、次のリクエストから使えません。",
    "en": "The key “{name}” was revoked. Running servers refuse it from the next request on.",
}
NONE: Bilingual = {
    "ja": "キーはまだありません。sekisho key create 名前 で作れます。",
    "en": "There are no keys yet. `sekisho key create NAME` makes one.",
}
LINE: Bilingual = {
    "ja": "{name}  プロファイル: {profiles}  毎分のリクエスト: {requests}  毎分のトークン: {tokens}  同時: {concurrent}"
    "  作成: {created}",
    "en": "{name}  profiles: {profiles}  requests/min: {requests}  tokens/min: {tokens}  at a time: {concurrent}"
    "  created: {created}",
}
UNLIMITED: Bilingual = {"ja": "無制限", "en": "no limit"}
ANY: Bilingual = {"ja": "すべて", "en": "any"}


@click.group()
def key() -> None:
    """Creates, lists and revokes API keys (APIキーの作成・一覧・取り消し)."""


@key.command("create")
@click.argument("name")
@click.option("--profile", "profiles", multiple=True, help="A profile it may use; the first is its default. `*`: any.")
@click.option("--requests-per-minute", type=LIMIT, help="0: no limit. Default: the settings. Same for the next two.")
@click.option("--tokens-per-minute", type=LIMIT)
@click.option("--concurrent", type=LIMIT, help="Concurrent requests.")
@HOME
@CONFIG
@LANGUAGE
def create_key(
    name: str,
    profiles: tuple[str, ...],
    home: str | None,
    config: Path | None,
    language: Language,
    **limits: int | None,
) -> None:
    """Creates the key NAME and prints it: the key alone to standard output, what to know to standard error."""
    with _opened(config, home) as (access, settings):
        allowed = tuple(dict.fromkeys(profiles)) or (settings.profile,)
        if allowed != ANY_PROFILE:
            _check(allowed, settings)
        click.echo(access.create(name, allowed, **limits))
    click.echo(CREATED[language].format(name=name), err=True)


@key.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@HOME
@CONFIG
@LANGUAGE
def list_keys(as_json: bool, home: str | None, config: Path | None, language: Language) -> None:
    """Lists all keys with their profiles and limits. The keys themselves cannot be shown again."""
    with _opened(config, home) as (access, _):
        found = access.list()
    for registered in found:
        click.echo(_json(registered) if as_json else _line(registered, language))
    if not found and not as_json:
        click.echo(NONE[language], err=True)


@key.command("revoke")
@click.argument("name")
@HOME
@CONFIG
@LANGUAGE
def revoke_key(name: str, home: str | None, config: Path | None, language: Language) -> None:
    """Ends the key NAME at once, also for running servers."""
    with _opened(config, home) as (access, _):
        access.revoke(name)
    click.echo(REVOKED[language].format(name=name), err=True)


@contextmanager
def _opened(config: Path | None, home: str | None) -> Generator[tuple[Access, Settings], None, None]:
    settings = load(config, home=home)
    access = Access(settings.directory, settings=settings)
    try:
        yield access, settings
    finally:
        access.close()


def _check(names: tuple[str, ...], settings: Settings) -> None:
    known = Profiles([Path(directory).expanduser() for directory in settings.profiles]).names
    for name in names:
        if name not in known and name != "*":
            if len(known) > FEW:
                raise UnknownName.among(name, known)
            raise UnknownName(name=name[:80], near=", ".join(get_close_matches(name, known, n=FEW, cutoff=0)))


def _line(registered: Registered, language: Language) -> str:
    key = registered.key
    requests, tokens, concurrent = (
        f"{limit:,}" if limit else UNLIMITED[language]
        for limit in (key.requests_per_minute, key.tokens_per_minute, key.concurrent)
    )
    return LINE[language].format(
        name=key.name,
        profiles=ANY[language] if key.profiles == ANY_PROFILE else ", ".join(key.profiles),
        requests=requests,
        tokens=tokens,
        concurrent=concurrent,
        created=datetime.fromtimestamp(registered.created_ms / 1000, UTC).astimezone().isoformat(" ", "minutes"),
    )


def _json(registered: Registered) -> str:
    key = registered.key
    shown = {
        "name": key.name,
        "profiles": key.profiles,
        "requests_per_minute": key.requests_per_minute,
        "tokens_per_minute": key.tokens_per_minute,
        "concurrent": key.concurrent,
        "created_ms": registered.created_ms,
    }
    return msgspec.json.encode(shown).decode()
