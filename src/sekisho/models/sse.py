"""Server-sent events: bytes in, `data` payloads out."""

from sekisho.models.flaw import Flaw

EVENT_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_FIELD = b"data: "
_BETWEEN = b"\n\ndata: "


class EventParser:
    """Reads a stream of events in pieces of any size; how it is cut changes nothing.

    Comments and the fields event, id and retry are dropped. An event that is not finished by an empty line is never
    given out. After a flaw, nothing more is.

    Source: WHATWG HTML, 9.2.6 Interpreting an event stream. One difference: invalid UTF-8 in data is a flaw and not
    replaced, since a guard would otherwise judge another text than the one sent.

    Attributes:
        flaw: what broke the stream, after the events that came before it; None while it is sound.
        limit: longest line, and longest data of one event, in bytes.
    """

    __slots__ = ("_data", "_partial", "_partial_size", "_size", "_skip_lf", "_start", "flaw", "limit")

    def __init__(self, limit: int = EVENT_BYTES) -> None:
        self.limit = limit
        self.flaw: Flaw | None = None
        self._start: bytes | None = b""  # first bytes, until it is clear whether they are a byte order mark
        self._skip_lf = False  # a CR ended the last piece; an LF that follows belongs to it
        self._partial: list[bytes] = []  # pieces of a line that has not ended; joined once, so drops stay cheap
        self._partial_size = 0
        self._data: list[bytes] = []  # data lines of an event that has not ended
        self._size = 0

    def feed(self, piece: bytes) -> list[bytes]:
        """The payloads of all events that `piece` completes, in order."""
        if self.flaw is not None:
            return []
        if self._start is not None or self._skip_lf or b"\r" in piece:
            piece = self._cleaned(piece)
        if b"\n" not in piece:
            self._keep(piece)
            return []
        if self._partial:
            piece = b"".join(self._partial) + piece
            self._partial, self._partial_size = [], 0
        events: list[bytes] = []
        if not self._data:
            head, end, rest = piece.rpartition(b"\n\n")
            if end and self._usual(head, events):
                piece = rest
        if piece and self.flaw is None:
            self._lines(piece, events)
        return events

    def _usual(self, head: bytes, events: list[bytes]) -> bool:
        """Reads whole events of one `data: ` line each with a single split; False where one looks otherwise."""
        payloads = head[6:].split(_BETWEEN)
        if not head.startswith(_FIELD) or b"\n" in b"".join(payloads):
            return False
        if len(head) > self.limit and max(map(len, payloads)) + len(_FIELD) > self.limit:
            return False
        try:
            head.decode()
        except UnicodeDecodeError:
            return False  # the other path finds the event at fault
        events += payloads
        return True

    def _lines(self, piece: bytes, events: list[bytes]) -> None:
        *lines, rest = piece.split(b"\n")
        for line in lines:
            if len(line) > self.limit:
                self.flaw = Flaw.EVENT_TOO_LARGE
            elif line:
                self._field(line)
            elif self._data:
                self._dispatch(events)
            if self.flaw is not None:
                return
        if rest:
            self._keep(rest)

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name != b"data":
            return
        self._data.append(value.removeprefix(b" "))
        self._size += len(value) + 1
        if self._size > self.limit:
            self.flaw = Flaw.EVENT_TOO_LARGE

    def _dispatch(self, events: list[bytes]) -> None:
        payload = b"\n".join(self._data)
        self._data, self._size = [], 0
        try:
            payload.decode()
        except UnicodeDecodeError:
            self.flaw = Flaw.NOT_UTF8
        else:
            events.append(payload)

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._partial.append(piece)
            self._partial_size += len(piece)
            if self._partial_size > self.limit:
                self.flaw = Flaw.EVENT_TOO_LARGE
                self._partial = []

    def _cleaned(self, piece: bytes) -> bytes:
        """Without the byte order mark, and every CR and CRLF as LF, also where one is cut in two."""
        if self._start is not None:
            piece = self._start + piece
            if len(piece) < len(_BOM) and _BOM.startswith(piece):
                self._start = piece
                return b""
            self._start = None
            piece = piece.removeprefix(_BOM)
        if self._skip_lf and piece:
            piece = piece.removeprefix(b"\n")
            self._skip_lf = False
        if b"\r" not in piece:
            return piece
        self._skip_lf = piece.endswith(b"\r")
        return piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
