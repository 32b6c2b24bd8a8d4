"""Endpoint: where a model's server listens, read from its base URL."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sekisho.core.errors import ConfigurationError

CHAT = "/chat/completions"
PROMPT = "/completions"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of one OpenAI-compatible server.

    Attributes:
        host: name or address to connect to, without the brackets of IPv6.
        authority: value of the `Host` header.
        base: path before that of a method, without a slash at its end.
    """

    host: str
    port: int
    tls: bool
    authority: str
    base: str

    @classmethod
    def of(cls, url: str, where: str) -> "Endpoint":
        """Reads a base URL such as `http://127.0.0.1:8000/v1`. `where` names the setting in errors.

        Raises `ConfigurationError` for other schemes, user names, queries, fragments, and anything that is not
        printable ASCII: such characters could smuggle header lines (RFC 9112, 11.1).
        """
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ConfigurationError(where=where, what="the URL may hold only printable ASCII")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as fault:
            raise ConfigurationError(where=where, what="the URL cannot be read") from fault
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(where=where, what="the URL must begin with http:// or https:// and a host")
        if parts.username is not None or parts.query or parts.fragment:
            raise ConfigurationError(where=where, what="the URL may hold no user name, query or fragment")
        tls = parts.scheme == "https"
        return cls(parts.hostname, port or (443 if tls else 80), tls, parts.netloc, parts.path.rstrip("/"))

    def head(self, key: str, path: str = CHAT, accept: str = "application/json, text/event-stream") -> bytes:
        """The request up to the number of `Content-Length`; `key` is the API key, or empty."""
        lines = [
            f"POST {self.base}{path} HTTP/1.1",
            f"Host: {self.authority}",
            "User-Agent: sekisho",
            f"Accept: {accept}",
            # Guards must read the answer, and a compressed one could be a bomb; so none is asked for or taken.
            "Accept-Encoding: identity",
            "Content-Type: application/json",
            *([f"Authorization: Bearer {key}"] if key else []),
            "Content-Length: ",
        ]
        return "\r\n".join(lines).encode("ascii")
