"""A word as a pattern of the scan."""

import re

from sekisho.core.normalise import normalise

_ALPHABETIC = re.compile("[0-9A-Za-z]")
_GAP = re.compile("(?<=[^ -~・])[ ・=]+(?=[^ -~・])")  # within a Japanese name


def literal(word: str) -> str:
    """A word as a pattern. Latin letters and digits at its ends have no others beside them; a space may be a line."""
    plain = normalise(word).strip()
    return _bounded(plain, "[ \\n]{1,2}".join(re.escape(part) for part in plain.split()))


def name(written: str) -> str:
    """As `literal`; between Japanese characters a space or middle dot may be another one, or be left out."""
    plain = normalise(written).strip()
    pieces: list[str] = []
    at = 0
    for gap in _GAP.finditer(plain):
        pieces += (_spaced(plain[at : gap.start()]), "[ \\n・=]{0,2}")
        at = gap.end()
    return _bounded(plain, "".join(pieces) + _spaced(plain[at:]))


def _spaced(text: str) -> str:
    return re.sub(r"(?:\\ )+", lambda _: "[ \\n]{1,2}", re.escape(text))


def _bounded(plain: str, inner: str) -> str:
    before = "(?<![0-9A-Za-z])" if _ALPHABETIC.match(plain[:1]) else ""
    after = "(?![0-9A-Za-z])" if _ALPHABETIC.match(plain[-1:]) else ""
    return before + inner + after
