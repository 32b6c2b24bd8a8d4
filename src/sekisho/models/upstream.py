"""Upstream: one model's server, asked once at a time by many."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sekisho.core.errors import UpstreamBroken, UpstreamError, UpstreamRefused
from sekisho.core.fixed import fixed
from sekisho.core.settings import Model
from sekisho.models.breaker import Breaker
from sekisho.models.connection import Connection, Head, Receiver, Unanswered
from sekisho.models.endpoint import PROMPT, Endpoint
from sekisho.models.faults import UpstreamStarting
from sekisho.models.flaw import Flaw
from sekisho.models.pool import Pool
from sekisho.models.stream import Events, Stream
from sekisho.models.turn import Turn, take_turn
from sekisho.models.whole import Whole

MOST_IDLE = 128
NOT_READY_S = 5  # what a caller is told to wait for a model whose server is not up yet


@fixed
class Reply:
    """An unstreamed answer: `model` is our name of the model, `payload` the bytes of a 200, as they came."""

    model: str
    payload: bytes


class Awaited(Receiver, Protocol):
    """A receiver that somebody waits for."""

    ready: asyncio.Future[None]
    head: Head | None
    fault: UpstreamError | None


AnyAwaited = TypeVar("AnyAwaited", bound=Awaited)


class Upstream:
    """One OpenAI-compatible server: its pool, its places, its circuit breaker. No retries here.

    Attributes:
        name: our name of the model.
        served: the name the server knows it by.
        model: its settings.
        url: base URL; empty while the server is not up.
    """

    def __init__(self, name: str, model: Model, key: str, clock: Callable[[], float]) -> None:
        self.name = name
        self.model = model
        self.served = model.model or name
        self.url = ""
        self._key = key
        self._gate = asyncio.Semaphore(max(1, model.concurrency))
        self.breaker = Breaker(clock)
        self._pool: Pool | None = None
        self._retired: list[Pool] = []
        self._head = self._prompt_head = b""
        self.move(model.url)

    def move(self, url: str) -> None:
        """From now on, asks the server at `url`; an empty one means that there is none.

        Raises `ConfigurationError` for a URL that cannot be used.
        """
        if url == self.url:
            return
        endpoint = Endpoint.of(url, f"models.{self.name}.url") if url else None
        if self._pool is not None:
            self._pool.retire()
            self._retired = [pool for pool in (*self._retired, self._pool) if pool.size]
        self.url = url
        self._pool = None
        if endpoint is not None:
            most_idle = min(self.model.concurrency, MOST_IDLE)
            self._pool = Pool(self.name, endpoint, self.model.timeouts, most_idle)
            self._head = endpoint.head(self._key)
            self._prompt_head = endpoint.head(self._key, PROMPT)

    def complete(self, payload: bytes, total_due: float) -> Awaitable[Reply]:
        """Asks once, unstreamed. `payload` is the JSON body, `total_due` the loop time at which all must be over.

        Raises an `UpstreamError`.
        """
        return self._whole(self._head, payload, total_due)

    def complete_prompt(self, payload: bytes, total_due: float) -> Awaitable[Reply]:
        """As `complete`, for a raw prompt, which goes to `/completions`."""
        return self._whole(self._prompt_head, payload, total_due)

    async def media(self, path: str, payload: bytes, total_due: float) -> Reply:
        """As `complete`, for a file; it goes to `path`, which comes from us and not from a request."""
        endpoint = Endpoint.of(self.url, f"models.{self.name}.url") if self.url else None
        if endpoint is None:
            raise UpstreamStarting(model=self.name, retry_s=NOT_READY_S)
        return await self._whole(endpoint.head(self._key, path, "*/*"), payload, total_due)

    async def _whole(self, head: bytes, payload: bytes, total_due: float) -> Reply:
        turn = await self._turn()
        try:
            whole = await self._ask(head, payload, total_due, lambda connection: Whole(self.name, connection))
        except BaseException as fault:
            turn.leave(fault)
            raise
        turn.leave(None)
        return Reply(self.name, whole.payload)

    async def stream(self, payload: bytes, total_due: float) -> Stream:
        """Asks once, streamed; returns when the first event has come. Raises an `UpstreamError`."""
        turn = await self._turn()
        try:
            events = await self._ask(
                self._head, payload, total_due, lambda connection: Events(self.name, connection, turn)
            )
        except BaseException as fault:
            turn.leave(fault)
            raise
        return Stream(self.name, events)

    async def close(self) -> None:
        """Closes every connection."""
        for pool in (*self._retired, *([self._pool] if self._pool else [])):
            await pool.close()

    async def _turn(self) -> Turn:
        if self._pool is None:
            raise UpstreamStarting(model=self.name, retry_s=NOT_READY_S)
        return await take_turn(self.name, self._gate, self.breaker, self.model.timeouts.connect)

    async def _ask(
        self, head: bytes, payload: bytes, total_due: float, receive: Callable[[Connection], AnyAwaited]
    ) -> AnyAwaited:
        """Sends the request over a warm connection, and once more over a fresh one if the warm one was stale."""
        pool = self._pool
        if pool is None:
            raise UpstreamStarting(model=self.name, retry_s=NOT_READY_S)
        request = b"%b%d\r\n\r\n%b" % (head, len(payload), payload)
        connection = pool.take()
        while True:
            fresh = connection is None
            if connection is None:
                rest_s = max(0.0, total_due - asyncio.get_running_loop().time())
                connection = await pool.connect(min(self.model.timeouts.connect, rest_s))
            receiver = receive(connection)
            connection.send(request, receiver, total_due)
            try:
                await receiver.ready
            except asyncio.CancelledError:
                if connection.serves(receiver):
                    connection.abort()
                raise
            if isinstance(receiver.fault, Unanswered) and not fresh:
                connection = None
                continue
            return self._checked(receiver)

    def _checked(self, receiver: AnyAwaited) -> AnyAwaited:
        if receiver.fault is not None:
            raise receiver.fault
        head = receiver.head
        if head is None:
            raise UpstreamBroken(model=self.name, why=Flaw.NO_RESPONSE)
        if head.status != 200:
            raise UpstreamRefused(model=self.name, status_code=head.status, retry_s=head.retry_after_s)
        return receiver
