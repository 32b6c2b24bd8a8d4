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
from typing import Any

from sekisho.core.errors import BodyTooLarge, SlowRequest
from sekisho.core.settings import Limits

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

ABORT = "sekisho.abort"  # extension of the scope that resets the connection
READY = "sekisho.ready"  # extension of the scope that tells whether receiving would wait
WHOLE = "sekisho.whole"  # extension of the scope that sends a whole answer at once
PART = 65_536  # bytes at a time, so that a client that does not read is noticed
LOOKS = 4  # at the clock, within `write_s`
LINGER_S, LINGER_BYTES = 2.0, 64 << 20  # what a refused client may go on sending
PATIENCE_S = 1.0  # before a client that waits for a whole answer is watched; most have it by then


class ClientLeft(Exception):
    """The client went away before its request was whole."""


class Client:
    """One request's client.

    Attributes:
        gone: it left or stopped reading; the task that serves it is then cancelled.
        begun: the status line is out.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._sending_since: float | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._watcher: asyncio.Task[None] | None = None
        self.gone = False
        self.begun = False

    async def body(self) -> bytes:
        """The whole body. Raises `BodyTooLarge`, `SlowRequest` or `ClientLeft`."""
        most = self._limits.body_bytes
        for name, value in self._scope["headers"]:
            if name == b"content-length" and len(value) < 20 and int(value) > most:
                raise BodyTooLarge(limit=most)
        message = await self._receive() if self._here() else None
        if message is not None and message["type"] == "http.request" and not message["more_body"]:
            return self._bounded(message["body"])
        try:
            async with asyncio.timeout(self._limits.body_s):
                return await self._rest(message or await self._receive())
        except TimeoutError as fault:
            raise SlowRequest(limit=f"{self._limits.body_s:g}") from fault

    def _here(self) -> bool:
        """Whether a part of the body is here already, as it mostly is, so that there is no need for a timer."""
        ready = self._scope.get("extensions", {}).get(READY)
        return ready is not None and ready()

    async def _rest(self, message: dict[str, Any]) -> bytes:
        body = bytearray()
        while message["type"] == "http.request":
            body += message["body"]
            self._bounded(body)
            if not message["more_body"]:
                return bytes(body)
            message = await self._receive()
        raise ClientLeft

    def _bounded(self, body: Any) -> Any:
        if len(body) > self._limits.body_bytes:
            raise BodyTooLarge(limit=self._limits.body_bytes)
        return body

    def watch(self, after_s: float = 0.0) -> None:
        """Cancels the task that made this client as soon as the client is gone; begins after `after_s` seconds."""
        if after_s:
            self._timers["watch"] = self._loop.call_later(after_s, self.watch)
            return
        self._watcher = self._loop.create_task(self._until_gone())
        self._look()

    def stop_watching(self) -> None:
        """Ends what `watch` began."""
        for timer in self._timers.values():
            timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    async def answer(
        self, status: int, headers: Headers, body: bytes, ending: Callable[[], None] = lambda: None
    ) -> None:
        """Sends a whole answer. `ending` is called before the last bytes of it go out."""
        self.begun = True
        whole = self._scope.get("extensions", {}).get(WHOLE)
        if whole is not None and len(body) <= PART:
            ending()
            whole(status, headers, body)
            return
        length = (b"content-length", b"%d" % len(body))
        await self._pushed({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        for start in range(0, len(body), PART):
            more = start + PART < len(body)
            if not more:
                ending()
            await self._pushed({"type": "http.response.body", "body": body[start : start + PART], "more_body": more})

    async def dismiss(self, status: int, headers: Headers, body: bytes) -> None:
        """Sends a whole answer to a client that may still be sending, and reads on for a moment before it closes.

        Closing at once would reset the connection, and the answer would be lost. Source: RFC 9112, 9.6.
        """
        length = (b"content-length", b"%d" % len(body))
        self.begun = True
        await self._pushed({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await self._pushed({"type": "http.response.body", "body": body, "more_body": True})
        if (b"expect", b"100-continue") not in self._scope["headers"]:  # it waits to be asked for its body
            with suppress(TimeoutError):  # it had its moment
                async with asyncio.timeout(LINGER_S):
                    await self._drained()
        await self.end()

    async def _drained(self) -> None:
        dropped, more = 0, True
        while more and dropped < LINGER_BYTES:
            message = await self._receive()
            dropped += len(message.get("body", b""))
            more = message.get("more_body", False)

    async def begin(self, headers: Headers) -> None:
        """Begins an answer of unknown length."""
        self.begun = True
        await self._pushed({"type": "http.response.start", "status": 200, "headers": headers})

    async def part(self, data: bytes) -> None:
        """Sends the next part of it."""
        await self._pushed({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        """Ends it."""
        await self._pushed({"type": "http.response.body", "body": b""})

    async def abort(self) -> None:
        """Resets the connection; what was not sent yet is dropped. Returns once it is gone."""
        abort = self._scope.get("extensions", {}).get(ABORT)
        if abort is not None:
            abort()
            await self._disconnected()

    async def _pushed(self, message: dict[str, Any]) -> None:
        self._sending_since = self._loop.time()
        await self._send(message)
        self._sending_since = None

    async def _until_gone(self) -> None:
        await self._disconnected()
        self._leave()

    async def _disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue

    def _look(self) -> None:
        since = self._sending_since
        if since is not None and self._loop.time() - since > self._limits.write_s:
            self._leave()
        else:
            self._timers["look"] = self._loop.call_later(self._limits.write_s / LOOKS, self._look)

    def _leave(self) -> None:
        if self.gone:
            return  # its connection was reset because it did not read, and now that is seen
        self.gone = True
        if self._task is not None:
            self._task.cancel()
