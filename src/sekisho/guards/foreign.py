"""Patterns that others write, in profiles and in their own rule files: RE2 alone matches them.

`re` tries every way in which a pattern may match, and `(a+)+b` has two to the power of n of them in n letters. RE2
reads a text once for each place where a match may begin, and here no further than `REACH`. So nobody can write a
pattern that takes long, and nobody can write a text for which one does.

RE2 has no look-around. A look-behind at the beginning of a pattern is one look at the character before, and a
look-ahead at its end is text that belongs to no match; elsewhere they are refused.
"""

from re import IGNORECASE
from typing import Any, NamedTuple

from sekisho.guards import closure
from sekisho.guards.closure import RE2_REPEAT_LIMIT, op
from sekisho.guards.sets import PROGRAM_MEMORY, engine, options

REACH = 1_000  # code points in which a match must be complete; one that fills them may go on
MEMORY = 2 << 20  # bytes for the states of one pattern
_CHARACTERS = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
_AROUND = (op.ASSERT, op.ASSERT_NOT)


class Found(NamedTuple):
    """A match, as `re` tells it; places are code points of the whole text."""

    groups: dict[str, tuple[int, int]]
    texts: dict[str, str | None]

    def span(self, group: str = "") -> tuple[int, int]:
        """Where a group stands; without one, the match."""
        return self.groups[group]

    def start(self) -> int:
        """Where the match begins."""
        return self.groups[""][0]

    def end(self) -> int:
        """Where it ends."""
        return self.groups[""][1]

    def __getitem__(self, group: Any) -> Any:
        """What a group matched; None for one that did not."""
        return self.texts[group]


class Foreign:
    """A pattern of the pattern language (guards/closure.py) in the syntax of RE2."""

    def __init__(self, pattern: str) -> None:
        """Raises `ValueError` for what is outside the pattern language, or cannot be said to RE2."""
        closure.parse(pattern)
        tree = closure.parser.parse(pattern)
        fold = bool(tree.state.flags & IGNORECASE)
        items: list[Any] = list(tree)
        while len(items) == 1 and items[0][0] is op.SUBPATTERN and items[0][1][0] is None:
            _, added, removed, inner = items[0][1]
            fold, items = (fold or bool(added & IGNORECASE)) and not removed & IGNORECASE, list(inner)
        behind: list[Any] = []
        while items and items[0][0] in _AROUND and items[0][1][0] < 0:
            behind.append(items.pop(0))
        ahead = ""
        if items and items[-1][0] in _AROUND and items[-1][1][0] > 0:
            ahead = _ahead(*items.pop(), fold=fold)
        self.groupindex: dict[str, int] = dict(tree.state.groupdict)
        names = {number: name for name, number in self.groupindex.items()}
        source = _sequence(items, names, fold=fold)
        self._behind = [
            (code is op.ASSERT, _compiled(_character(*argument[1][0], fold=fold))) for code, argument in behind
        ]
        self._search = _compiled(f"({source}){ahead}")
        self._groups: dict[str, int] = dict(self._search.groupindex)

    def match(self, value: str, position: int) -> Found | None:
        """The match that begins at `position`, if there is one that is complete within `REACH`.

        The end of what is looked at counts as the end of the text; a match that goes on to there may be longer, and is
        looked for in twice as much. So nothing is read much further than the match is long.
        """
        before = value[position - 1 : position] if position else ""
        if any((bool(before) and sign.fullmatch(before) is not None) != wanted for wanted, sign in self._behind):
            return None
        size, known = REACH, None
        while True:
            found = self._search.match(value[position : position + size])
            if found is None or ("x" in self._groups and found.start(self._groups["x"]) < 0):
                break
            end = found.end(1)
            if known is not None and end < known.end(1):
                break
            known = found
            if end < size or position + size >= len(value):
                break
            size *= 2
        return None if known is None else self._told(known, position)

    def _told(self, found: Any, position: int) -> Found:
        groups = {"": 1, **self._groups}
        spans = {name: (position + found.start(group), position + found.end(group)) for name, group in groups.items()}
        return Found(spans, {name: found[group] for name, group in self._groups.items()})


def _compiled(source: str) -> Any:
    try:
        return engine.compile(source, options(MEMORY + PROGRAM_MEMORY * len(source)))
    except engine.error as fault:
        raise ValueError(f"RE2 does not take the pattern: {fault}") from fault


def _sequence(items: Any, names: dict[int, str], *, fold: bool) -> str:
    return "".join(_node(code, argument, names, fold=fold) for code, argument in items)


def _node(code: Any, argument: Any, names: dict[int, str], *, fold: bool) -> str:
    if code in _CHARACTERS:
        return _character(code, argument, fold=fold)
    if code is op.BRANCH:
        return "(?:" + "|".join(_sequence(option, names, fold=fold) for option in argument[1]) + ")"
    if code is op.SUBPATTERN:
        group, added, removed, inner = argument
        fold = (fold or bool(added & IGNORECASE)) and not removed & IGNORECASE
        return f"({f'?P<{names[group]}>' if group in names else '?:'}{_sequence(inner, names, fold=fold)})"
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = argument
        high = None if high is op.MAXREPEAT else high
        if max(low, high or 0) > RE2_REPEAT_LIMIT:
            raise ValueError(f"a part of a pattern may be repeated up to {RE2_REPEAT_LIMIT:,} times, or without end")
        times = f"{{{low},{'' if high is None else high}}}"
        return f"(?:{_sequence(inner, names, fold=fold)}){times}{'?' if code is op.MIN_REPEAT else ''}"
    if code is op.GROUPREF_EXISTS:
        raise ValueError("(?(group)…) is for the rules that come with Sekisho")
    raise ValueError("look-behind may stand at the beginning of this pattern only, one look-ahead at its end")


def _ahead(code: Any, argument: Any, *, fold: bool) -> str:
    """What stands behind a match: text that belongs to none."""
    inner = argument[1]
    if code is op.ASSERT:
        return f"(?:{_sequence(inner, {}, fold=fold)})"
    if len(inner) != 1 or inner[0][0] not in _CHARACTERS:
        raise ValueError("negative look-ahead is for one character in this pattern")
    return f"(?:{_other(*inner[0], fold=fold)}|\\z)"


def _character(code: Any, argument: Any, *, fold: bool) -> str:
    text = closure.character(code, argument)
    return f"(?i:{text})" if fold else text


def _other(code: Any, argument: Any, *, fold: bool) -> str:
    """Every character but those of a class."""
    if code is op.ANY:
        return r"\n"
    if code is op.IN:
        negated = bool(argument) and argument[0][0] is op.NEGATE
        return _character(op.IN, argument[1:] if negated else [(op.NEGATE, None), *argument], fold=fold)
    return _character(op.NOT_LITERAL if code is op.LITERAL else op.LITERAL, argument, fold=fold)
