"""The pattern language of guards, and the languages made from each pattern.

A pattern is a strict subset of Python's `re`: characters, classes, groups, alternation, greedy or lazy repeats,
`(?i:…)`, look-behind and negative look-ahead over one character, any look-ahead at the end, and `(?(group)…|…)`, of
which the automata take either. From its syntax tree come, in the syntax of RE2:

- the *superset*: the pattern without look-arounds, so that one pass over a text tells which patterns may match;
- the *prefix closure*: all non-empty prefixes of what the superset matches. A text that ends in a member of the
  closure may become a match when more text comes; one that does not never will. Long repeats are widened, which
  only makes the closure larger.

The closure comes in two parts: the prefixes in which the finding (the group `x`) may have begun, and those that are
context alone, which nobody masks.

Source: Brzozowski, Derivatives of Regular Expressions, JACM 11(4), 1964; the closure is the regular language of
strings whose derivative is not empty.
"""

import re
from dataclasses import dataclass, replace
from importlib import import_module
from re import IGNORECASE, UNICODE
from typing import Any

# The syntax tree of `re` has no public name or types. It has been stable since Python 2, and the tests pin its shape.
op: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

WIDEN = 24  # a repeat of more than this becomes unbounded in the closure
RE2_REPEAT_LIMIT = 1000

_HEX = re.compile(r"\\x\{([0-9a-f]+)\}")
DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WORD = DIGITS + LETTERS


@dataclass(frozen=True, slots=True)
class Character:
    """One code point of a class, in RE2 syntax."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after another; none: the empty text."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Found(Sequence):
    """The part of a pattern that is the finding."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several."""

    options: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """`low` to `high` times; `high` None: without end."""

    low: int
    high: int | None
    part: "Node"


