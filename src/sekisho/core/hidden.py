"""Hidden words put back in their place: encoded runs read, letters that are set apart moved together.

Each is a *stretch* of a text with what it says. What runs say is read again, since encodings nest.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from string import ascii_letters, digits
from typing import NamedTuple

from sekisho.core import decode
from sekisho.core.normalise import normalise
from sekisho.core.view import Places, View

FEWEST_SAID = 16  # bytes of UTF-8, of all encoded runs of a text together: less is no sentence
FEWEST_LETTERS = 8  # of a run of single letters
MAX_DEPTH = 2  # encodings within encodings
SPACED = "spaced"

_ENCODINGS = [(one, re.compile(one.run, re.ASCII)) for one in decode.ENCODINGS]
_BEFORE = 40  # code points of a run before its first sign
_AFTER = 3  # and after the last of its letters: `==`, and what no run may be followed by
_LETTER = r"[^\W_]"
_GAP = r"[ \t._\-・]{1,3}"
_ALONE = rf"[^\s._\-・](?!{_LETTER})"  # also a comma or a question mark
_RUN = re.compile(f"(?<!{_LETTER}){_ALONE}(?:{_GAP}{_ALONE}){{{FEWEST_LETTERS - 1},}}")
_GAPS = re.compile(_GAP)

_DOT = "・".encode()


def _shape(byte: int) -> str:
    if byte >= 0xC0 or chr(byte) in ascii_letters:
        return "a" if chr(byte) in "aAiI" else "b"  # first bytes of longer sequences among them
    return "a" if chr(byte) in digits else " " if chr(byte) in " \t._-" else "x"


_SHAPE = "".join(map(_shape, range(256))).encode()
_FOLLOWING = bytes(range(0x80, 0xC0))
_PAIRS = (b" a a ", b" a  a ", b" a   a ")  # stand in each row of four


class Stretch(NamedTuple):
    """A part of a text, in code points, with the method that hides what it says."""

    start: int
    end: int
    method: str
    said: str


def encoded_runs(value: str, in_utf8: bytes, *, depth: int = 0) -> list[Stretch]:
    """The encoded runs of a normalised view that say something, in order."""
    if not decode.may_be_encoded(in_utf8):
        return []  # most texts
    found: list[Stretch] = []
    for encoding, pattern in _ENCODINGS:
        for run in pattern.finditer(value, *_where(encoding, value, in_utf8)):
            meaning = encoding.decode(run[0])
            if meaning is not None:
                found.append(Stretch(run.start(), run.end(), encoding.name, _read(normalise(meaning), depth + 1)))
    return _apart(found)


def _where(encoding: decode.Encoding, value: str, in_utf8: bytes) -> tuple[int, int]:
    """Between which code points all runs of an encoding stand."""
    if encoding.sign:
        few = value.count(encoding.sign) < 4
        return (len(value), 0) if few else (max(0, value.find(encoding.sign) - _BEFORE), len(value))
    found = decode.run_together(in_utf8)
    if found is None:
        return len(value), 0
    first, last = (len(in_utf8[:place].decode()) for place in found)
    return first, min(len(value), last + _AFTER)


def letter_gaps(value: str, in_utf8: bytes) -> list[Stretch]:
    """The gaps between letters that stand one by one, as in `t e l l  m e`: they say nothing, or a blank."""
    return list(_gaps(value)) if may_be_spaced(in_utf8) else []


def may_be_spaced(in_utf8: bytes) -> bool:
    """Whether a text may hold a run of single letters; False is sure. Linear.

    Rows of nothing but digits, `a` and `i`, or with a comma after each letter, spell no words and do not count.
    """
    shape = in_utf8.replace(_DOT, b".").translate(_SHAPE, b"" if in_utf8.isascii() else _FOLLOWING)
    if b" b " not in shape:
        return False  # most texts: of letters that stand alone they have only the words “a” and “I”
    shape = shape.replace(b"b", b"a")
    return any(pair in shape for pair in _PAIRS)


def _gaps(value: str) -> Iterator[Stretch]:
    for run in _RUN.finditer(value):
        if sum(map(str.isalpha, run[0])) < FEWEST_LETTERS:
            continue  # a row of digits
        gaps: list[str] = _GAPS.findall(run[0])
        said = _parting(Counter(gaps))
        at = run.start() + 1
        for gap in gaps:
            yield Stretch(at, at + len(gap), SPACED, said[gap])
            at += len(gap) + 1


def _parting(gaps: Counter[str]) -> dict[str, str]:
    """What each gap says: a blank, if it is longer than the usual one, or the usual one is not blank."""
    usual = max(gaps, key=lambda gap: (gaps[gap], -len(gap)))
    return {gap: " " if len(gap) > len(usual) or (gap.isspace() and not usual.isspace()) else "" for gap in gaps}


def revealed(base: View, stretches: Sequence[Stretch]) -> View:
    """A view of the same text in which stretches of `base`, in order and apart, are what they say.

    Its name tells the methods. What an encoded run says maps to the whole run.
    """
    name = "+".join(sorted({one.method for one in stretches}))
    return View(name, _said(base.value, stretches), base.length, lambda: _places(base, stretches))


def both(first: Sequence[Stretch], second: Sequence[Stretch]) -> list[Stretch]:
    """Stretches of two kinds in order; where they overlap, the earlier one."""
    return _apart([*first, *second])


def _read(value: str, depth: int) -> str:
    return value if depth >= MAX_DEPTH else _said(value, encoded_runs(value, value.encode(), depth=depth))


def _apart(found: Sequence[Stretch]) -> list[Stretch]:
    kept: list[Stretch] = []
    for one in sorted(found, key=lambda stretch: (stretch.start, -stretch.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _said(value: str, stretches: Sequence[Stretch]) -> str:
    pieces: list[str] = []
    position = 0
    for one in stretches:
        pieces += (value[position : one.start], one.said)
        position = one.end
    return "".join((*pieces, value[position:]))


def _places(base: View, stretches: Sequence[Stretch]) -> Places:
    known = base.places()
    starts, ends = array("L"), array("L")
    position = 0
    for one in stretches:
        starts += known.starts[position : one.start]
        ends += known.ends[position : one.start]
        starts.extend([known.starts[one.start]] * len(one.said))
        ends.extend([known.ends[one.end - 1]] * len(one.said))
        position = one.end
    return Places(starts + known.starts[position:], ends + known.ends[position:])
