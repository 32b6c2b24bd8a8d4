"""A private PostgreSQL in a temporary directory, on a unix socket, run by an ordinary user."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

PASSWORD = "s3cret-of-the-database"
OPTIONS = "-c listen_addresses='' -c fsync=off -c shared_buffers=16MB -c max_connections=60"


@dataclass(frozen=True)
class PostgresServer:
    directory: Path

    @property
    def url(self) -> str:
        return f"postgresql://sekisho:{PASSWORD}@/postgres?host={self.directory}"

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


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Started anew; what it holds is gone at the end."""
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
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", f"{OPTIONS} -k {directory}", "start")
    try:
        yield PostgresServer(directory)
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(directory)
