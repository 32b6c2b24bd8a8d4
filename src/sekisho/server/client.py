"""The client's side of one request: its body, what is sent to it, and whether it is still there.

What happens to clients that misbehave:
- A body longer than `limits.body_bytes` is refused before or while it comes; the connection is closed, but not before
  what is under way was read for a moment, since a reset would take the answer with it.
- A body that is not whole after `limits.body_s` seconds is refused; the connection is closed.
- A client that leaves ends its exchange: the model is told to stop, and the record says `client_left`.
- A client that takes nothing for `limits.write_s` seconds while data waits counts as gone; its connection is reset.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from sekisho.core.errors import BodyTooLarge, SlowRequest
from sekisho.core.settings import Limits

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

DIRECT = "sekisho.direct"  # extension of the scope: the request's `Direct`
CLOSE = (b"connection", b"close")  # the only header of that name that is ever sent
PART = 65_536  # bytes at a time, so that a client that does not read is noticed
LINGER_S, LINGER_BYTES = 2.0, 64 << 20  # what a refused client may go on sending


class Direct(Protocol):
    """The way to one request's client, past ASGI's messages, timers and tasks, which would cost as much as a guard."""

    @property
    def full(self) -> bool:
        """Whether the client does not read as fast as we write."""
        ...

    def arrived(self) -> bytes | None:
        """The whole body, once; None where more of it may come."""
        ...

    def watch(self, left: Callable[[], None]) -> None:
        """Calls `left` once when the client leaves, or soon where it has left."""
        ...

    def forget(self, left: Callable[[], None]) -> None:
        """Does not call it any more."""
        ...

    def reset(self) -> None:
        """Closes at once; what was not sent yet is dropped."""
        ...

    async def drained(self) -> None:
        """Waits until the client has read."""
        ...

    def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Sends a whole answer."""
        ...

    def begin(self, status: int, headers: Headers, length: int | None) -> None:
        """Begins an answer; a `length` of None: it is not known yet."""
        ...

    def part(self, data: bytes) -> None:
        """Sends more of it."""
        ...

    def end(self, last: bytes = b"") -> None:
        """Ends it with the last of it."""
        ...


class ClientLeft(Exception):
    """The client went away before its request was whole."""


class Client:
    """One request's client.

    Attributes:
        gone: it left or stopped reading; the task that serves it is then cancelled.
        begun: the status line is out.
    """

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        self._scope = scope
        self._receive = receive
        self._limits = limits
        self._direct: Direct = scope["extensions"][DIRECT]
        self._task = asyncio.current_task()
        self.gone = False
        self.begun = False

    async def body(self, grows: Callable[[int], None] = lambda _: None) -> bytes:
        """The whole body. Raises `BodyTooLarge`, `SlowRequest` or `ClientLeft`.

        `grows` is told how many bytes have come of one that comes in parts; what it raises ends the reading.
        """
        most = self._limits.body_bytes
        declared = dict(self._scope["headers"]).get(b"content-length", b"0")
        if len(declared) < 20 and int(declared) > most:
            raise BodyTooLarge(limit=most)
        body = self._direct.arrived()  # mostly, so there is no need for a timer
        if body is not None:
            return self._bounded(body)
        try:
            async with asyncio.timeout(self._limits.body_s):
                return await self._rest(await self._receive(), grows)
        except TimeoutError as fault:
            raise SlowRequest(limit=f"{self._limits.body_s:g}") from fault

    async def _rest(self, message: dict[str, Any], grows: Callable[[int], None]) -> bytes:
        body = bytearray()
        while message["type"] == "http.request":
            body += message["body"]
            self._bounded(body)
            grows(len(body))
            if not message["more_body"]:
                return bytes(body)
            message = await self._receive()
        raise ClientLeft

    def _bounded(self, body: Any) -> Any:
        if len(body) > self._limits.body_bytes:
            raise BodyTooLarge(limit=self._limits.body_bytes)
        return body

    def watch(self) -> None:
        """Cancels the task that made this client as soon as the client is gone."""
        self._direct.watch(self._leave)

    def stop_watching(self) -> None:
        """Ends what `watch` began."""
        self._direct.forget(self._leave)

    async def answer(
        self, status: int, headers: Headers, body: bytes, ending: Callable[[], None] = lambda: None
    ) -> None:
        """Sends a whole answer. `ending` is called before the last bytes of it go out."""
        self.begun = True
        if len(body) <= PART:
            ending()
            self._direct.whole(status, headers, body)
            return
        self._direct.begin(status, headers, len(body))
        for start in range(0, len(body), PART):
            if start + PART >= len(body):
                ending()
            await self.part(body[start : start + PART])
        self._direct.end()

    async def dismiss(self, status: int, headers: Headers, body: bytes) -> None:
        """Sends a whole answer to a client that may still be sending, and reads on for a moment before it closes.

        Closing at once would reset the connection, and the answer would be lost. Source: RFC 9112, 9.6.
        """
        self.begun = True
        self._direct.begin(status, headers, len(body))
        self._direct.part(body)
        if (b"expect", b"100-continue") not in self._scope["headers"]:  # it waits to be asked for its body
            with suppress(TimeoutError):  # it had its moment
                async with asyncio.timeout(LINGER_S):
                    await self._drained()
        self._direct.end()

    async def _drained(self) -> None:
        dropped, more = 0, True
        while more and dropped < LINGER_BYTES:
            message = await self._receive()
            dropped += len(message.get("body", b""))
            more = message.get("more_body", False)

    def begin(self, headers: Headers) -> None:
        """Begins an answer of unknown length."""
        self.begun = True
        self._direct.begin(200, headers, None)

    async def part(self, data: bytes) -> None:
        """Sends the next part of it, once the client has room for it."""
        if self._direct.full:
            await self._room()
        self._direct.part(data)

    async def _room(self) -> None:
        timer = asyncio.get_running_loop().call_later(self._limits.write_s, self._leave)
        try:
            await self._direct.drained()
        finally:
            timer.cancel()

    async def end(self, last: bytes) -> None:
        """Ends it with the last part, once the client has room for it."""
        if self._direct.full:
            await self._room()
        self._direct.end(last)

    async def abort(self) -> None:
        """Resets the connection; what was not sent yet is dropped. Returns once it is gone."""
        self._direct.reset()
        while (await self._receive())["type"] != "http.disconnect":
            continue

    def _leave(self) -> None:
        if self.gone:
            return  # its connection was reset because it did not read, and now that is seen
        self.gone = True
        if self._task is not None:
            self._task.cancel()
