"""Whole: receives an answer that comes in one piece."""

import asyncio

from sekisho.core.errors import UpstreamBroken, UpstreamError
from sekisho.models.connection import Connection, Head
from sekisho.models.flaw import Flaw

BODY_BYTES = 64 << 20


class Whole:
    """Collects one unstreamed answer. The body of anything but a 200 is not read.

    Attributes:
        ready: done when the answer is whole, or will never be.
        head: status and headers, once they came.
        fault: why there is no answer.
    """

    __slots__ = ("_connection", "_model", "_parts", "_size", "fault", "head", "ready")
    whole = True

    def __init__(self, model: str, connection: Connection) -> None:
        self._model = model
        self._connection = connection
        self._parts: list[bytes] = []
        self._size = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.head: Head | None = None
        self.fault: UpstreamError | None = None

    @property
    def payload(self) -> bytes:
        """The body as it came."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def begin(self, head: Head) -> None:
        """Takes the header."""
        self.head = head
        if head.status != 200:
            self.finish()
        elif head.length > BODY_BYTES:
            self._too_large()

    def take(self, parts: list[bytes]) -> None:
        """Takes body bytes."""
        self._size += sum(map(len, parts))
        self._parts += parts
        parts.clear()
        if self._size > BODY_BYTES:
            self._too_large()

    def finish(self) -> None:
        """The answer is whole."""
        self._connection.leave()
        self._wake()

    def fail(self, fault: UpstreamError) -> None:
        """The answer will never be whole."""
        self.fault = fault
        self._parts.clear()
        self._wake()

    def _too_large(self) -> None:
        self._connection.fail(UpstreamBroken(model=self._model, why=Flaw.BODY_TOO_LARGE))

    def _wake(self) -> None:
        if not self.ready.done():  # it is done when the task that waited was cancelled
            self.ready.set_result(None)
