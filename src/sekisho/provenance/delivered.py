"""What a person was given: the texts of an answer, out of the content that the ledger keeps of it."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any, cast

import orjson

from sekisho.core.language import Language
from sekisho.ledger.kept import Content
from sekisho.ledger.ledger import Ledger
from sekisho.policy import notices
from sekisho.provenance.marks.selectors import stripped
from sekisho.provenance.media.code import sought

_NOTICED = ("refuse", "hold", "replace")  # verdicts that end an answer with words of ours


def given(ledger: Ledger, content: Content) -> tuple[str, ...]:
    """The texts that a person was given in the exchange of this content. Raises `LedgerFault`."""
    try:
        statement: Any = orjson.loads(ledger.leaf(content.position))
    except orjson.JSONDecodeError:
        return ()
    return texts_of(cast("Mapping[str, Any]", statement), content.content) if isinstance(statement, dict) else ()


def texts_of(statement: Mapping[str, Any], content: bytes) -> tuple[str, ...]:
    """The text of each choice as the model gave it and the pipeline let it pass, without labels, marks and notices.

    `statement` is what the log says of the exchange. A choice without words has no text; () for a content that has
    another form.
    """
    told = _answer(content)
    whole: dict[int, str] = {}
    separate = False  # a stream keeps labels and notices apart
    for one in told:
        index, text = one.get("index"), one.get("content")
        separate = separate or "notice" in one or "label" in one
        if isinstance(index, int) and isinstance(text, str):
            whole[index] = whole.get(index, "") + text
    ended = statement.get("finish") == "content_filter" or statement.get("verdict") in _NOTICED
    texts = [stripped(unlabelled(text)) for _, text in sorted(whole.items())]
    if ended and not separate:
        texts = [text.rpartition("\n\n")[0] for text in texts]
    return tuple(text for text in texts if text)


def codes_of(content: bytes) -> list[bytes]:
    """The codes of the pictures and sounds that a person was given, with their headers, as the pipeline noted them."""
    found: list[bytes] = []
    for one in _answer(content):
        codes: Any = one.get("iscc")
        for code in cast("list[object]", codes) if isinstance(codes, list) else []:
            with suppress(ValueError):
                found.append(sought(str(code)))
    return found


def _answer(content: bytes) -> list[Mapping[str, Any]]:
    try:
        kept: Any = orjson.loads(content)
    except orjson.JSONDecodeError:
        return []
    answer: Any = cast("Mapping[str, Any]", kept).get("answer") if isinstance(kept, dict) else None
    if not isinstance(answer, list):
        return []
    return [cast("Mapping[str, Any]", one) for one in cast("list[Any]", answer) if isinstance(one, dict)]


def unlabelled(text: str) -> str:
    """The text without the label, and the line that names its record, which a profile may have put under it."""
    while True:
        rest, gap, last = text.rstrip().rpartition("\n")
        if (
            not gap
            or not rest.strip()
            or not any(last.startswith(start) and last.endswith(end) for start, end in _ours())
        ):
            return text
        text = rest.rstrip()


@cache
def _ours() -> list[tuple[str, str]]:
    """How lines of ours begin and end, in both languages."""
    lines = [
        line
        for language in cast("tuple[Language, ...]", ("ja", "en"))
        for line in (notices.label("\0", language), notices.line("\0", "\0", language))
    ]
    return [(line.partition("\0")[0], line.rpartition("\0")[2]) for line in lines]
