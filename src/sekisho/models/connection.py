"""Connection: one keep-alive HTTP/1.1 connection to an upstream, one exchange at a time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

from sekisho.core.errors import UpstreamBroken, UpstreamError, UpstreamTimeout
from sekisho.core.settings import Timeouts
from sekisho.models.flaw import Flaw
from sekisho.models.phase import Phase

HEADER_BYTES = 64 * 1024
IDLE_S = 30.0  # longest rest between two exchanges; many servers close after 60 or 75 s themselves
DRAIN_S = 1.0  # what a server may take to end a body that nobody needs any more …
DRAIN_BYTES = 64 * 1024  # … and how long that end may be; otherwise a new connection is cheaper


@dataclass(slots=True)
class Head:
    """Status and headers of an answer. The names in `fields` are in lower case; values of one name are joined."""

    status: int
    fields: dict[bytes, bytes]

    @property
    def encoded(self) -> bool:
        """Whether the body is anything but plain, chunked or not."""
        content = self.fields.get(b"content-encoding", b"identity")
        transfer = self.fields.get(b"transfer-encoding", b"chunked")
        return content.lower() not in (b"identity", b"") or transfer.lower() != b"chunked"

    @property
    def event_stream(self) -> bool:
        """Whether the body is `text/event-stream`."""
        kind = self.fields.get(b"content-type", b"")
        return kind.partition(b";")[0].strip().lower() == b"text/event-stream"

    @property
    def length(self) -> int:
        """The declared length of the body in bytes; 0 where none is."""
        return int(self.fields.get(b"content-length", b"0"))

    @property
    def retry_after_s(self) -> float | None:
        """`Retry-After` in seconds; None where it is missing or a date (RFC 9110, 10.2.3)."""
        value = self.fields.get(b"retry-after", b"").strip()
        return float(value) if value.isdigit() and len(value) < 10 else None


class Unanswered(UpstreamBroken):
    """A connection that had served before closed without a byte of answer: it was stale. Never leaves this package."""


class Receiver(Protocol):
    """Takes one answer. Called inside the event loop's read; after `Connection.leave` or `abort`, never again."""

    @property
    def whole(self) -> bool:
        """Whether the answer comes in one piece: it then has the total time, whenever its bytes come."""
        ...

    def begin(self, head: Head) -> None:
        """The header is whole."""
        ...

    def take(self, parts: list[bytes]) -> None:
        """Body bytes, in order, once per read. Empties `parts`."""
        ...

    def finish(self) -> None:
        """The body is whole."""
        ...

    def fail(self, fault: UpstreamError) -> None:
        """Instead of `finish`: the answer will never be whole, and the connection is gone."""
        ...


class Owner(Protocol):
    """Keeps connections between exchanges."""

    def opened(self, connection: "Connection") -> None:
        """The connection is open; `lost` will follow once."""
        ...

    def rest(self, connection: "Connection") -> None:
        """The connection can serve again."""
        ...

    def lost(self, connection: "Connection") -> None:
        """The connection is closed."""
        ...