Node = Character | Sequence | Choice | Repeat


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a part of a pattern is read: whether case counts, and the number of the group to be told as `Found`."""

    fold: bool
    found: int = 0


def parse(pattern: str, *, telling: bool = False) -> Node:
    """The tree of a pattern without its look-arounds, except look-ahead at the end, which counts as text.

    `telling`: the group `x` is `Found`. Raises `ValueError` for anything outside the pattern language.
    """
    tree = parser.parse(pattern)
    _only_case(tree.state.flags & ~UNICODE)
    found = tree.state.groupdict.get("x", 0) if telling else 0
    return _sequence(tree, _Reading(bool(tree.state.flags & IGNORECASE), found), last=True)


def guarded(pattern: str, characters: str = WORD) -> bool:
    """Whether no match begins right behind one of these ASCII characters, because a look-behind forbids it."""
    return "(?<!" in pattern and _guarded(parser.parse(pattern), characters)


def _guarded(items: Any, characters: str) -> bool:
    parts: list[Any] = list(items)
    if not parts:
        return False
    code, argument = parts[0]
    if code is op.SUBPATTERN:
        return _guarded(argument[3], characters)
    if code is op.BRANCH:
        return all(_guarded(option, characters) for option in argument[1])
    if code is not op.ASSERT_NOT or argument[0] > 0:
        return _guarded(parts[1:], characters) if code is op.ASSERT_NOT else False
    kind, inside = argument[1][0]
    behind = _HEX.sub(lambda found: f"\\U{int(found[1], 16):08x}", _character(kind, inside, fold=False))
    return len(re.findall(behind, characters)) == len(characters)


def superset(node: Node) -> str:
    """RE2 syntax for a language that holds every match of the pattern that the tree is of."""
    return _emit(node)


def closure(node: Node) -> str:
    """RE2 syntax for all non-empty prefixes of the members of a language."""
    return _prefixes(node)


@dataclass(frozen=True, slots=True)
class Prefixes:
    """RE2 syntax for all non-empty prefixes of the matches of a pattern, in two languages.

    Attributes:
        begun: those in which the finding may have begun.
        context: the others, in which it has not; empty where every match begins with its finding.
    """

    begun: str
    context: str = ""


def prefixes(pattern: str) -> Prefixes:
    """The prefixes of a pattern. Raises `ValueError` for anything outside the pattern language."""
    return _parted(parse(pattern, telling=True)) or Prefixes(closure(parse(pattern)))


def _parted(node: Node) -> Prefixes | None:
    """The prefixes of what holds the finding, without the options that have none; None where nothing holds it once."""
    if isinstance(node, Found):
        return Prefixes(_sequence_prefixes(node.parts))
    if isinstance(node, Repeat):
        return _parted(node.part) if node.high == 1 else None
    if isinstance(node, Choice):
        told = [part for option in node.options if (part := _parted(option)) is not None]
        contexts = [part.context for part in told if part.context]
        return Prefixes(_either([part.begun for part in told]), _either(contexts) if contexts else "") if told else None
    if isinstance(node, Sequence):
        for at, part in enumerate(node.parts):
            within = _parted(part)
            if within is not None:
                before, behind = node.parts[:at], node.parts[at + 1 :]
                full = "".join(map(_full, before))
                begun = f"{full}(?:{within.begun}|{_full(part)}{_sequence_prefixes(behind)})" if behind else ""
                context = _sequence_prefixes(before, within.context)
                return Prefixes(begun or full + within.begun, context)
    return None


def _only_case(flags: int) -> None:
    if flags & ~IGNORECASE:
        raise ValueError("flags other than (?i) are not part of the pattern language")


def _sequence(items: Any, how: _Reading, *, last: bool) -> Sequence:
    """The parts of a sequence; `last`: whether a match ends with it."""
    parts: list[Node] = []
    for code, argument in reversed(list(items)):
        part = _node(code, argument, how, last=last)
        # What was only looked at may be looked at again, but nothing may be read after it.
        last = last and part == Sequence(())
        if part != Sequence(()):
            parts.append(part)
    return Sequence(tuple(reversed(parts)))


def _node(code: Any, argument: Any, how: _Reading, *, last: bool) -> Node:
    if code in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
        return Character(_character(code, argument, how.fold))
    if code in (op.BRANCH, op.GROUPREF_EXISTS):
        options = argument[1] if code is op.BRANCH else argument[1:]
        return Choice(tuple(_sequence(option or (), how, last=last) for option in options))
    if code is op.SUBPATTERN:
        group, added, removed, inner = argument
        _only_case(added | removed)
        fold = (how.fold or bool(added & IGNORECASE)) and not removed & IGNORECASE
        part = _sequence(inner, replace(how, fold=fold), last=last)
        return Found(part.parts) if group and group == how.found else part
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = argument
        part = _sequence(inner, how, last=last and high == 1)
        if high == 0 or part == Sequence(()):
            return Sequence(())
        return Repeat(low, None if high is op.MAXREPEAT else high, part)
    return _look_around(code, argument, how, last=last)


def _look_around(code: Any, argument: Any, how: _Reading, *, last: bool) -> Node:
    if code not in (op.ASSERT, op.ASSERT_NOT):
        raise ValueError(f"{code} is not part of the pattern language")
    direction, inner = argument
    if direction > 0 and code is op.ASSERT:
        if not last:
            raise ValueError("positive look-ahead may stand at the end of a pattern only")
        return _sequence(inner, how, last=True)
    if direction > 0 and last and len(inner) > 1:
        # A match is undecided while what must not follow may still come.
        return Choice((_sequence(inner, how, last=True), Sequence(())))
    if len(inner) != 1 or inner[0][0] not in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
        raise ValueError(
            "look-behind is for one character in the pattern language, and so is negative look-ahead within a pattern"
        )
    return Sequence(())


def character(code: Any, argument: Any) -> str:
    """RE2 syntax of a character or class of the syntax tree, in the case in which it is written."""
    if code is op.ANY:
        return r"[^\n]"
    if code is op.LITERAL:
        return _escaped(argument)
    return f"[^{_escaped(argument)}]" if code is op.NOT_LITERAL else _class(argument)


def _character(code: Any, argument: Any, fold: bool) -> str:
    text = character(code, argument)
    # RE2 folds all of Unicode, Python only ASCII: a class of what is *not* meant would become too small.
    return f"(?i:{text})" if fold and not text.startswith("[^") else text


_CATEGORIES = {
    op.CATEGORY_DIGIT: "0-9",
    op.CATEGORY_SPACE: r"\t\n\v\f\r ",
    op.CATEGORY_WORD: "0-9A-Za-z_",
}


def _class(items: Any) -> str:
    inside = ""
    for code, argument in items:
        if code is op.NEGATE:
            inside += "^"
        elif code is op.LITERAL:
            inside += _escaped(argument)
        elif code is op.RANGE:
            inside += f"{_escaped(argument[0])}-{_escaped(argument[1])}"
        elif argument in _CATEGORIES:
            inside += _CATEGORIES[argument]
        else:
            raise ValueError(f"{argument} within a class is not part of the pattern language")
    return f"[{inside}]"


def _escaped(code_point: int) -> str:
    character = chr(code_point)
    return character if character.isascii() and character.isalnum() else f"\\x{{{code_point:x}}}"


def _emit(node: Node, room: int = RE2_REPEAT_LIMIT) -> str:
    """RE2 syntax of a tree. `room`: how often RE2 lets a part be repeated here, nested repeats multiplied."""
    if isinstance(node, Character):
        return node.text
    if isinstance(node, Sequence):
        return "".join(_emit(part, room) for part in node.parts)
    if isinstance(node, Choice):
        return _either([_emit(option, room) for option in node.options])
    high = node.high if node.high is None or node.high <= room else None
    low = min(node.low, room)
    return f"(?:{_emit(node.part, room // max(1, low, high or 0))}){_times(low, high)}"


def _times(low: int, high: int | None) -> str:
    if high is None:
        return {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    return "?" if (low, high) == (0, 1) else f"{{{low},{high}}}"


def _either(options: list[str]) -> str:
    return options[0] if len(options) == 1 else "(?:" + "|".join(options) + ")"


def _prefixes(node: Node) -> str:
    if isinstance(node, Character):
        return node.text
    if isinstance(node, Choice):
        return _either([_prefixes(option) for option in node.options if option != Sequence(())] or [""])
    if isinstance(node, Repeat):
        high = node.high if node.high is not None and node.high <= WIDEN else None
        if isinstance(node.part, Sequence) and len(node.part.parts) == 1 and isinstance(node.part.parts[0], Character):
            return _emit(Repeat(1, high, node.part))
        return _emit(Repeat(0, high and high - 1, node.part)) + _prefixes(node.part)
    return _sequence_prefixes(node.parts)


def _sequence_prefixes(parts: tuple[Node, ...], text: str = "") -> str:
    """P(a b c) = P(a) | a (P(b) | b P(c)), written so that shared beginnings are written once; `text` is P(c)."""
    for part in reversed(parts):
        if isinstance(part, Character):
            text = f"{part.text}(?:{text})?" if text else part.text
        else:
            text = f"(?:{_prefixes(part)}|{_full(part)}{text})" if text else _prefixes(part)
    return text


def _full(part: Node) -> str:
    """All of a part; a long repeat is counted no more."""
    wide = Repeat(0, None, part.part) if isinstance(part, Repeat) and (part.high or 99) > WIDEN else part
    return _emit(wide)
