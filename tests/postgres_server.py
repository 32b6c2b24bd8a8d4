"""A private PostgreSQL in a temporary directory, on a unix socket, run by an ordinary user."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "s3cret-of-the-database"
OPTIONS = "-c fsync=off -c shared_buffers=16MB -c max_connections=60"
ALONE = "-c listen_addresses=''"


@dataclass(frozen=True)
class PostgresServer:
    directory: Path
    port: int = 5432

    @property
    def url(self) -> str:
        return f"postgresql://sekisho:{PASSWORD}@/postgres?host={self.directory}&port={self.port}"

    def ask(self, query: str, *values: object) -> list[Any]:
        async def asked() -> list[Any]:
            connection = await asyncpg.connect(self.url)
            try:
                return await connection.fetch(query, *values)
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as thread:  # the caller's may have an event loop that runs
            return [tuple(row) for row in thread.submit(lambda: asyncio.run(asked())).result()]

    def forget(self) -> None:
        """Removes the log; who still holds the old one is cut off."""
        self.cut_off()
        self.ask("DROP SCHEMA IF EXISTS sekisho CASCADE")

    def cut_off(self) -> int:
        """Kills all connections; how many there were."""
        return len(
            self.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )


@dataclass(frozen=True)
class TlsServer:
    """Listens on `localhost` too, where it takes nobody without TLS. Its certificate is for `localhost`."""

    server: PostgresServer
    port: int

    @property
    def root(self) -> Path:
        """The certificate that issued the server's."""
        return self.server.directory / "root.crt"

    def url(self, host: str = "localhost", **more: object) -> str:
        options = "&".join(f"{name}={value}" for name, value in more.items())
        return f"postgresql://sekisho:{PASSWORD}@{host}:{self.port}/postgres?{options}"


@contextmanager
def tls_server() -> Iterator[TlsServer]:
    """A server with a certificate."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def options(directory: Path) -> str:
        certificate, key = certificates(directory)
        listening = f"-c listen_addresses=localhost -c port={port}"
        return f"{listening} -c ssl=on -c ssl_cert_file={certificate} -c ssl_key_file={key}"

    with postgres_server(options) as server:
        yield TlsServer(PostgresServer(server.directory, port), port)


def certificates(directory: Path) -> tuple[Path, Path]:
    """Makes a root and a certificate for `localhost`; the files of the latter and of its key."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root, leaf = _certificate("root", root_key, "root", root_key), _certificate("localhost", key, "root", root_key)
    paths = directory / "server.crt", directory / "server.key"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "root.crt").write_bytes(root)
    for path, content in zip(paths, (leaf, secret), strict=True):
        path.write_bytes(content)
        path.chmod(0o600)
        if os.getuid() == 0:
            shutil.chown(path, "postgres", "postgres")
    return paths


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey
) -> bytes:
    named = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer)]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(named[1], named[0], key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(name == issuer, None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


@contextmanager
def postgres_server(more: Callable[[Path], str] = lambda _: ALONE) -> Iterator[PostgresServer]:
    """Started anew, with `more` options, which may need its directory; what it holds is gone at the end."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    password, data = directory / "password", directory / "data"
    password.write_text(PASSWORD)
    if os.getuid() == 0:  # which PostgreSQL refuses to be run by
        for path in (directory, password):
            shutil.chown(path, "postgres", "postgres")

    def run(*command: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        # Its output goes to a file: the server would keep a pipe open, and the reader waiting.
        with (directory / "output").open("ab") as output:
            subprocess.run([*user, *command], check=True, stdout=output, stderr=output, cwd="/")

    run(
        *(str(programs / "initdb"), "-D", str(data), "-U", "sekisho", "-A", "scram-sha-256", "-E", "UTF8"),
        *("--pwfile", str(password), "--locale=C", "--no-sync"),
    )
    options = f"{OPTIONS} {more(directory)} -k {directory}"
    (data / "pg_hba.conf").write_text("local all all scram-sha-256\nhostssl all all all scram-sha-256\n")
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", options, "start")
    try:
        yield PostgresServer(directory)
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(directory)
