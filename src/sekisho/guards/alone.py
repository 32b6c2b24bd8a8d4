"""Patterns that are read for one by one, each by an automaton of its own.

A state of an automaton is a combination of what all its patterns have seen: apart, patterns have few states, and those
of a pattern that no text asks for take no memory at all. RE2 keeps every state that a text has asked for, and other
texts ask for other ones; so after many looks all automata are made anew.
"""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from sekisho.guards.half import Key
from sekisho.guards.sets import ALONE_MEMORY, Set

OFTEN = 200_000  # looks, of all automata together, after which they are made anew: a fifth of a second of work

T = TypeVar("T")


class Renewed(Generic[T]):
    """Automata that are made when a text first asks for them, and all anew after so many looks."""

    def __init__(self, make: Callable[[Key], T], often: int) -> None:
        self._make = make
        self._often = often
        self._made: dict[Key, T] = {}
        self._looks = 0

    def __getitem__(self, key: Key) -> T:
        self._looks += 1
        if self._looks > self._often:
            self._looks = 0
            self._made.clear()
        one = self._made.get(key)
        if one is None:
            one = self._made[key] = self._make(key)
        return one


class Alone:
    """Automata of single patterns."""

    def __init__(self, patterns: Mapping[Key, str], *, begin: bool = False) -> None:
        """As for `Set`. RE2 takes each of them, as guards/half.py has seen."""
        self._sets = Renewed(lambda key: Set([patterns[key]], ALONE_MEMORY, begin=begin), OFTEN)

    def matches(self, key: Key, encoded: bytes) -> bool:
        """Whether a pattern matches in a text in UTF-8, or what it begins with."""
        return bool(self._sets[key].hits(encoded))
