"""Patterns that are read for one by one, each by an automaton of its own.

A state of an automaton is a combination of what all its patterns have seen: apart, patterns have few states, and those
of a pattern that no text asks for take no memory at all. RE2 keeps every state that a text has asked for, and other
texts ask for other ones; so an automaton that was asked often is made anew.
"""

from collections.abc import Mapping

from sekisho.guards.half import Key
from sekisho.guards.sets import ALONE_MEMORY, Set

OFTEN = 4000  # looks, after which an automaton is made anew; after a quarter of these, scanning took 6 % longer


class Alone:
    """Automata of single patterns, made when they are needed first."""

    def __init__(self, patterns: Mapping[Key, str], *, begin: bool = False) -> None:
        """As for `Set`. RE2 takes each of them, as guards/half.py has seen."""
        self._patterns = patterns
        self._begin = begin
        self._made: dict[Key, Set] = {}

    def matches(self, key: Key, encoded: bytes) -> bool:
        """Whether a pattern matches in a text in UTF-8, or what it begins with."""
        one = self._made.get(key)
        if one is None or one.looks >= OFTEN:
            one = self._made[key] = Set([self._patterns[key]], ALONE_MEMORY, begin=self._begin)
        one.looks += 1
        return bool(one.hits(encoded))
