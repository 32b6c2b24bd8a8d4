"""JSON string escapes, undone piece by piece."""

import json
import re

_UNIT = re.compile(
    r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\.|[\s\S]", re.DOTALL
)
_OPEN = re.compile(r"\\(?:u(?:[0-9A-Fa-f]{0,3}|[dD][89abAB][0-9A-Fa-f]{2}(?:\\(?:u[0-9A-Fa-f]{0,3})?)?))?\Z")


class Escapes:
    """Splits JSON source text into units, each one code point of what it says.

    Escapes are undone wherever they stand, also outside strings, where valid JSON has none.
    """

    def __init__(self) -> None:
        self._pending = ""

    def feed(self, source: str) -> list[tuple[str, str]]:
        """`(code point, source)` of every unit that is complete; an escape cut in two waits for its rest."""
        source = self._pending + source
        cut = _cut(source)
        self._pending = source[cut:]
        return [(_meaning(unit), unit) for unit in _UNIT.findall(source[:cut])]

    def finish(self) -> list[tuple[str, str]]:
        """What is left at the end: the characters of a broken escape, as they are."""
        rest, self._pending = self._pending, ""
        return [(_meaning(unit), unit) for unit in _UNIT.findall(rest)]


def _cut(source: str) -> int:
    """Where the incomplete escape at the end begins. A backslash that is itself escaped begins none."""
    found = _OPEN.search(source, max(0, len(source) - 12))
    while found:
        begin = found.start()
        run = begin
        while run and source[run - 1] == "\\":
            run -= 1
        if (begin - run) % 2 == 0:
            return begin
        found = _OPEN.search(source, begin + 1)
    return len(source)


def _meaning(unit: str) -> str:
    if len(unit) < 2 or unit[0] != "\\":
        return unit
    try:
        meaning: str = json.loads(f'"{unit}"')
    except ValueError:
        return unit[1]
    return meaning if len(meaning) == 1 else unit[1]


def escaped(text: str) -> str:
    """`text` as it stands inside a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
