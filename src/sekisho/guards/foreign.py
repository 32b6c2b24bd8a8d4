"""Patterns that others write, in profiles and in their own rule files: RE2 alone matches them.

`re` tries every way in which a pattern may match, and `(a+)+b` has two to the power of n of them in n letters. RE2
reads a text once for each place where a match may begin, and here no further than `REACH`. So time grows with the
length of a text and no faster; a text made for a pattern can still make each of its places cost one such look.

RE2 has no look-around. A look-behind at the beginning of a pattern is one look at the character before, and a
look-ahead at its end is text that belongs to no match; elsewhere they are refused.
"""

from re import IGNORECASE
from typing import Any, NamedTuple

from sekisho.guards import closure
from sekisho.guards.closure import RE2_REPEAT_LIMIT, op
from sekisho.guards.heads import coarse
from sekisho.guards.sets import PROGRAM_MEMORY, engine, options

REACH = 1_000  # code points in which a match must be complete; one that fills them may go on
STEP = REACH // 4  # places of which one look tells that no match begins there
MEMORY = 2 << 20  # bytes for the states of one pattern
AROUND = "look-behind may stand at the beginning of this pattern only, one look-ahead at its end"
_CHARACTERS = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
_END = r"|\z)"  # how a look-ahead ends that the end of the text satisfies
_AROUND = (op.ASSERT, op.ASSERT_NOT)


class _Look(NamedTuple):
    """A look-around: its kind, what it looks for, and whether case does not count there."""

    code: Any
    inner: list[Any]
    fold: bool


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
        larger = closure.superset(coarse(closure.parse(pattern)))
        tree = closure.parser.parse(pattern)
        fold = bool(tree.state.flags & IGNORECASE)
        behind, items = _lifted(tree, fold=fold, front=True)
        looks, items = _lifted(items, fold=fold, front=False)
        ahead = _ahead(looks) if looks else ""
        names = {number: name for name, number in tree.state.groupdict.items()}
        source = _sequence(items, names, fold=fold)
        self._behind = [
            (look.code is op.ASSERT, _compiled(_character(*look.inner[0], fold=look.fold))) for look in behind
        ]
        self._near = _compiled(f"(?:{larger}){ahead}" if ahead.endswith(_END) else larger)
        self._whole = _compiled(_sequence(items, {}, fold=fold) + ahead)
        # RE2 tells groups thirty times as slowly as where a match ends: only of what is a match.
        self._plain = not names and not ahead
        self._told = _compiled(f"({source}){ahead}")
        self._told_within = _compiled(f"({source}){ahead.removesuffix(_END)})") if ahead.endswith(_END) else self._told
        self.groupindex: dict[str, int] = dict(self._told.groupindex)
        # Of a match without it nothing would come, and it could cost a look to its end at each place of a text.
        if "x" in names.values() and not _always(items, tree.state.groupdict["x"]):
            raise ValueError("the group `x` is the finding, so it must stand in every match, and not in a look-ahead")

    def near(self, value: str, position: int) -> tuple[int, int, bool]:
        """The first place at or after `position` where a match may begin, how many bytes of UTF-8 further, and True.

        With False: a place further on before which none begins. One look reads a window, and often tells of `STEP`
        places together that they are none.
        """
        size = REACH + STEP
        window = value[position : position + size]
        encoded = window.encode()
        found = self._near.search(encoded)
        if position + size >= len(value):
            step = len(encoded)
        else:
            window = window[:STEP]
            step = len(window.encode())
        if found is None or found.start() >= step:
            return position + len(window), step, False
        return position + len(encoded[: found.start()].decode()), found.start(), True

    def match(self, value: str, position: int) -> Found | None:
        """The match that begins at `position`, if there is one that is complete within `REACH`.

        The end of what is looked at counts as the end of the text; a match that goes on to there may be longer, and is
        looked for in twice as much. So nothing is read much further than the match is long.
        """
        before = value[position - 1 : position] if position else ""
        if any((bool(before) and sign.fullmatch(before) is not None) != wanted for wanted, sign in self._behind):
            return None
        size = REACH
        known: list[tuple[bytes, int]] = []
        while True:
            encoded = value[position : position + size].encode()
            found = self._whole.match(encoded)
            if found is None or (known and found.end() < known[-1][1]):
                break
            known.append((encoded, found.end()))
            if found.end() < len(encoded) or position + size >= len(value):
                break
            size *= 2
        told = (self._found(encoded, end, position) for encoded, end in reversed(known))
        return next((found for found in told if found), None)

    def _found(self, encoded: bytes, end: int, position: int) -> Found | None:
        """The match at the beginning of `encoded`, which ends, with what is looked at behind it, at byte `end`."""
        if self._plain:
            return Found({"": (position, position + len(encoded[:end].decode()))}, {})
        # The end of the text counts as one only where it was one before.
        found = (self._told if end == len(encoded) else self._told_within).match(encoded[:end])
        if found is None:
            return None
        spans = {"": _span(encoded, found.span(1), position)}
        texts: dict[str, str | None] = {}
        for name, group in self.groupindex.items():
            text: bytes | None = found[name]
            texts[name] = None if text is None else text.decode()
            spans[name] = (-1, -1) if text is None else _span(encoded, found.span(group), position)
        return Found(spans, texts)


