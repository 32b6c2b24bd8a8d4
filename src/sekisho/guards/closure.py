"""The pattern language of guards, and two languages made from each pattern.

A pattern is a strict subset of Python's `re`: characters, classes, groups, alternation, greedy or lazy repeats,
`(?i:…)`, look-behind and negative look-ahead over one character, any look-ahead at the end, and `(?(group)…|…)`, of
which the automata take either. From its syntax tree come, in the syntax of RE2:

- the *superset*: the pattern without look-arounds, so that one pass over a text tells which patterns may match;
- the *prefix closure*: all non-empty prefixes of what the superset matches. A text that ends in a member of the
  closure may become a match when more text comes; one that does not never will. Long repeats are widened, which
  only makes the closure larger.

Source: Brzozowski, Derivatives of Regular Expressions, JACM 11(4), 1964; the closure is the regular language of
strings whose derivative is not empty.
"""

import re
from dataclasses import dataclass
from importlib import import_module
from re import IGNORECASE, UNICODE
from typing import Any

# The syntax tree of `re` has no public name or types. It has been stable since Python 2, and the tests pin its shape.
op: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

WIDEN = 24  # a repeat of more than this becomes unbounded in the closure
MANY = 24  # words; a longer list becomes a class for each position in the closure
RE2_REPEAT_LIMIT = 1000

_HEX = re.compile(r"\\x\{([0-9a-f]+)\}")
DIGITS = "0123456789"
WORD = f"{DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Character:
    """One code point of a class, in RE2 syntax."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after another; none: the empty text."""

    parts: "tuple[Node, ...]"


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


def parse(pattern: str) -> Node:
    """The tree of a pattern without its look-arounds, except look-ahead at the end, which counts as text.

    Raises `ValueError` for anything outside the pattern language.
    """
    tree = parser.parse(pattern)
    _only_case(tree.state.flags & ~UNICODE)
    return _sequence(tree, bool(tree.state.flags & IGNORECASE), last=True)


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
    return _prefixes(_widened(node))


def _widened(node: Node) -> Node:
    """The tree with long lists of words made wider: any of their first characters, any of their second, and so on.

    A list of names is a large automaton and stands in many rules; this keeps the closure small.
    """
    if isinstance(node, Sequence):
        return Sequence(tuple(_widened(part) for part in node.parts))
    if isinstance(node, Repeat):
        return Repeat(node.low, node.high, _widened(node.part))
    if isinstance(node, Choice):
        words = [word for option in node.options if (word := _word(option)) is not None]
        others = [_widened(option) for option in node.options if _word(option) is None]
        if len(words) > MANY:
            return Choice((_by_position(words), *others)) if others else _by_position(words)
        return Choice(tuple(_widened(option) for option in node.options))
    return node


def _word(node: Node) -> tuple[Character, ...] | None:
    """The characters of a node that is nothing but characters."""
    if isinstance(node, Character):
        return (node,)
    if isinstance(node, Sequence) and node.parts:
        parts = [part for part in node.parts if isinstance(part, Character)]
        return tuple(parts) if len(parts) == len(node.parts) else None
    return None


def _by_position(words: list[tuple[Character, ...]]) -> Node:
    shortest, longest = min(map(len, words)), max(map(len, words))
    tail: Node = Sequence(())
    for position in reversed(range(longest)):
        here = dict.fromkeys(word[position].text for word in words if len(word) > position)
        part = Sequence((Character(_either(list(here))), *(() if tail == Sequence(()) else (tail,))))
        tail = part if position < shortest else Repeat(0, 1, part)
    return tail


def _only_case(flags: int) -> None:
    if flags & ~IGNORECASE:
        raise ValueError("flags other than (?i) are not part of the pattern language")


def _sequence(items: Any, fold: bool, *, last: bool) -> Node:
    """The parts of a sequence; `last`: whether a match ends with it."""
    parts: list[Node] = []
    for code, argument in reversed(list(items)):
        part = _node(code, argument, fold, last=last)
        # What was only looked at may be looked at again, but nothing may be read after it.
        last = last and part == Sequence(())
        if part != Sequence(()):
            parts.append(part)
    return Sequence(tuple(reversed(parts)))


def _node(code: Any, argument: Any, fold: bool, *, last: bool) -> Node:
    if code in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
        return Character(_character(code, argument, fold))
    if code in (op.BRANCH, op.GROUPREF_EXISTS):
        options = argument[1] if code is op.BRANCH else argument[1:]
        return Choice(tuple(_sequence(option or (), fold, last=last) for option in options))
    if code is op.SUBPATTERN:
        _, added, removed, inner = argument
        _only_case(added | removed)
        return _sequence(inner, (fold or bool(added & IGNORECASE)) and not removed & IGNORECASE, last=last)
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = argument
        part = _sequence(inner, fold, last=last and high == 1)
        if high == 0 or part == Sequence(()):
            return Sequence(())
        return Repeat(low, None if high is op.MAXREPEAT else high, part)
    return _look_around(code, argument, fold, last=last)


def _look_around(code: Any, argument: Any, fold: bool, *, last: bool) -> Node:
    if code not in (op.ASSERT, op.ASSERT_NOT):
        raise ValueError(f"{code} is not part of the pattern language")
    direction, inner = argument
    if direction > 0 and code is op.ASSERT:
        if not last:
            raise ValueError("positive look-ahead may stand at the end of a pattern only")
        return _sequence(inner, fold, last=True)
    if direction > 0 and last and len(inner) > 1:
        # A match is undecided while what must not follow may still come.
        return Choice((_sequence(inner, fold, last=True), Sequence(())))
    if len(inner) != 1 or inner[0][0] not in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
        raise ValueError(
            "look-behind is for one character in the pattern language, and so is negative look-ahead within a pattern"
        )
    return Sequence(())


def _character(code: Any, argument: Any, fold: bool) -> str:
    if code is op.ANY:
        return r"[^\n]"
    if code is op.LITERAL:
        text = _escaped(argument)
    elif code is op.NOT_LITERAL:
        text = f"[^{_escaped(argument)}]"
    else:
        text = _class(argument)
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


def _sequence_prefixes(parts: tuple[Node, ...]) -> str:
    """P(a b c) = P(a) | a (P(b) | b P(c)), written so that shared beginnings are written once."""
    text = ""
    for part in reversed(parts):
        if isinstance(part, Character):
            text = f"{part.text}(?:{text})?" if text else part.text
        else:
            wide = Repeat(0, None, part.part) if isinstance(part, Repeat) and (part.high or 99) > WIDEN else part
            text = f"(?:{_prefixes(part)}|{_emit(wide)}{text})" if text else _prefixes(part)
    return text
