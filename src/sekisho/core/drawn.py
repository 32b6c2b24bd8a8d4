"""Words drawn with signs over several rows, as FIGlet and `banner` do: found in a text and read, in their place.

What has three rows without words may be a drawing; that rules out most texts in one translation of their bytes. Whether
it shows letters is told by core/drawn_letters.py, from its picture. What shows none for sure is left as it stands.
It errs on letters that are bent, turned or scattered, and reads no Japanese ones.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from operator import eq
from string import ascii_letters, digits
from typing import TYPE_CHECKING

from sekisho.core.hidden import Stretch

if TYPE_CHECKING:
    from sekisho.core.drawn_letters import Read

DRAWN = "drawn"
FEWEST_ROWS = 3
MOST_ROWS = 40  # of one line of letters
WIDEST = 400  # columns of a line of letters
MOST = 5_000  # cells of all drawings of a text that are read, so that no text takes long
MOST_MASKS = 16  # places in which what is drawn is put as well
LONGEST_MASKED = 100  # characters of it
SURE = 0.75  # of a line's letters on average
LIKELY = 0.5  # likewise, where they make words that are known
MOSTLY = 0.5  # letters and digits in a row of them
FEWEST_LETTERS = 4  # of words that are only likely
_FEWEST_INK = 12  # cells of a drawing
_FEWEST_TWINS = 6  # letters of a text that stand between two of their own kind, where letters are the ink

_BREAK = ord("\n")
_BLANKS = b" \t"


def _shape(byte: int) -> int:
    sign = chr(byte)
    if byte == _BREAK:
        return byte
    if sign in " \t\r\f\v":
        return ord(" ")
    if byte < 0x80:
        return ord("a") if sign in ascii_letters + digits else ord("#")
    return ord("#") if byte in (0xC2, 0xE2, 0xF0) else ord("a")  # symbols and pictures; all others are letters


_SHAPE = bytes(map(_shape, range(256)))
_FOLLOWING = bytes(range(0x80, 0xC0))
_NO_LETTER = bytes(byte for byte in range(128) if chr(byte) not in ascii_letters + digits and byte != _BREAK)
_WORD = b"aaa"
_FENCE = re.compile(r"[ \t]*(?:```|~~~)\w*[ \t]*")
_LONGEST_FENCE = 40
_MARKS = ">#/*|;%-"
_MASK = re.compile(r"[\[<{(](?:MASK(?:ED)?|WORD|BLANK|REDACTED|HIDDEN)[\]>})]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a text that may be a drawing.

    Attributes:
        start, end: its place in code points, from the begin of its first row to the end of its last.
        rows: without what stands before all of them, such as `> `.
    """

    start: int
    end: int
    rows: tuple[str, ...]

    @property
    def cells(self) -> int:
        """How large it is."""
        return len(self.rows) * max(map(len, self.rows))


def may_be_drawn(in_utf8: bytes) -> bool:
    """Whether a text may hold a drawing of letters; False is sure. Linear, and all that most texts cost."""
    if in_utf8.count(b"\n") < FEWEST_ROWS - 1:
        return False
    quiet, shape = 0, in_utf8.translate(_SHAPE, _FOLLOWING)
    for row in shape.split(b"\n"):
        quiet = quiet + 1 if _WORD not in row and row.count(b"#") > 1 else 0
        if quiet == FEWEST_ROWS:
            return True
    return b"  " in shape and _twins(in_utf8) >= _FEWEST_TWINS


def _twins(in_utf8: bytes) -> int:
    """How many letters stand between two of their own kind, blanks and signs left out."""
    letters = in_utf8.translate(None, _NO_LETTER)
    number = int.from_bytes(letters)
    return (number ^ (number >> 8)).to_bytes(len(letters) + 1).count(b"\0\0", 1)


def blocks(value: str, in_utf8: bytes) -> list[Block]:
    """The parts of a normalised view that may be drawings of letters, in order."""
    return list(_blocks(value)) if may_be_drawn(in_utf8) else []


def _blocks(value: str) -> Iterator[Block]:
    run: list[tuple[int, str]] = []
    at = 0
    for row in (*value.split("\n"), ""):
        drawn = _drawn(row)
        if run and not (drawn and len(run) < MOST_ROWS):
            yield from _block(run)
            run = []
        if drawn:
            run.append((at, row.rstrip()))
        at += len(row) + 1


