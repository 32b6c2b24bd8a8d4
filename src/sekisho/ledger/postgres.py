"""The log in a PostgreSQL database: any number of machines use it."""

import asyncio
import ssl
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, cast

from sekisho.core.errors import ConfigurationError, LedgerFault
from sekisho.ledger import tree
from sekisho.ledger.record import Entry
from sekisho.ledger.storage import Appended, Found, Head, Query, Row
from sekisho.ledger.vault import DESTROYED, FILE, Vault

T = TypeVar("T")

VERSION = 1
CONNECT_S = 10.0
COMMAND_S = 60.0  # for one command; then the connection is given up
CREATING = 0x53454B4C  # the advisory lock for making the tables

# As in the file, but for the types. The domain makes `CAST(… AS BLOB)` mean the same here, and the collation compares
# identifiers as the file does. `master` tells whether a machine has the right `master.key`.
SCHEMA = """
CREATE SCHEMA IF NOT EXISTS sekisho;
SET LOCAL search_path TO sekisho;
CREATE DOMAIN blob AS bytea;
CREATE TABLE entries (
    position BIGINT PRIMARY KEY,
    hashes BYTEA NOT NULL,
    exchange TEXT COLLATE "C" NOT NULL,
    statement BYTEA NOT NULL
);
CREATE INDEX entries_of_exchange ON entries (exchange);
CREATE TABLE keys (position BIGINT PRIMARY KEY, secret BYTEA NOT NULL);
CREATE TABLE contents (position BIGINT PRIMARY KEY, keep_until_s BIGINT, sealed BYTEA NOT NULL);
ALTER TABLE contents ALTER sealed SET STORAGE EXTERNAL;
CREATE INDEX contents_due ON contents (keep_until_s) WHERE keep_until_s IS NOT NULL;
CREATE TABLE head (
    one BOOLEAN PRIMARY KEY CHECK (one),
    version INTEGER NOT NULL,
    size BIGINT NOT NULL,
    frontier BYTEA NOT NULL,
    master BYTEA
);
"""

# One statement, since each costs the way to the server and back.
APPEND = """
WITH e AS (INSERT INTO entries SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bytea[])),
     k AS (INSERT INTO keys SELECT * FROM unnest($5::bigint[], $6::bytea[])),
     c AS (INSERT INTO contents SELECT * FROM unnest($5::bigint[], $7::bigint[], $8::bytea[]))
UPDATE head SET size = $9, frontier = $10
"""


class PostgresStore:
    """The tables in the schema `sekisho` of a database.

    Durability: synchronous_commit=on.
    Concurrency: whoever writes holds the lock of the row in `head` until the commit, and so is the sequencer: the
    others wait for it, and read the head as it left it. The server ends transactions in which nothing comes for ten
    seconds, so a machine that vanishes does not keep the lock.
    After any error the connection is given up, which also rolls back what was not committed; the next is new.
    """

    def __init__(self, url: str, *, sync: bool = True) -> None:
        """Connects, and makes the tables where there are none.

        Raises `ConfigurationError` when the address is none, the driver is missing or the tables are not ours,
        `LedgerFault` when the server cannot be reached or refuses.
        """
        self._url, self._sync = url, sync
        self._driver = _driver(url)
        # The driver's own state may contradict itself where the server hangs up while a query is sent.
        broken = self._driver.InternalClientError
        self._lost = (self._driver.PostgresConnectionError, self._driver.AdminShutdownError, OSError, broken)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sekisho-postgres", daemon=True)
        self._thread.start()
        self._reader, self._writer = _Line(self._connect), _Line(self._connect)
        try:
            self._wait(self._create())
        except BaseException:
            self.close()
            raise

    def read(self, query: str, values: Sequence[object]) -> list[Any]:
        """The rows of a query. A connection that was lost is replaced once."""
        text = _numbered(query)
        try:
            return self._wait(self._fetched(text, values))
        except LedgerFault as fault:
            if not isinstance(fault.__cause__, self._lost):
                raise
            return self._wait(self._fetched(text, values))

    def head(self) -> Head:
        """The head of the log."""
        return Head.of(self.read("SELECT size, frontier FROM head", ()))

    def intact(self) -> bool:
        """True: damage to pages and indexes is the server's own to find (data checksums, `pg_amcheck`)."""
        return True

    def append(self, rows: Sequence[Row]) -> Appended:
        """Adds rows to the log, in a transaction of its own."""
        return self._wait(self._append(rows))

    def erase(self, find: Query, recorded: Callable[[Found], list[Row]]) -> Found:
        """Destroys the keys of what `find` gives and records it.

        The rows that held them are dead at once. Their bytes stay in the server's files until it reuses the space.
        """
        return self._wait(self._erase(find, recorded))

    def vault(self, directory: Path) -> Vault:
        """Opens `master.key` in `directory`; makes it only where the log is new.

        Raises `ConfigurationError` when it is missing, or another machine's log was begun with another.
        """
        begun = self.read("SELECT master FROM head WHERE master IS NOT NULL", ())
        vault = Vault.open(directory, create=not begun)
        self._wait(self._claim(vault.fingerprint))
        if self.read("SELECT master FROM head", ()) != [(vault.fingerprint,)]:
            raise ConfigurationError(
                where=str(directory / FILE),
                what="is not the key of the log in this database; copy it, and signer.key, from a machine that uses it",
            )
        return vault

    def end(self) -> None:
        """Gives up the connection that wrote."""
        self._wait(self._writer.close())

    def close(self) -> None:
        """Gives up all connections and ends the thread."""
        if self._loop.is_closed():
            return
        for line in (self._reader, self._writer):
            self._wait(line.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: "Coroutine[Any, Any, T]") -> T:
        """Does the work in the thread of the connections."""
        if self._loop.is_closed():
            work.close()
            raise LedgerFault(why="the ledger is closed")
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except (LedgerFault, ConfigurationError):
            raise
        except (self._driver.PostgresError, self._driver.InterfaceError, *self._lost) as fault:
            raise LedgerFault(why=_why(fault)) from fault

    async def _connect(self) -> Any:
        try:
            connection = await self._driver.connect(self._url, timeout=CONNECT_S, command_timeout=COMMAND_S)
        except ssl.SSLError:  # a `ValueError` too, where a certificate does not verify
            raise
        except (self._driver.InterfaceError, ValueError) as fault:  # its own words may quote the address
            raise ConfigurationError(where="database", what="is not an address that the driver takes") from fault
        await connection.execute(
            "SET search_path TO sekisho;"
            f"SET synchronous_commit TO {'on' if self._sync else 'off'};"
            "SET idle_in_transaction_session_timeout TO '10s'; SET lock_timeout TO '30s'"
        )
        return connection

    async def _create(self) -> None:
        async with self._writer.transaction() as connection:
            await connection.execute(f"SELECT pg_advisory_xact_lock({CREATING})")
            if await connection.fetchval("SELECT to_regclass('sekisho.head') IS NULL"):
                await connection.execute(SCHEMA)
                await connection.execute("INSERT INTO head VALUES (true, $1, 0, '')", VERSION)
            found = [one["version"] for one in await connection.fetch("SELECT version FROM head")]
        if found != [VERSION]:
            raise ConfigurationError(where="database", what="is not a ledger of this version")

    async def _claim(self, fingerprint: bytes) -> None:
        async with self._writer.transaction() as connection:
            await connection.execute("UPDATE head SET master = $1 WHERE master IS NULL", fingerprint)

    async def _fetched(self, text: str, values: Sequence[object]) -> list[Any]:
        async with self._reader.turn() as connection:
            return [tuple(row) for row in await connection.fetch(text, *values)]

    async def _append(self, rows: Sequence[Row]) -> Appended:
        async with self._writer.transaction() as connection:
            return await _appended(connection, await _head(connection), rows)

    async def _erase(self, find: Query, recorded: Callable[[Found], list[Row]]) -> Found:
        async with self._writer.transaction() as connection:
            before = await _head(connection)
            found: Found = [tuple(row) for row in await connection.fetch(_numbered(find.text), *find.values)]
            positions = [position for position, _ in found]
            await connection.execute("UPDATE keys SET secret = $1 WHERE position = ANY($2)", DESTROYED, positions)
            await connection.execute("DELETE FROM contents WHERE position = ANY($1)", positions)
            await _appended(connection, before, recorded(found))
        return found


