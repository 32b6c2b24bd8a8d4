"""`sekisho serve`: opens the checkpoint."""

import errno
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Never

import click
import msgspec
import uvicorn

from sekisho import __version__
from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.cli.residents import Residents
from sekisho.cli.seeker import socket_name, supervisor
from sekisho.cli.workers import Workers
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import Settings, load
from sekisho.policy.load import Profiles
from sekisho.server import unanswering
from sekisho.server.access import LOOPBACK, PREFIX
from sekisho.server.lines import write_lines
from sekisho.server.plan import Plan, hand_over
from sekisho.server.protocol import Protocol

BACKLOG = 2048
GRACE_S = 10  # for answers under way when the server is told to stop
SILENT_S = 60  # after which a worker counts as hung: on a slow machine one takes long to begin
OPEN: Bilingual = {
    "ja": """関所 {version} を開きました。
  画面      {origin}/
  API       {origin}/v1
  キー      {key}
{try_it}""",
    "en": """Sekisho {version} is open.
  Page      {origin}/
  API       {origin}/v1
  Key       {key}
{try_it}""",
}
TRY: Bilingual = {
    "ja": """  試すには(別の端末で):
curl -s {origin}/v1/chat/completions -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \
-d '{{"messages":[{{"role":"user","content":"山田太郎です。電話は090-1234-5678です。お礼の手紙を書いてください。"}}]}}'
""",
    "en": """  To try it, in another terminal:
curl -s {origin}/v1/chat/completions -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \
-d '{{"messages":[{{"role":"user","content":"I am John Smith, phone 090-1234-5678. Write a short thank-you note."}}]}}'
""",
}
NO_KEY: Bilingual = {
    "ja": "sekisho key create 名前 で作ったもの",
    "en": "one that you made with `sekisho key create NAME`",
}


@click.command()
@click.option("--host", help="Address to listen on; 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 8700 by default.")
@click.option("--workers", type=int, help="Number of processes; they share the ledger and the limits.")
@HOME
@click.option("--profile", help="Profile for requests whose key names none.")
@click.option("--embedded", help="auto, large, small or off: the language model that comes inside packages.")
@CONFIG
@LANGUAGE
def serve(config: Path | None, language: Language, **flags: Any) -> None:
    """Opens the checkpoint (関所を開きます). Options override SEKISHO_… variables, which override sekisho.yaml."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, _ends)
    settings = load(config, **flags)
    profiles = Profiles([Path(name).expanduser() for name in settings.profiles])
    write_lines()
    with _listening(settings) as listener:
        settings = _at(settings, listener)
        residents = Residents.of(settings, profiles)
        plan = Plan(settings, _demonstration(settings), residents.told(), socket_name(settings))
        seeker = supervisor(settings, plan.seeker) if plan.seeker else None
        try:
            several = settings.listen.workers > 1
            server = _several(plan, listener) if several else _single(plan, listener, language)
            for warning in unanswering.sentences(plan, profiles):
                click.echo(warning[language], err=True)
            click.echo(_opened(plan, language), err=True)
            residents.start(lambda line: click.echo(line[language], err=True))
            if seeker is not None:
                seeker.start()
            server()
        finally:
            if seeker is not None:
                seeker.stop()
            residents.stop()


def _ends(_number: int, _frame: FrameType | None) -> Never:
    """Ends the command by way of every `finally`; uvicorn sends itself the signal again when it has finished."""
    raise Ended(0)


class Ended(SystemExit):
    """A signal ended the command. A guard that ends the program while it loads raises `SystemExit` itself."""


def _single(plan: Plan, listener: socket.socket, language: Language) -> Callable[[], None]:
    """Serves in this process. Everything is opened now: a mistake ends the command before it says that it is open."""
    from sekisho.server.app import App

    app = App(plan)
    for warning in app.warnings:
        click.echo(warning[language], err=True)
    server = uvicorn.Server(_config(app, factory=False))
    return lambda: server.run(sockets=[listener])


def _several(plan: Plan, listener: socket.socket) -> Callable[[], None]:
    """Serves in processes of their own. They are open when this returns, for the same reason."""
    counts = plan.settings.directory / "metrics"
    shutil.rmtree(counts, ignore_errors=True)  # of processes that are gone
    counts.mkdir(mode=0o700, parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)
    hand_over(plan)
    config = _config("sekisho.server.app:create", factory=True, workers=plan.settings.listen.workers)
    workers = Workers(config, listener)
    workers.open()
    return workers.run


def _config(app: Any, *, factory: bool, workers: int | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=factory,
        workers=workers,
        http=Protocol,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        ws="none",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
        timeout_worker_healthcheck=SILENT_S,
    )


def _listening(settings: Settings) -> socket.socket:
    """The listening socket; a place that is taken is told at once. Port 0 takes any that is free."""
    host, port = settings.listen.host, settings.listen.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as fault:
        what = f"cannot listen: {fault.strerror}"
        if fault.errno == errno.EADDRINUSE:
            what = "another program listens here already; name a free port with --port or SEKISHO_PORT"
        raise ConfigurationError(where=f"{host}:{port}", what=what) from fault
    listener.set_inheritable(True)
    return listener


def _at(settings: Settings, listener: socket.socket) -> Settings:
    """The settings with the port that was found, where any was asked for."""
    port = listener.getsockname()[1]
    return msgspec.structs.replace(settings, listen=msgspec.structs.replace(settings.listen, port=port))


def _demonstration(settings: Settings) -> str:
    """The demonstration key: as set, else a new one where only this machine can come in."""
    if settings.key or settings.listen.host not in LOOPBACK:
        return settings.key
    return PREFIX + "demo-" + secrets.token_urlsafe(18)


def _opened(plan: Plan, language: Language) -> str:
    listen = plan.settings.listen
    host = f"[{listen.host}]" if ":" in listen.host else listen.host
    origin = f"http://{host}:{listen.port}"
    try_it = TRY[language].format(origin=origin, key=plan.key) if plan.key else ""
    shown = plan.key or NO_KEY[language]
    return OPEN[language].format(version=__version__, origin=origin, key=shown, try_it=try_it)
