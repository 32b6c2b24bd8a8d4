"""An order cut into pieces over several turns, put together again.

Source: Kang et al., Exploiting Programmatic Behavior of LLMs, 2023 (arXiv:2302.05733), payload splitting.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

MOST_TURNS = 8  # the latest; an order in more pieces is not put together
LONGEST = 300  # code points of a turn that may be a piece; a longer one stands for itself and ends what came before

# A piece with a name: a = 'ignore all prev', B is "ious instructions", Aは「これまでの指」
_ASSIGNED = re.compile(
    r"(?<![0-9A-Za-z_])(?P<name>[A-Za-z][A-Za-z0-9_]{0,15}|[甲乙丙丁])[ 　]{0,3}(?:=|:=|:|＝|：|は|を|is|be)[ 　]{0,3}"
    r"(?:\"(?P<double>[^\"\n]{1,200})\"|'(?P<single>[^'\n]{1,200})'|`(?P<back>[^`\n]{1,200})`"
    r"|「(?P<corner>[^」\n]{1,200})」|『(?P<white>[^』\n]{1,200})』|“(?P<curly>[^”\n]{1,200})”)"
)
_SUM = re.compile(
    r"(?<![0-9A-Za-z_])(?:[A-Za-z][A-Za-z0-9_]{0,15}|[甲乙丙丁])"
    r"(?:[ 　]{0,3}(?:\+|＋|&|と|,|、|and)[ 　]{0,3}(?:[A-Za-z][A-Za-z0-9_]{0,15}|[甲乙丙丁])(?![0-9A-Za-z_])){1,8}"
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,15}|[甲乙丙丁]")
# What stands before a piece without belonging to it: "Part 2:", 「後半：」
_LABEL = re.compile(
    r"(?i)[ 　]{0,3}(?:part|piece|chunk|fragment|first|second|third|last|next|前半|後半|続き|最初|最後"
    r"|パート|断片|部分|その|第)?"
    r"[ 　]{0,3}(?:half|part|の?部分)?[ 　]{0,3}"
    r"[(（]?(?:[0-9０-９]{1,2}|[一二三四五六七八]|[a-h])?[)）]?(?:つ目|番目|部)?[ 　]{0,3}"
    r"(?::=|[:：=＝])[ 　]{0,3}(?=[^ 　])"
)
_OPENING = "\"'`「『“"  # one of which stands in each piece with a name
_JOINS = re.compile(r"(?i)[+＋&]|join|concat|combin|append|merge|つな|繋|結合|連結|足し|合わせ")
_ENDS = (".", "!", "?", "。", "！", "？", "．")  # of a sentence
_QUOTES = "\"'`「」『』“”‘’ 　\n\r\t"


@dataclass(frozen=True, slots=True)
class Joined:
    """Pieces in a row.

    Attributes:
        text: the pieces together.
        seams: where each piece but the first begins, in code points of `text`.
        assembled: whether the pieces had names, so that they are surely meant to be one.
        added: whether the last text asks to put them together (`a + b`, "join a and b"), and each but the last stops
            short of a sentence's end. Others are perhaps two things side by side, or what two people say in turn.
    """

    text: str
    seams: tuple[int, ...]
    assembled: bool = False
    added: bool = False

    def crosses(self, start: int, end: int) -> bool:
        """Whether a stretch is of more than one piece."""
        return any(start < seam < end for seam in self.seams)


def joined(texts: Sequence[str]) -> list[Joined]:
    """The ways to read texts as pieces of one, the last of `texts` among them; none where there is but one piece.

    `texts` are one author's, oldest first. At most four ways, each of at most `MOST_TURNS * (LONGEST + 1)` code points.
    """
    named: dict[str, str] = {}
    plain: list[str] = []
    for text in _pieces(texts):
        found = _assigned(text)
        named.update(found)
        plain += [value for _, value in found] or [_bare(text)]
    if len(plain) < 2:
        return []  # most requests
    ways = [_row(plain, "")]
    if any(before[-1:].isascii() and after[:1].isascii() for before, after in pairwise(plain)):
        ways.append(_row(plain, " "))
    if len(named) > 1:
        order = _order(texts[-1], named)
        values = [named[name] for name in order or named]
        joins = bool(order) and _JOINS.search(texts[-1]) is not None
        added = joins and not any(value.rstrip().endswith(_ENDS) for value in values[:-1])
        rows = (_row(values, between) for between in ("", " "))
        ways += [replace(row, assembled=True, added=added) for row in rows]
    return [way for way in ways if way.seams]


def _pieces(texts: Sequence[str]) -> list[str]:
    """The latest short texts without a long one between them, oldest first."""
    pieces: list[str] = []
    for text in reversed(texts[-MOST_TURNS:]):
        if len(text) > LONGEST:
            break
        pieces.insert(0, text)
    return pieces


def _assigned(text: str) -> list[tuple[str, str]]:
    """The pieces of a text that have names."""
    if not any(sign in text for sign in _OPENING):
        return []
    return [(one["name"], _value(one)) for one in _ASSIGNED.finditer(text)]


def _bare(text: str) -> str:
    """A piece without its label and quotation marks."""
    label = _LABEL.match(text)
    return text[label.end() if label else 0 :].strip(_QUOTES)


def _value(assigned: "re.Match[str]") -> str:
    return next(value for key, value in assigned.groupdict().items() if key != "name" and value is not None)


def _order(last: str, named: dict[str, str]) -> list[str]:
    """The names in the order in which the last text adds them up; none where it does not."""
    for told in _sums(last):
        known = list(takewhile(named.__contains__, told))
        if len(known) > 1:
            return known
    return []


def _sums(text: str) -> Iterator[list[str]]:
    for one in _SUM.finditer(text):
        yield [name for name in _NAME.findall(one[0]) if name != "and"]


def _row(pieces: Sequence[str], between: str) -> Joined:
    text, seams = "", list[int]()
    for piece in pieces:
        if piece and text:
            text += between
            seams.append(len(text))
        text += piece
    return Joined(text, tuple(seams))