def _drawn(row: str) -> bool:
    """Whether a row may belong to a drawing: no word stands in it, or its letters are ink."""
    if len(row) > WIDEST or not (bare := row.strip()) or bare == "*" or _FENCE.fullmatch(row):
        return False
    shape = row.encode("utf-8", "replace").translate(_SHAPE, _FOLLOWING)
    if _WORD not in shape:
        return True
    letters = [sign for sign in bare if sign.isalnum()]
    few = len({*letters})
    return sum(map(eq, letters, letters[1:])) > 0.3 * len(letters) or few <= min(9, len(letters) / 4)


def _block(run: Sequence[tuple[int, str]]) -> Iterator[Block]:
    run = _without_words(run)
    rows = _bare([row for _, row in run])
    if len(rows) < FEWEST_ROWS:
        return
    ink = Counter("".join(rows))
    ink.pop(" ", None)
    letters = sum(count for sign, count in ink.items() if sign.isalnum())
    if ink.total() < _FEWEST_INK or max(map(len, rows)) < FEWEST_ROWS:
        return
    if letters > 0.3 * ink.total() and _alike(rows) < 0.25 and not _framed(rows):
        return
    last, row = run[-1]
    yield Block(run[0][0], last + len(row), tuple(rows))


def _without_words(run: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
    """Rows without those before and behind that are of letters, where the others are not."""
    shares = [sum(map(str.isalnum, row)) / len("".join(row.split())) for _, row in run]
    if sorted(shares)[len(shares) // 2] > MOSTLY:
        return run
    kept = [at for at, share in enumerate(shares) if share <= MOSTLY]
    return run[kept[0] : kept[-1] + 1]


def _bare(rows: list[str]) -> list[str]:
    """Rows without what marks all of them: a quotation, a comment, a frame around."""
    first = rows[0]
    size = 0
    while size < len(first) and all(row[size : size + 1] == first[size] for row in rows):
        size += 1
    mark = first[:size]
    while mark and mark[-1] in _MARKS and any(row[len(mark) : len(mark) + 1].strip() for row in rows):
        mark = mark[:-1]
    if mark.strip() and not mark.strip(_MARKS + " \t"):
        rows = [row[len(mark) :] for row in rows]
    inner = rows[1:-1]
    sides = {(row[:1], row[-1:]) for row in inner}
    if len(inner) >= FEWEST_ROWS and len(sides) == 1 and all(len({*row[1:-1]}) == 1 for row in (rows[0], rows[-1])):
        left, right = sides.pop()
        if left and not left.isalnum() and not right.isalnum() and all(row[1:2] == " " == row[-2:-1] for row in inner):
            return [row[1:-1] for row in inner]
    return rows


def _alike(rows: Sequence[str]) -> float:
    """Which share of letters and digits stands beside or below one of its own kind."""
    seen = alike = 0
    above = ""
    for row in rows:
        for at, sign in enumerate(row):
            if sign.isalnum():
                seen += 1
                alike += row[at + 1 : at + 2] == sign or above[at : at + 1] == sign
        above = row
    return alike / max(seen, 1)


def _framed(rows: Sequence[str]) -> str:
    """The letters that stand alone in frames, one beside the other, as in `|b|o|m|b|`; empty: there are none."""
    said = ""
    for row in rows:
        letters = [(at, sign) for at, sign in enumerate(row) if sign.isalnum()]
        if not letters:
            continue
        steps = [two - one for (one, _), (two, _) in pairwise(letters)]
        step = min(steps, default=1)
        if len(letters) < FEWEST_ROWS or step < 2 or any(other % step for other in steps):
            return ""
        spelled = letters[0][1] + "".join(
            " " * (other > step) + sign for other, (_, sign) in zip(steps, letters[1:], strict=True)
        )
        if said not in ("", spelled):
            return ""
        said = spelled
    return said.lower()


def drawings(value: str, found: Sequence[Block]) -> list[Stretch]:
    """What drawings say, in order, each in the place of its rows, of the breaks around them and of their fences.

    Where the text has a `[MASK]` for the word that is drawn, the word stands there as well.
    """
    left = MOST
    told: list[tuple[Block, str]] = []
    for block in found:
        left -= block.cells
        if left < 0:
            break
        told.append((block, _said(block.rows)))
    stretches: list[Stretch] = []
    for one in _joined(value, told):
        stretches.append(_stretch(value, *one, after=stretches[-1].end if stretches else 0))
    if stretches:
        words = " ".join(one.said.strip() for one in stretches)[:LONGEST_MASKED]
        masks = islice(_MASK.finditer(value), MOST_MASKS)
        stretches += [Stretch(*mask.span(), DRAWN, words) for mask in masks]
    return sorted(stretches)


def _said(rows: Sequence[str]) -> str:
    """The words of a block; empty: it has none that are sure."""
    if framed := _framed(rows):
        return framed
    if spelled := _self_inked(rows):
        return spelled
    from sekisho.core.drawn_letters import read  # noqa: PLC0415 - with NumPy, which few texts need

    one = read(rows)
    if _sure(one):
        return one.said
    parts = [read(part) for part in _cut(rows)]
    return " ".join(part.said for part in parts) if parts and all(map(_sure, parts)) else ""


def _sure(one: "Read") -> bool:
    letters = len(one.said.replace(" ", ""))
    if letters == 1:
        return one.sure >= LIKELY  # counts only among others of its kind, below each other
    return one.sure >= SURE or (one.known and letters >= FEWEST_LETTERS and one.sure >= LIKELY)


def _cut(rows: Sequence[str]) -> list[Sequence[str]]:
    """Two lines of letters that stand right below each other, cut where there is least ink; empty: it is one."""
    places = range(FEWEST_ROWS, len(rows) - FEWEST_ROWS)
    if not places:
        return []
    ink = [len("".join(row.split())) for row in rows]
    at = min(places, key=lambda place: (ink[place], abs(2 * place - len(rows))))
    return [rows[: at + 1], rows[at + 1 :]] if ink[at] * 3 < sum(ink) / len(ink) else []


def _self_inked(rows: Sequence[str]) -> str:
    """The letters of a drawing in which each is drawn with itself; empty: it is no such drawing."""
    wide = max(map(len, rows))
    columns = ["".join(row[at : at + 1] for row in rows).strip().lower() for at in range(wide)]
    said = ""
    blank = 0
    for column in columns:
        inks = {*column.replace(" ", "")}
        if not inks:
            blank += 1
            continue
        if len(inks) > 1 or not all(map(str.isalpha, inks)):
            return ""
        ink = inks.pop()
        if blank or not said.endswith(ink):
            said += (" " if blank > 3 and said else "") + ink
        blank = 0
    return said if len({*said}) > 1 else ""


def _joined(value: str, told: Sequence[tuple[Block, str]]) -> Iterator[tuple[int, int, str]]:
    """Drawings with what they say, those together that nothing but blank or a single `*` parts.

    Three letters or more that stand one below the other make one word; a single letter is none.
    """
    run: list[tuple[Block, str]] = []
    for one in (*told, None):
        if run and (one is None or not one[1] or value[run[-1][0].end : one[0].start].strip(" \t\n*")):
            said = [words for _, words in run]
            column = all(len(words) == 1 for words in said)
            if not column or len(said) >= FEWEST_ROWS:
                yield run[0][0].start, run[-1][0].end, ("" if column else " ").join(said)
            run = []
        if one is not None and one[1]:
            run.append(one)


def _stretch(value: str, start: int, end: int, said: str, *, after: int) -> Stretch:
    """A drawing in its place, after another one: with the fences around it and the breaks before and behind."""
    before, behind = _blank_before(value, start), _blank_after(value, end)
    row = value.rfind("\n", max(0, before - _LONGEST_FENCE), before) + 1
    closed = _FENCE.match(value, behind)
    if closed and _FENCE.fullmatch(value, row, before):
        before, behind = _blank_before(value, row), _blank_after(value, closed.end())
    return Stretch(max(before, after), behind, DRAWN, f" {said} ")


def _blank_before(value: str, at: int) -> int:
    while at and value[at - 1].isspace():
        at -= 1
    return at


def _blank_after(value: str, at: int) -> int:
    while at < len(value) and value[at].isspace():
        at += 1
    return at
