"""Registered persons: the `persons` of a profile as rules of the one scan.

What is asked for and said of them stands in registered.yaml, with the place of the name left open.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec

from sekisho.core.exchange import Stage
from sekisho.core.located import Located, read
from sekisho.guards import half
from sekisho.guards.literal import name
from sekisho.guards.rule import Rule, expanded
from sekisho.policy.profile import Person, PersonKind

FILE = Path(__file__).with_name("registered.yaml")
TOGETHER = 100  # names of one rule


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One form of words about a person.

    Attributes:
        kinds: category of the findings by kind of person; the form does not count for others.
    """

    id: str
    stages: list[Stage]
    kinds: dict[PersonKind, str]
    score: float
    pattern: str
    hits: list[str | tuple[str, str]] = []
    misses: list[str] = []


class Forms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds."""

    source: list[str]
    macros: dict[str, str]
    forms: list[Form]


def person_rules(persons: Sequence[Person], guard: str) -> tuple[Rule, ...]:
    """The rules for these persons: one for each form, kind and hundred names."""
    return tuple(rule for kind in ("living", "dead", "fictional") for rule in _rules(persons, kind, guard))


@cache
def forms() -> Forms:
    """The forms as written."""
    return _document().into(Forms)


@cache
def _document() -> Located:
    return read(FILE)


def _rules(persons: Sequence[Person], kind: PersonKind, guard: str) -> Iterator[Rule]:
    names = [written for person in persons if person.kind == kind for written in person.names]
    # The longest first, so that a name is not found as its own beginning.
    names = sorted(dict.fromkeys(names), key=lambda one: (-len(one), one))
    for at in range(0, len(names), TOGETHER):
        options = "|".join(name(written) for written in names[at : at + TOGETHER])
        macros = {"NAME": f"(?i:{options})"}
        for key, text in forms().macros.items():
            macros[key] = expanded(text, macros, _document(), ("macros", key))
        for index, form in enumerate(forms().forms):
            if kind in form.kinds:
                source = expanded(form.pattern, macros, _document(), ("forms", index, "pattern"))
                half.halves(source)
                yield Rule(
                    f"person_{form.id}_{kind}_{at}",
                    guard,
                    form.kinds[kind],
                    form.score,
                    source,
                    stages=frozenset(form.stages),
                )
