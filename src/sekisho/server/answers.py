"""How errors go out over HTTP."""

from dataclasses import dataclass
from math import ceil

import orjson

from sekisho.core.errors import BodyTooLarge, SekishoError, SlowRequest, UpstreamRefused
from sekisho.core.language import Language
from sekisho.pipeline.explain import error_body
from sekisho.server.client import CLOSE

JSON = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def error(fault: SekishoError, language: Language) -> Answer:
    """The response that tells of an error, in the shape of OpenAI's API."""
    headers: list[tuple[bytes, bytes]] = [JSON]
    if fault.exchange:
        headers.append((b"sekisho-exchange", fault.exchange.encode()))
    if fault.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if "retry_s" in fault.details:
        headers.append((b"retry-after", fault.details["retry_s"].encode()))
    elif isinstance(fault, UpstreamRefused) and fault.retry_s is not None and fault.status == 429:
        headers.append((b"retry-after", b"%d" % ceil(fault.retry_s)))  # as the model's server said
    if isinstance(fault, BodyTooLarge | SlowRequest):
        headers.append(CLOSE)  # what is left of the body is not worth reading
    return Answer(fault.status, headers, orjson.dumps(error_body(fault, language)))