class Connection(asyncio.Protocol):
    """Sends one request at a time and hands its answer to a receiver; watches every time-out but connecting.

    One timer serves the whole life of a connection: it is moved only when a deadline comes earlier, so an exchange
    on a warm connection usually costs none.
    """

    def __init__(self, model: str, timeouts: Timeouts, owner: Owner) -> None:
        self._model = model
        self._timeouts = timeouts
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._receiver: Receiver | None = None
        self._parts: list[bytes] = []
        self.on_body: Callable[[bytes], None] = self._parts.append
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._uses = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = self._due = self._limit = self._total_due = 0.0
        self._phase: Phase | None = None
        self._draining = False
        self._clear()

    def _clear(self) -> None:
        self._received = 0
        self._bare = 0  # bytes since the last of a body
        self._lines: list[bytes] = []  # names and values of all header and trailer fields in turn
        self._passed_over = 0  # of them, because they are not those of the answer
        self._fields: dict[bytes, bytes] = {}
        self._status = 0
        self._head_done = False
        self._complete = False
        self._excess_at: int | None = None
        self._keep_alive = False

    # what its users do

    @property
    def usable(self) -> bool:
        """Whether it is open and at rest."""
        return self._transport is not None and not self._transport.is_closing() and self._receiver is None

    def serves(self, receiver: Receiver) -> bool:
        """Whether `receiver` still waits for its answer here."""
        return self._receiver is receiver

    def send(self, request: bytes, receiver: Receiver, total_due: float) -> None:
        """Sends `request`; its answer goes to `receiver`. `total_due` is the loop time at which all must be over."""
        transport = self._transport
        if transport is None or self._receiver is not None:
            raise RuntimeError("the connection is closed or busy")
        self._receiver = receiver
        self._uses += 1
        self._total_due = total_due
        phase = Phase.TOTAL if receiver.whole else Phase.FIRST_TOKEN
        self._watch(phase, self._timeouts.total if receiver.whole else self._timeouts.first_token)
        transport.write(request)

    def progress(self) -> None:
        """A token came: the next one, if there is one, has `timeouts.between_tokens` seconds."""
        if not self._complete:
            self._watch(Phase.BETWEEN_TOKENS, self._timeouts.between_tokens)

    def pause(self) -> None:
        """Reads no more for now; only the total time runs on."""
        if self._transport is not None:
            self._transport.pause_reading()
            self._watch(Phase.TOTAL, self._timeouts.total)

    def resume(self) -> None:
        """Reads again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self.progress()

    def leave(self) -> None:
        """The receiver has all it needs. The connection serves again once the rest of the answer, if short, is read.

        To be called by the receiver inside its own methods.
        """
        self._receiver = None
        if self._transport is not None:
            self._draining = True
            self._received = 0
            if not self._complete:
                self._watch(None, DRAIN_S)

    def abort(self) -> None:
        """Closes at once. The receiver hears nothing any more."""
        self._receiver = None
        self._draining = False
        if self._transport is not None:
            self._transport.abort()

    def fail(self, fault: UpstreamError) -> None:
        """Closes at once, and tells the receiver why."""
        receiver = self._receiver
        self.abort()
        if receiver is not None:
            receiver.fail(fault)

    def cut(self) -> None:
        """Closes at once; an answer under way is cut short."""
        self.fail(self._broken(Flaw.CUT_SHORT))

    # what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Opened."""
        self._transport = cast("asyncio.Transport", transport)
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        """Reads on, then tells the receiver once about everything that came."""
        parser = self._parser
        if parser is None or (self._receiver is None and not self._draining):
            self.abort()  # nobody asked: what comes now could be taken for the answer to the next request
            return
        self._received += len(data)
        sound = True
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            sound = False
        if self._excess_at is not None:
            sound = False
            del self._parts[self._excess_at :]
        self._bare = 0 if self._parts else self._bare + len(data)
        self._hand_on(sound=sound)

    def connection_lost(self, exc: Exception | None) -> None:
        """Closed, by whichever side."""
        receiver = self._receiver
        self._receiver = None
        self._transport = None
        self._parser = None  # it points back here
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._owner.lost(self)
        if receiver is None:
            return
        if self._head_done and exc is None and self._ends_with_connection:
            receiver.finish()
        elif self._received == 0 and self._uses > 1:
            receiver.fail(Unanswered(model=self._model, why=Flaw.NO_RESPONSE))
        else:
            receiver.fail(self._broken(Flaw.CUT_SHORT if self._received else Flaw.NO_RESPONSE))

    # what the HTTP parser calls

    def on_message_begin(self) -> None:
        """An answer begins; a second one is more than was asked for, and its body counts for nothing."""
        if self._complete and self._excess_at is None:
            self._excess_at = len(self._parts)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or trailer field."""
        self._lines += (name, value)

    def on_headers_complete(self) -> None:
        """The header is whole; those of 1xx are passed over (RFC 9110, 15.2)."""
        parser = self._parser
        if parser is None or self._complete:
            return
        status = parser.get_status_code()
        if status < 200:
            self._passed_over = len(self._lines)
        else:
            self._status = status
            self._fields = _fields(self._lines[self._passed_over :])
            self._keep_alive = parser.should_keep_alive()
            self._head_done = True

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._complete = self._head_done

    # inside

    @property
    def _ends_with_connection(self) -> bool:
        return b"content-length" not in self._fields and b"transfer-encoding" not in self._fields

    def _hand_on(self, *, sound: bool) -> None:
        receiver, parts = self._receiver, self._parts
        if receiver is not None and self._head_done:
            self._open(receiver)
            if parts and self._receiver is receiver:
                receiver.take(parts)
        parts.clear()
        if sound and not self._complete and self._bare > HEADER_BYTES:
            # A header, a trailer or the extension of a chunk. The parser gathers a field's value until it ends.
            self.fail(self._broken(Flaw.HEADERS_TOO_LARGE))
            return
        if not sound:
            self.fail(self._broken(Flaw.EXCESS if self._complete else Flaw.MALFORMED))
        elif self._complete and self._receiver is not None:
            self._receiver.finish()
        if self._draining:
            self._drain()

    def _open(self, receiver: Receiver) -> None:
        """Hands the header on, once: `_status` is 0 afterwards."""
        if not self._status:
            return
        head = Head(self._status, self._fields)
        self._status = 0
        if sum(map(len, self._lines)) > HEADER_BYTES:
            self.fail(self._broken(Flaw.HEADERS_TOO_LARGE))
        elif head.encoded and head.status == 200:
            self.fail(self._broken(Flaw.ENCODED))
        else:
            receiver.begin(head)

    def _drain(self) -> None:
        transport = self._transport
        if not self._complete:
            if self._received > DRAIN_BYTES:
                self.abort()
            return
        self._draining = False
        # An answer that came before its request was sent in full leaves the rest of the request in the way.
        if transport is None or not self._keep_alive or transport.get_write_buffer_size():
            self.abort()
            return
        self._clear()
        self._watch(None, IDLE_S)
        self._owner.rest(self)

    def _broken(self, flaw: Flaw) -> UpstreamBroken:
        return UpstreamBroken(model=self._model, why=flaw)

    def _watch(self, phase: Phase | None, limit: float) -> None:
        """From now, `phase` may take `limit` seconds, within the total. None: nobody waits for an answer."""
        due = self._loop.time() + limit
        if self._receiver is not None and due >= self._total_due:
            due, phase, limit = self._total_due, Phase.TOTAL, self._timeouts.total
        self._due, self._phase, self._limit = due, phase, limit
        if self._timer is None or self._timer_at > due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer_at = due
            self._timer = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._loop.time() < self._due - 0.002:  # the deadline has moved on since; uvloop counts in milliseconds
            self._timer_at = self._due
            self._timer = self._loop.call_at(self._due, self._ring)
        elif self._receiver is not None:
            self.fail(UpstreamTimeout(model=self._model, phase=self._phase, limit=f"{self._limit:g}"))
        else:
            self.abort()


def _fields(lines: Sequence[bytes]) -> dict[bytes, bytes]:
    """The fields of a header, by their names in lower case. `lines`: names and values in turn."""
    names, values = [*map(bytes.lower, lines[::2])], lines[1::2]
    fields = dict(zip(names, values, strict=True))
    if len(fields) == len(names):
        return fields  # most headers
    joined: dict[bytes, bytes] = {}
    for name, value in zip(names, values, strict=True):
        joined[name] = joined[name] + b"," + value if name in joined else value
    return joined
