"""`sekisho stop` and `sekisho start`: the stop switch, with a record of who used it."""

import asyncio
import getpass
import os
import time
from pathlib import Path

import click

from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.core.errors import UnknownName
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import Settings, load
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.record import Record
from sekisho.pipeline.identity import timestamp, ulid
from sekisho.policy.load import Profiles
from sekisho.provenance.statement import canonical
from sekisho.server.switch import ALL, Switch

STOPPED: Bilingual = {
    "ja": "「{what}」を止めました。動いているサーバーにも、すぐに効きます。戻すには: sekisho start {what}",
    "en": "“{what}” is stopped now, also in running servers. To undo: sekisho start {what}",
}
STARTED: Bilingual = {"ja": "「{what}」をまた使えるようにしました。", "en": "“{what}” can be used again."}
NOT_STOPPED: Bilingual = {"ja": "「{what}」は止まっていません。", "en": "“{what}” is not stopped."}
NOTHING: Bilingual = {"ja": "止まっているものはありません。", "en": "Nothing is stopped."}
LINE: Bilingual = {
    "ja": "{what}  {time} から  止めた人: {by}  理由: {reason}",
    "en": "{what}  since {time}  by {by}  reason: {reason}",
}


@click.command()
@click.argument("what", required=False)
@click.option("--reason", default="", help="The reason; kept with the stop, but not in the ledger.")
@click.option("--list", "listed", is_flag=True, help="List what is stopped.")
@HOME
@CONFIG
@LANGUAGE
def stop(
    what: str | None, reason: str, listed: bool, home: str | None, config: Path | None, language: Language
) -> None:
    """Stops a MODEL, a PROFILE or `all`, at once and until it is started again (すぐに止めます)."""
    settings = load(config, home=home)
    switch = Switch(settings.directory)
    try:
        if listed or what is None:
            _list(switch, language)
            return
        _check(what, settings)
        switch.stop(what, _who(), reason)
    finally:
        switch.close()
    click.echo(STOPPED[language].format(what=what))
    _record("stop", what, settings)


@click.command()
@click.argument("what")
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def start(context: click.Context, what: str, home: str | None, config: Path | None, language: Language) -> None:
    """Lifts the stop of WHAT (止めたものをまた使えるようにします)."""
    settings = load(config, home=home)
    switch = Switch(settings.directory)
    try:
        lifted = switch.start(what)
    finally:
        switch.close()
    if not lifted:
        click.echo(NOT_STOPPED[language].format(what=what))
        context.exit(1)
    click.echo(STARTED[language].format(what=what))
    _record("start", what, settings)


def _list(switch: Switch, language: Language) -> None:
    stops = switch.list()
    for one in stops:
        when = timestamp(one.since_ms)
        click.echo(LINE[language].format(what=one.what, time=when, by=one.by, reason=one.reason or "-"))
    if not stops:
        click.echo(NOTHING[language])


def _who() -> str:
    """The user's name; the number of one that has no name, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _check(what: str, settings: Settings) -> None:
    """Profiles are read only for a name that can be one: a mistake in one of them keeps nobody from stopping all."""
    known = (ALL, "embedded", *settings.models)
    if what in known:
        return
    profiles = Profiles([Path(directory).expanduser() for directory in settings.profiles]).names
    if what not in profiles:
        raise UnknownName.among(what, (*known, *profiles))


def _record(kind: str, what: str, settings: Settings) -> None:
    """Writes into the log that the switch was used. The switch itself works even where the log cannot be written."""
    now_ms = time.time_ns() // 1_000_000
    exchange = ulid(now_ms)
    statement = {"v": 1, "kind": kind, "id": exchange, "time": timestamp(now_ms), "what": what}
    ledger = Ledger.open(settings.directory, database=settings.database)

    async def append() -> None:
        await ledger.append(Record(exchange, canonical(statement), None, None))

    try:
        asyncio.run(append())
    finally:
        ledger.close()