def _span(encoded: bytes, place: tuple[int, int], position: int) -> tuple[int, int]:
    """A place in UTF-8 that begins at `position`, in code points."""
    start, end = place
    start_at = position + len(encoded[:start].decode())
    return start_at, start_at + len(encoded[start:end].decode())


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
    raise ValueError(AROUND)


def _always(items: Any, group: int) -> bool:
    """Whether a group is part of every match."""
    for code, argument in items:
        if code is op.SUBPATTERN and (argument[0] == group or _always(argument[3], group)):
            return True
        if code in (op.MAX_REPEAT, op.MIN_REPEAT) and argument[0] and _always(argument[2], group):
            return True
    return False


def _lifted(items: Any, *, fold: bool, front: bool) -> tuple[list[_Look], list[Any]]:
    """The look-behind at the beginning, or look-ahead at the end, out of the groups that begin or end there too.

    With it, the rest.
    """
    rest: list[Any] = list(items)
    looks: list[_Look] = []
    edge = 0 if front else -1
    while rest and rest[edge][0] in _AROUND and (rest[edge][1][0] < 0) == front:
        code, (_, inner) = rest.pop(edge)
        looks.append(_Look(code, list(inner), fold))
    if rest and rest[edge][0] is op.SUBPATTERN:
        group, added, removed, inner = rest[edge][1]
        fold = (fold or bool(added & IGNORECASE)) and not removed & IGNORECASE
        more, inner = _lifted(inner, fold=fold, front=front)
        looks += more
        rest[edge] = (op.SUBPATTERN, (group, added, removed, inner))
    return looks, rest


def _ahead(looks: list[_Look]) -> str:
    """What stands behind a match: text that belongs to none."""
    if len(looks) == 1 and looks[0].code is op.ASSERT:
        return f"(?:{_sequence(looks[0].inner, {}, fold=looks[0].fold)})"
    if any(look.code is op.ASSERT for look in looks) or len({look.fold for look in looks}) > 1:
        raise ValueError(AROUND)
    if any(len(look.inner) != 1 or look.inner[0][0] not in _CHARACTERS for look in looks):
        raise ValueError("negative look-ahead is for one character in this pattern")
    code, argument = looks[0].inner[0]
    if len(looks) > 1:
        code, argument = op.IN, [one for look in looks for one in _listed(*look.inner[0])]
    return f"(?:{_other(code, argument, fold=looks[0].fold)}{_END}"


def _listed(code: Any, argument: Any) -> list[Any]:
    """What a class lists. Raises `ValueError` for one that lists what it is not."""
    if code is op.LITERAL:
        return [(code, argument)]
    if code is op.IN and argument[0][0] is not op.NEGATE:
        return argument
    raise ValueError("several negative look-aheads at the end of this pattern: write them as one, of one class")


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
