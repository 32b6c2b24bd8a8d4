"""JSON as every reader takes it alike: no name twice, no NaN; also where it stands amid words."""

import json
import re
from collections.abc import Sequence
from typing import cast

PLACES = 8  # of a text at which data may begin amid words

_OPENING = re.compile(r"[{\[]")


class NoJson:
    """What a text says that is no JSON."""


NO_JSON = NoJson()


def read(text: str) -> object:
    """A text as JSON, or `NO_JSON`. Names that stand twice are none: readers differ in which of them they take."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return NO_JSON


def pieces(text: str) -> list[str]:
    """Lists and objects amid words; none where one of them is broken or cut short, or there are many."""
    found: list[str] = []
    end = 0
    for _ in range(PLACES):
        opening = _OPENING.search(text, end)
        if opening is None:
            return found
        try:
            _, end = _DECODER.raw_decode(text, opening.start())
            found.append(text[opening.start() : end])
        except json.JSONDecodeError as fault:
            if text[opening.end() : fault.pos].strip():
                return []  # what stands inside of broken data must not be taken for the data
            end = opening.end()  # brackets around words
        except (ValueError, RecursionError):
            return []
    return []


def words(text: str) -> str:
    """The texts in JSON, names of members left out."""
    said: list[str] = []
    waiting = [read(text)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            said.append(value)
        elif isinstance(value, list):
            waiting += cast("list[object]", value)
        elif isinstance(value, dict):
            waiting += cast("dict[str, object]", value).values()
    return "\n".join(said)


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name stands twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
