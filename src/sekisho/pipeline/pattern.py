"""Events of a stream that are alike but for their text."""

import json
from dataclasses import dataclass

import orjson

from sekisho.pipeline.completion import Json

PROBE = '\u2603 " \\ probe'  # stands where a text stood, to see whether it was the text


class _Twice(ValueError):
    """A field stands twice in an object."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """An event that was checked, without its text: events of one answer mostly differ in nothing else.

    What has the same bytes before and behind one JSON string is the same event with another text, so its fields need
    no second look.
    """

    before: bytes
    behind: bytes

    @classmethod
    def of(cls, raw: bytes, chunk: Json, delta: Json, name: str) -> "Pattern | None":
        """The pattern of an event whose one text is `delta[name]`.

        None where that text cannot be told from the rest of its bytes, or where a field stands twice: readers differ
        in which of the two they take, so only one of them would be inspected.
        """
        text = delta[name]
        if orjson.dumps(chunk) != raw and not _each_once(raw):
            return None
        for literal in (orjson.dumps(text), json.dumps(text).encode()):
            before, found, behind = raw.rpartition(literal)
            if found:
                delta[name] = PROBE
                same = _decoded(before + orjson.dumps(PROBE) + behind) == chunk
                delta[name] = text
                return cls(before, behind) if same else None
        return None

    def text(self, raw: bytes) -> str | None:
        """The text of an event that fits; None for any other."""
        if not (raw.startswith(self.before) and raw.endswith(self.behind)):
            return None
        text = _decoded(raw[len(self.before) : len(raw) - len(self.behind)])
        return text if isinstance(text, str) else None

    def event(self, text: str) -> bytes:
        """The event with this text."""
        return self.before + orjson.dumps(text) + self.behind


def _decoded(raw: bytes) -> object:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _each_once(raw: bytes) -> bool:
    def once(pairs: list[tuple[str, object]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            raise _Twice

    try:
        json.loads(raw, object_pairs_hook=once)
    except (_Twice, RecursionError):
        return False
    return True
