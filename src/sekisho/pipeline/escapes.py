"""JSON source, such as the arguments of a tool call: what it says, and how a part of it is replaced."""

import json
import re
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[\s\S]")
_TOKEN = re.compile(r'"(?:\\[\s\S]|[^"\\])*"|[^\s{}\[\],:"]+')


class Change(Protocol):
    """A part of the output: `channel.Piece`."""

    @property
    def start(self) -> int:
        """Where the range of the text begins that it stands for."""
        ...

    @property
    def end(self) -> int:
        """Where it ends."""
        ...

    @property
    def text(self) -> str:
        """What stands there."""
        ...

    @property
    def plain(self) -> bool:
        """Whether that is the text itself."""
        ...


@dataclass(frozen=True, slots=True)
class Unescaped:
    """JSON source and what it says.

    Escapes are undone wherever they stand, also outside strings, where valid JSON has none; a broken escape says the
    character behind its backslash.

    Attributes:
        source: as received.
        text: the same with escapes undone.
    """

    source: str
    text: str
    _places: "array[int]"  # of each escape, in `text`
    _longer: "array[int]"  # by how much the source up to and with each escape is longer than the text

    @classmethod
    def of(cls, source: str) -> "Unescaped":
        """Undoes the escapes of `source`. Linear."""
        parts: list[str] = []
        places, longer = array("L"), array("L")
        position = extra = 0
        for found in _ESCAPE.finditer(source):
            parts += (source[position : found.start()], _meaning(found[0]))
            places.append(found.start() - extra)
            extra += len(found[0]) - 1
            longer.append(extra)
            position = found.end()
        return cls(source, "".join((*parts, source[position:])), places, longer)

    def place(self, position: int) -> int:
        """Where in the source stands what the text says at `position`."""
        before = bisect_left(self._places, position)
        return position + (self._longer[before - 1] if before else 0)

    def part(self, start: int, end: int) -> str:
        """The source of `text[start:end]`."""
        return self.source[self.place(start) : self.place(end)]

    def rewritten(self, pieces: Sequence[Change]) -> str:
        """The source with changes. Where it is valid JSON, so is the result: numbers and halves of strings give way."""
        text = "".join(self.part(piece.start, piece.end) if piece.plain else escaped(piece.text) for piece in pieces)
        changes = [piece for piece in pieces if not piece.plain]
        if not changes or not _valid(self.source) or _valid(text):
            return text
        return self._by_token([(self.place(one.start), self.place(one.end), escaped(one.text)) for one in changes])

    def _by_token(self, changes: Sequence[tuple[int, int, str]]) -> str:
        """What is more than the inside of one string becomes a string; brackets, commas and colons stay."""
        parts: list[str] = []
        position = first = 0
        for token in _TOKEN.finditer(self.source):
            begin, end = token.span()
            while first < len(changes) and changes[first][1] <= begin:
                first += 1
            last = first
            while last < len(changes) and changes[last][0] < end:
                last += 1
            parts += (self.source[position:begin], self._token(begin, end, changes[first:last]))
            position = end
        return "".join((*parts, self.source[position:]))

    def _token(self, begin: int, end: int, changes: Sequence[tuple[int, int, str]]) -> str:
        if not changes:
            return self.source[begin:end]
        if self.source[begin] != '"' or changes[0][0] <= begin or changes[-1][1] >= end:
            return f'"{changes[0][2]}"'
        parts: list[str] = []
        position = begin
        for start, stop, text in changes:
            parts += (self.source[position:start], text)
            position = stop
        return "".join((*parts, self.source[position:end]))


def escaped(text: str) -> str:
    """`text` as it stands inside a JSON string."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1]
    # A lone surrogate cannot be sent as UTF-8, but its escape can.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", inside)


def holds(text: str) -> bool:
    """Whether a text is JSON in which characters are escaped, as many programs write all that is not ASCII."""
    return "\\u" in text and text.lstrip()[:1] in ("{", "[", '"') and _valid(text)


def _meaning(unit: str) -> str:
    try:
        meaning: str = json.loads(f'"{unit}"')
    except ValueError:
        return unit[1]
    return meaning if len(meaning) == 1 else unit[1]


def _valid(source: str) -> bool:
    try:
        json.loads(source)
    except (ValueError, RecursionError):
        return False
    return True
