"""Pool: the open connections to one upstream, newest first."""

import asyncio
import ssl

from sekisho.core.errors import UpstreamTimeout, UpstreamUnreachable
from sekisho.core.settings import Timeouts
from sekisho.models.connection import Connection
from sekisho.models.endpoint import Endpoint
from sekisho.models.phase import Phase


class Pool:
    """Opens connections and keeps those that can serve again, at most `most_idle` of them.

    The newest is used first, so what a busy hour opened grows old and closes by itself.
    """

    def __init__(self, model: str, endpoint: Endpoint, timeouts: Timeouts, most_idle: int) -> None:
        self._model = model
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._most_idle = most_idle
        self._open: set[Connection] = set()
        self._idle: list[Connection] = []
        self._closed = False
        self._emptied: asyncio.Future[None] | None = None
        self._tls: ssl.SSLContext | None = None

    @property
    def size(self) -> int:
        """Connections that are open, at rest or not."""
        return len(self._open)

    def take(self) -> Connection | None:
        """A connection that has served before; None where none is at rest."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        return None

    async def connect(self, limit_s: float) -> Connection:
        """A new connection. Raises `UpstreamUnreachable`, or `UpstreamTimeout` after `limit_s` seconds."""
        endpoint = self._endpoint
        connection = Connection(self._model, self._timeouts, self)
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection, endpoint.host, endpoint.port, ssl=self._context() if endpoint.tls else None
                )
        except TimeoutError as fault:
            self._give_up(connection)
            raise UpstreamTimeout(model=self._model, phase=Phase.CONNECT, limit=f"{limit_s:g}") from fault
        except (OSError, UnicodeError) as fault:  # UnicodeError: a host name that IDNA forbids
            raise UpstreamUnreachable(model=self._model) from fault
        except asyncio.CancelledError:
            self._give_up(connection)
            raise
        if self._closed or not connection.usable:
            connection.abort()
            raise UpstreamUnreachable(model=self._model)
        return connection

    def opened(self, connection: Connection) -> None:
        """Remembers a connection until it is lost."""
        self._open.add(connection)

    def rest(self, connection: Connection) -> None:
        """Keeps a connection that can serve again."""
        if self._closed or len(self._idle) >= self._most_idle:
            connection.abort()
        else:
            self._idle.append(connection)

    def lost(self, connection: Connection) -> None:
        """Forgets a connection that is closed."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if not self._open and self._emptied is not None and not self._emptied.done():
            self._emptied.set_result(None)

    def _give_up(self, connection: Connection) -> None:
        """Forgets a connection that was still being opened: uvloop does not tell it that it is lost."""
        connection.abort()
        self.lost(connection)

    def retire(self) -> None:
        """Closes what is at rest, and the others as soon as their answers are whole."""
        self._closed = True
        for connection in tuple(self._idle):
            connection.abort()

    async def close(self) -> None:
        """Closes every connection, and returns when all are closed. Answers under way fail as cut short."""
        self._closed = True
        if not self._open:
            return
        self._emptied = asyncio.get_running_loop().create_future()
        for connection in tuple(self._open):
            connection.cut()
        await self._emptied

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