class _Line:
    """One connection, made when it is needed, and anew after an error."""

    def __init__(self, connect: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._connect = connect
        self._connection: Any = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Any, None]:
        """A transaction, committed at the end."""
        async with self.turn() as connection:
            await connection.execute("BEGIN")
            yield connection
            await connection.execute("COMMIT")

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[Any, None]:
        """The connection for one user at a time."""
        async with self._turn:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            try:
                yield self._connection
            except BaseException:
                self._drop()
                raise

    async def close(self) -> None:
        """Gives the connection up."""
        async with self._turn:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


def opened(url: str, directory: Path, *, sync: bool) -> tuple[PostgresStore, Vault]:
    """The log in a database, with the vault in `directory`. Raises as `PostgresStore` and `PostgresStore.vault` do."""
    held = PostgresStore(url, sync=sync)
    try:
        return held, held.vault(directory)
    except BaseException:
        held.close()
        raise


async def _head(connection: Any) -> Head:
    """The head, locked until the transaction ends."""
    return Head.of(await connection.fetch("SELECT size, frontier FROM head FOR UPDATE"))


async def _appended(connection: Any, before: Head, rows: Sequence[Row]) -> Appended:
    completed, frontier = tree.grow(before.size, before.frontier, [row.leaf for row in rows])
    kept = [(position, row) for position, row in enumerate(rows, before.size) if row.secret is not None]
    await connection.execute(
        APPEND,
        [*range(before.size, before.size + len(rows))],
        completed,
        [row.exchange for row in rows],
        [row.statement for row in rows],
        [position for position, _ in kept],
        [row.secret for _, row in kept],
        [row.keep_until_s for _, row in kept],
        [row.sealed for _, row in kept],
        before.size + len(rows),
        b"".join(frontier),
    )
    return Appended(before, [Entry(at, row.exchange, row.leaf) for at, row in enumerate(rows, before.size)])


def _numbered(query: str) -> str:
    """The query with `$1`, `$2` … for each `?`; none of ours has one in a string."""
    first, *others = query.split("?")
    return first + "".join(f"${number}{part}" for number, part in zip(count(1), others, strict=False))


def _driver(url: str) -> Any:
    """asyncpg, for an address that it can use. Raises `ConfigurationError`, which never quotes the address."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise ConfigurationError(where="database", what="is not an address of the form postgresql://…")
    try:
        return cast("Any", import_module("asyncpg"))
    except ImportError as fault:
        raise ConfigurationError(where="database", what='needs the extra: pip install "sekisho[postgres]"') from fault


def _why(fault: BaseException) -> str:
    """A cause in one line. The driver's words on values are left out, since they quote them."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"the server's certificate does not verify: {fault.verify_message}"
    said = str(fault).splitlines()
    if isinstance(fault, ValueError) or not said:
        return type(fault).__name__
    return said[0]
