"""The keywords of JSON Schema, each as a check that counts its steps.

Source: JSON Schema 2020-12, Validation and Core (sections 10.2 and 10.3); `items` as a list, `additionalItems` and
`definitions` as in draft 7. What is missing here says nothing of a value: `format`, `unevaluatedItems`,
`unevaluatedProperties`, `$dynamicRef`, `$anchor`, `dependencies`, and keywords that nobody knows.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol, cast

from sekisho.core.language import Bilingual

Path = tuple[str, ...]
Check = Callable[[Any, "Run"], Path | None]  # None: it fits; else where in the schema below the keyword it does not

PIECE = 64  # characters that are compared in one step
_WORK = 128  # characters times size of a pattern's automaton that are one step


class Exhausted(Exception):
    """More steps would be needed than were given."""


class Run:
    """One check of a value: how many steps are left."""

    __slots__ = ("left",)

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self, count: int = 1) -> None:
        """Takes steps. Raises `Exhausted`."""
        self.left -= count
        if self.left < 0:
            raise Exhausted


class SchemaFault(ValueError):
    """A schema that cannot be used: at `path`, something else was `expected`."""

    def __init__(self, path: Sequence[str], expected: Bilingual) -> None:
        super().__init__(f"expected {expected['en']}")
        self.path = tuple(path)
        self.expected: Bilingual = expected


class Node:
    """A schema, made ready. `never`: nothing fits it."""

    __slots__ = ("checks", "never")

    def __init__(self, *, never: bool = False) -> None:
        self.checks: list[tuple[str, Check]] = []
        self.never = never

    def breach(self, value: Any, run: Run) -> Path | None:
        """Where in the schema the first keyword stands that a value does not fit; None: it fits."""
        run.step()
        if self.never:
            return ()
        for keyword, check in self.checks:
            run.step()
            inner = check(value, run)
            if inner is not None:
                return (keyword, *inner)
        return None


class Pattern(Protocol):
    """A compiled pattern of RE2."""

    programsize: int

    def search(self, text: bytes) -> object:
        """The first match, or None."""
        ...


class Builder(Protocol):
    """Makes nodes of what stands in keywords. All raise `SchemaFault` with the place."""

    def node(self, document: object, at: Path) -> Node:
        """A schema below."""
        ...

    def referred(self, pointer: str, at: Path) -> Node:
        """The schema that a reference names."""
        ...

    def pattern(self, source: str, at: Path) -> Pattern:
        """A pattern."""
        ...


Made = Callable[[Any, Mapping[str, Any], Builder, Path], Check]  # value of a keyword, its schema, builder, place


def number(value: object) -> bool:
    """Whether it is a JSON number."""
    return type(value) is int or type(value) is float


def whole(value: object) -> bool:
    """Whether it is a whole number, such as 2 or 2.0."""
    return type(value) is int or (type(value) is float and value.is_integer())


TYPES: dict[str, Callable[[object], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: type(value) is bool,
    "object": lambda value: type(value) is dict,
    "array": lambda value: type(value) is list,
    "string": lambda value: type(value) is str,
    "number": number,
    "integer": whole,
}


def canonical(value: Any, run: Run) -> str:
    """The same text for equal values, and for no others: 1 and 1.0 are equal, 1 and true are not."""
    parts: list[str] = []
    _spell(value, run, parts)
    return "".join(parts)  # once, since what lies deep would be copied at every level


def _spell(value: Any, run: Run, parts: list[str]) -> None:
    run.step()
    if type(value) is str:
        run.step(len(value) // PIECE)
        parts.append(json.dumps(value))
    elif type(value) is list:
        parts.append("[")
        for one in cast("list[Any]", value):
            _spell(one, run, parts)
            parts.append(",")
        parts.append("]")
    elif type(value) is dict:
        members = cast("dict[str, Any]", value)
        parts.append("{")
        for name in sorted(members):
            _spell(name, run, parts)
            _spell(members[name], run, parts)
        parts.append("}")
    else:
        run.step(_long(value))
        parts.append(f"{int(value) if whole(value) else value!r} ")


def found(pattern: Pattern, text: str, run: Run) -> bool:
    """Whether the pattern matches somewhere."""
    run.step(4 + len(text) * pattern.programsize // _WORK)
    return pattern.search(text.encode("utf-8", "replace")) is not None


def types(value: Any, _schema: Mapping[str, Any], _builder: Builder, at: Path) -> Check:
    """`type`."""
    given = [value] if isinstance(value, str) else listed(value, at)
    if not given or any(not isinstance(one, str) or one not in TYPES for one in given):
        raise SchemaFault(at, {"ja": f"型の名前({', '.join(TYPES)})", "en": f"one of {', '.join(TYPES)}"})
    wanted = [TYPES[name] for name in given]
    return lambda given, run: None if any(one(given) for one in wanted) else ()


def enum(value: Any, _schema: Mapping[str, Any], _builder: Builder, at: Path) -> Check:
    """`enum`."""
    values = {canonical(one, Run(1 << 60)) for one in listed(value, at)}
    return lambda given, run: None if canonical(given, run) in values else ()


def const(value: Any, _schema: Mapping[str, Any], _builder: Builder, _at: Path) -> Check:
    """`const`."""
    wanted = canonical(value, Run(1 << 60))
    return lambda given, run: None if canonical(given, run) == wanted else ()


def bound(fits: Callable[[Any, Any], bool]) -> Made:
    """`minimum` and its like."""

    def made(value: Any, _schema: Mapping[str, Any], _builder: Builder, at: Path) -> Check:
        if not number(value):
            raise SchemaFault(at, {"ja": "数", "en": "a number"})
        return lambda given, run: () if number(given) and not fits(given, value) else None

    return made


def multiple_of(value: Any, _schema: Mapping[str, Any], _builder: Builder, at: Path) -> Check:
    """`multipleOf`, exactly, by the decimal digits that were written."""
    if not number(value) or not _finite(value) or value <= 0:
        raise SchemaFault(at, {"ja": "0より大きい数", "en": "a number greater than 0"})
    unit = _exact(value)

    def check(given: Any, run: Run) -> Path | None:
        if not number(given):
            return None
        run.step(8 + _long(given))
        return None if _finite(given) and _exact(given) % unit == 0 else ()

    return check


def size(kind: type, fits: Callable[[int, int], bool]) -> Made:
    """`minLength` and its like, of strings, lists or objects."""

    def made(value: Any, _schema: Mapping[str, Any], _builder: Builder, at: Path) -> Check:
        limit = count(value, at)
        return lambda given, run: () if type(given) is kind and not fits(len(given), limit) else None

    return made


def pattern(value: Any, _schema: Mapping[str, Any], builder: Builder, at: Path) -> Check:
    """`pattern`."""
    compiled = builder.pattern(value, at)
    return lambda given, run: () if type(given) is str and not found(compiled, given, run) else None


def count(value: object, at: Path) -> int:
    """A number of characters, items or members. Raises `SchemaFault`."""
    if not whole(value) or cast("float", value) < 0:
        raise SchemaFault(at, {"ja": "0以上の整数", "en": "a whole number that is not negative"})
    return int(cast("float", value))


def listed(value: object, at: Path) -> list[Any]:
    """A list. Raises `SchemaFault`."""
    if not isinstance(value, list):
        raise SchemaFault(at, {"ja": "一覧([ … ])", "en": "a list"})
    return cast("list[Any]", value)


def mapped(value: object, at: Path) -> Mapping[str, Any]:
    """An object. Raises `SchemaFault`."""
    if not isinstance(value, dict):
        raise SchemaFault(at, {"ja": "オブジェクト({ … })", "en": "an object"})
    return cast("dict[str, Any]", value)


def names(value: object, at: Path) -> tuple[str, ...]:
    """A list of names. Raises `SchemaFault`."""
    given = listed(value, at)
    if not all(isinstance(one, str) for one in given):
        raise SchemaFault(at, {"ja": "名前の一覧", "en": "a list of names"})
    return tuple(given)


def _finite(value: float) -> bool:
    return type(value) is int or math.isfinite(value)  # large whole numbers are no floats


def _long(value: object) -> int:
    """Steps for the digits of a whole number, beyond the usual ones."""
    return value.bit_length() // PIECE if type(value) is int else 0


def _exact(value: float) -> Fraction:
    return Fraction(value) if type(value) is int else Fraction(repr(value))
