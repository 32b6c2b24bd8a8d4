"""Events of a stream that are alike but for their text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

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
    def of(cls, raw: bytes, chunk: Json, part: tuple[Json, str], text: str, following: bytes) -> "Pattern | None":
        """The pattern of an event whose one text was `text`, in the field `part` of its chunk, for `following` events.

        None where that text cannot be told from the rest of its bytes, where the next event does not fit, or where a
        field stands twice: readers differ in which of the two they take, so only one of them would be inspected.
        """
        delta, name = part
        # With the colon before it: what stands between two strings, such as `},`, is no value.
        written = (b":" + orjson.dumps(text), b": " + orjson.dumps(text), *_escaped(text))
        for literal in written:
            before, found, behind = raw.rpartition(literal)
            if found:
                pattern = cls(before + literal[: literal.index(b'"')], behind)
                kept = delta[name]
                sound = pattern.fits(following) and pattern._stands_for(raw, chunk, delta, name, text)
                delta[name] = kept
                return pattern if sound else None
        return None

    def _stands_for(self, raw: bytes, chunk: Json, delta: Json, name: str, text: str) -> bool:
        delta[name] = text
        dumped = orjson.dumps(chunk)
        if dumped != raw and _unspaced(dumped) != _unspaced(raw) and not _each_once(raw):
            return False
        delta[name] = PROBE
        return _decoded(self.before + orjson.dumps(PROBE) + self.behind) == chunk

    def texts(self, events: Sequence[bytes]) -> list[str]:
        """The texts of the first of `events`, as far as they fit; none where the first does not fit."""
        if len(events) > 1 and events[0].startswith(self.before):
            # The last event of a batch is often the one that finishes the answer.
            together = self._together(events if self.fits(events[-1]) else events[:-1])
            if together is not None:
                return together
        texts: list[str] = []
        for event in events:
            text = self._text(event)
            if text is None:
                break
            texts.append(text)
        return texts

    def fits(self, event: bytes) -> bool:
        """Whether an event begins and ends as this one."""
        return event.startswith(self.before) and event.endswith(self.behind)

    def _text(self, event: bytes) -> str | None:
        """The text of an event that fits; None for any other."""
        if not self.fits(event):
            return None
        text = _decoded(event[len(self.before) : len(event) - len(self.behind)])
        return text if isinstance(text, str) else None

    def _together(self, events: Sequence[bytes]) -> list[str] | None:
        """The texts of all `events`, read in few steps for all; None where one does not fit.

        No event is longer than its middle with `before` and `behind` around, so the two joins are equal only if each
        event is just that. JSON allows no line end in a string, so those between the literals are between values; as
        many strings as events, and nothing else, then come only from one string in each.
        """
        start, end = len(self.before), -len(self.behind)
        literals = [event[start:end] for event in events]
        if b"".join(events) != self.before + (self.behind + self.before).join(literals) + self.behind:
            return None
        texts = _decoded(b"[" + b",\n".join(literals) + b"]")
        if not isinstance(texts, list) or len(cast("list[Any]", texts)) != len(events):
            return None
        return cast("list[str]", texts) if set(map(type, cast("list[Any]", texts))) == {str} else None

    def event(self, text: str) -> bytes:
        """The event with this text."""
        return self.before + orjson.dumps(text) + self.behind


def _decoded(raw: bytes) -> object:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _escaped(text: str) -> tuple[bytes, ...]:
    if text.isascii() and "\x7f" not in text:
        return ()
    literal = json.dumps(text).encode()
    return b":" + literal, b": " + literal


def _unspaced(raw: bytes) -> bytes:
    """JSON without the spaces that many writers put behind commas and colons; strings lose theirs too.

    Nothing else changes, so two that are then alike have as many fields: none stands twice in just one of them.
    """
    return raw.replace(b", ", b",").replace(b": ", b":")


def _each_once(raw: bytes) -> bool:
    def once(pairs: list[tuple[str, object]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            raise _Twice

    try:
        json.loads(raw, object_pairs_hook=once)
    except (_Twice, RecursionError):
        return False
    return True
