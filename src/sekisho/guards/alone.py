"""Patterns that are read for one by one, each by an automaton of its own.

A state of an automaton is a combination of what all its patterns have seen: apart, patterns have few states, and those
of a pattern that no text asks for take no memory at all. RE2 keeps every state that a text has asked for, and other
texts ask for other ones; so after many looks all automata are made anew.
"""

from collections.abc import Mapping

from sekisho.guards.half import Key
from sekisho.guards.sets import ALONE_MEMORY, Set

OFTEN = 200_000  # looks, of all automata together, after which they are made anew: a fifth of a second of work


class Alone:
    """Automata of single patterns, made when they are needed first."""

    def __init__(self, patterns: Mapping[Key, str], *, begin: bool = False) -> None:
        """As for `Set`. RE2 takes each of them, as guards/half.py has seen."""
        self._patterns = patterns
        self._begin = begin
        self._made: dict[Key, Set] = {}
        self._looks = 0

    def matches(self, key: Key, encoded: bytes) -> bool:
        """Whether a pattern matches in a text in UTF-8, or what it begins with."""
        self._looks += 1
        if self._looks > OFTEN:
            self._looks = 0
            self._made.clear()
        one = self._made.get(key)
        if one is None:
            one = self._made[key] = Set([self._patterns[key]], ALONE_MEMORY, begin=self._begin)
        return bool(one.hits(encoded))
