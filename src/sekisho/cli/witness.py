"""`sekisho witness`: cosigns the checkpoints of others' logs."""

import socket
import sys
from pathlib import Path

import click

from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import load
from sekisho.ledger.cosignature import Cosigner
from sekisho.ledger.note import VerifierKey
from sekisho.ledger.signer import Signer
from sekisho.ledger.witness import KEY_FILE, Witness

OPEN: Bilingual = {
    "ja": "証人として動いています: {origin}\n証人の公開鍵: {key}\n見守る台帳: {logs}\n止めるには Ctrl+C",
    "en": "The witness is running: {origin}\nIts public key: {key}\nLogs it knows: {logs}\nPress Ctrl+C to stop",
}


@click.command()
@click.option("--log", "logs", multiple=True, metavar="KEY", help="Public key of a log, or a file with one per line.")
@click.option("--name", default="", help="The witness's name, best a URL without scheme; used when its key is made.")
@click.option("--host", default="127.0.0.1", help="Address to listen on; 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(0, 65535), default=8701, help="Port; 8701 by default.")
@click.option("--print-key", is_flag=True, help="Print the public key, which logs need, and exit.")
@HOME
@CONFIG
@LANGUAGE
def witness(
    logs: tuple[str, ...],
    name: str,
    print_key: bool,
    home: str | None,
    config: Path | None,
    language: Language,
    **listen: str | int,
) -> None:
    """Cosigns checkpoints of others' logs after C2SP tlog-witness (ほかの台帳の証人になります)."""
    directory = load(config, home=home).directory
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    cosigner = Cosigner(Signer.open(directory, name, KEY_FILE))
    if print_key:
        click.echo(str(cosigner.verifier))
        return
    keys = [key for told in logs for key in _keys(told)]
    if not keys:
        raise ConfigurationError(where="--log", what="is needed: the witness knows no log")
    served = Witness(directory, cosigner, keys)
    try:
        with _listening(str(listen["host"]), int(listen["port"])) as listener:
            host, port = listener.getsockname()[:2]
            origin = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
            told = OPEN[language].format(
                origin=origin, key=cosigner.verifier, logs=", ".join(sorted({key.name for key in keys}))
            )
            click.echo(told, err=True)
            _serve(served, listener)
    finally:
        served.close()


def _keys(told: str) -> list[VerifierKey]:
    """The keys of a file, one a line with `#` before remarks; or the key that is written out."""
    try:
        text = Path(told).read_text("utf-8")
    except OSError:  # also for a key, which is no name of a file
        text = told
    lines = [line.strip() for line in text.splitlines()]
    return [VerifierKey.parse(line) for line in lines if line and not line.startswith("#")]


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as fault:
        raise ConfigurationError(where=f"{host}:{port}", what=f"cannot listen: {fault.strerror}") from fault


def _serve(served: Witness, listener: socket.socket) -> None:
    import uvicorn

    from sekisho.server.protocol import Protocol
    from sekisho.server.witness_app import WitnessApp

    config = uvicorn.Config(
        WitnessApp(served).application(),
        http=Protocol,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        ws="none",
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=[listener])
