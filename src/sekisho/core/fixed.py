"""Dataclasses that nobody changes, for what is made many times for each exchange."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast, dataclass_transform

Class = TypeVar("Class", bound=type)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def fixed(cls: Class) -> Class:
    """As `dataclass(frozen=True, slots=True)`, with the type checker alone to see to it that nothing is changed.

    A dataclass that sees to it itself takes four times as long to make. What guards of others get to see does that.
    """
    made = cast("Callable[[Class], Class]", dataclass(slots=True, unsafe_hash=True))
    return made(cls)
