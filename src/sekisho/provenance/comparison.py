"""Which part of an exchange a text is: compared with the digests of a receipt, byte for byte."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson

from sekisho.provenance import answered
from sekisho.provenance.opening import (
    ANSWER,
    EARLIER,
    LAST,
    REQUEST,
    Opening,
    Part,
    canonical,
    digest,
    of_answer,
    of_request,
    rest,
    text_of,
    told,
)
from sekisho.provenance.opening import stated as stated_of
from sekisho.provenance.receipt import Receipt

ROLES = ("user", "assistant", "system", "tool", "developer", "function")
MAX_TEXT = 64_000_000  # bytes
MAX_EVENTS = 100_000  # of a saved stream


def part_of(receipt: Receipt, text: bytes, salt: bytes = b"") -> Part | None:
    """The part of the exchange that `text` is; None for a text that the receipt does not speak of.

    1. The whole request, as it was sent.
    2. The whole answer: a saved response body, or a saved stream, also behind the headers that `curl -i` prints.
    3. The text of one message or one choice; of a content that is no string, its JSON.
    4. The messages before those that have a digest of their own, as a JSON list.

    One line feed at the end of the text counts as added by an editor if it fits without. A receipt of version 1 has no
    opening: it takes the `salt` that was kept with the content, and knows 1 and 2 alone. A text of more than `MAX_TEXT`
    bytes is none of them.
    """
    if len(text) > MAX_TEXT:
        return None
    spellings = [text, *([text[:-1]] if text.endswith(b"\n") else [])]
    if receipt.opening is None:
        return _of_version_1(receipt, spellings, salt)
    return next(_found(receipt.opening, spellings), None)


def _found(opening: Opening, spellings: list[bytes]) -> Iterator[Part]:
    for text in spellings:
        # 1. The request
        yield from _one(opening, REQUEST, text)
    # 2. The answer
    body = spellings[0].partition(b"\r\n\r\n")[2] if spellings[0].startswith(b"HTTP/") else spellings[0]
    decoded = _json(body)
    answer = _answer(body, decoded)
    if answer is not None and _is_whole(opening, answer):
        yield Part(ANSWER)
    # 3. Messages and choices
    parts = [name for name in opening.names if name[0] in "mc"]
    texts = [*spellings, *([told(cast("object", decoded))] if isinstance(decoded, list) else [])]
    for text in texts:
        for name in parts:
            yield from _one(opening, name, text, ROLES if name[0] == "m" else ("",))
    # 4. Earlier messages
    if isinstance(decoded, list):
        yield from _one(opening, EARLIER, canonical(cast("list[Any]", decoded)))


def _is_whole(opening: Opening, choices: list[dict[str, Any]]) -> bool:
    names = [name for name in opening.names if name[0] == "c"]
    return (
        opening.part(ANSWER, canonical(rest(choices))) is not None
        and len(names) == min(len(choices), LAST)
        and all(opening.part(name, text_of(one)) for name, one in zip(names, choices, strict=False))
    )


def _one(opening: Opening, name: str, text: bytes, roles: tuple[str, ...] = ("",)) -> Iterator[Part]:
    part = opening.part(name, text, roles)
    if part is not None:
        yield part


def unlike(stated: Mapping[str, Any], salt: bytes, request: bytes, answer: bytes) -> str:
    """Whether kept contents are those that a statement of any version speaks of; its verdict on the `salt`ed texts.

    Returns `request` or `answer` for the one that is another, or an empty text. Raises `ValueError` for a request or
    answer that is none.
    """
    if stated.get("v") == 1:
        found = {name: hashlib.sha256(salt + text).hexdigest() for name, text in ((REQUEST, request), (ANSWER, answer))}
    else:
        commitment = digest(salt)
        asked: Any = orjson.loads(request)
        said: Any = orjson.loads(answer)
        if not isinstance(asked, dict) or orjson.dumps(said) != answer:
            raise ValueError("not a request and an answer")
        lists = {
            REQUEST: of_request(salt, request, cast("dict[str, Any]", asked).get("messages", [])),
            ANSWER: of_answer(salt, answered.choices(said)),
        }
        found = {name: stated_of(commitment, listed) for name, listed in lists.items()}
    return next((name for name, said in found.items() if said != stated.get(name)), "")


def _of_version_1(receipt: Receipt, spellings: list[bytes], salt: bytes) -> Part | None:
    for text in spellings:
        salted = hashlib.sha256(salt + text).hexdigest()
        for name in (REQUEST, ANSWER):
            if receipt.get(name) == salted:
                return Part(name)
    return None


def _answer(text: bytes, decoded: object) -> list[dict[str, Any]] | None:
    """The answer in a response body, or in the events of a saved stream; None where there is none."""
    try:
        if isinstance(decoded, dict):
            return answered.choices(answered.received(cast("dict[str, Any]", decoded)))
        return answered.choices(_events(text)) if b"data:" in text else None
    except (ValueError, TypeError, AttributeError):
        return None


def _events(text: bytes) -> Iterator[dict[str, Any]]:
    """The deltas of a saved stream of server-sent events. Raises `ValueError` where one is none."""
    lines = [line[5:] for line in text.splitlines() if line.startswith(b"data:")]
    if len(lines) > MAX_EVENTS:
        raise ValueError("too many events")
    for line in lines:
        if line.strip() != b"[DONE]":
            yield from answered.received(orjson.loads(line))


def _json(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
