"""One small POST to a server that the operator named, bounded in time and size. No redirects, no proxies."""

import asyncio
import ssl

import httptools

from sekisho.models.endpoint import Endpoint

TOTAL_S = 10.0
MAX_ANSWER = 64 * 1024  # bytes, header included


class PostFailed(Exception):
    """There is no whole answer."""


class Answer:
    """An answer as httptools reads it."""

    def __init__(self) -> None:
        self.status = 0
        self.kind = ""
        self.body = b""
        self.whole = False
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Takes what has come. Raises `httptools.HttpParserError`."""
        self._parser.feed_data(data)
        self.status = self._parser.get_status_code()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        if name.lower() == b"content-type":
            self.kind = value.decode("latin-1")

    def on_body(self, part: bytes) -> None:
        """Called by the parser."""
        self.body += part

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.whole = True


async def post(endpoint: Endpoint, path: str, body: bytes, *, total_s: float = TOTAL_S) -> Answer:
    """Sends `body` and returns the answer, whatever its status. Raises `PostFailed`."""
    try:
        async with asyncio.timeout(total_s):
            return await _exchanged(endpoint, path, body)
    except TimeoutError as fault:
        raise PostFailed(f"no whole answer within {total_s:g} s") from fault
    except (OSError, UnicodeError, httptools.HttpParserError, httptools.HttpParserUpgrade) as fault:
        raise PostFailed(str(fault) or type(fault).__name__) from fault


async def _exchanged(endpoint: Endpoint, path: str, body: bytes) -> Answer:
    context = ssl.create_default_context() if endpoint.tls else None
    reader, writer = await asyncio.open_connection(endpoint.host, endpoint.port, ssl=context)
    try:
        lines = [
            f"POST {endpoint.base}{path} HTTP/1.1",
            f"Host: {endpoint.authority}",
            "User-Agent: sekisho",
            "Accept-Encoding: identity",
            "Content-Type: text/plain; charset=utf-8",
            "Connection: close",
            f"Content-Length: {len(body)}",
        ]
        writer.write("\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body)
        await writer.drain()
        answer = Answer()
        left = MAX_ANSWER
        while not answer.whole and (data := await reader.read(left)):
            answer.feed(data)
            left -= len(data)
            if left <= 0:
                raise PostFailed("the answer is too long")
        if not answer.whole:
            raise PostFailed("the answer ended early")
        return answer
    finally:
        writer.close()
