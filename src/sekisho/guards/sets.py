"""Sets of patterns that RE2 looks for together, and how much memory they may take."""

from collections.abc import Sequence
from typing import Any

import re2

engine: Any = re2  # comes without types

# Bytes for a set beyond those for its states, since RE2 wants its program to take a quarter at most: so many for each
# character of its patterns; `SET_MEMORY` at the very most. A set that could not hold twenty states does not compile.
PROGRAM_MEMORY = 33
SET_MEMORY = 128 << 20
ALONE_MEMORY = 2 << 20  # bytes for the states of a pattern by itself: that so many are needed is rare


class Set:
    """A set of patterns, known by their numbers."""

    def __init__(self, patterns: Sequence[str], memory: int, *, whole: bool = False, begin: bool = False) -> None:
        """`memory`: bytes that its states may take: they come with the texts, and without room RE2 begins anew.

        `whole`: the patterns have to match whole texts; `begin`: what texts begin with; else something in them.
        Raises `ValueError` for a pattern that RE2 does not take, and where they do not fit into memory.
        """
        memory = min(SET_MEMORY, memory + PROGRAM_MEMORY * sum(map(len, patterns)))
        kind = engine.Set.FullMatchSet if whole else engine.Set.MatchSet if begin else engine.Set.SearchSet
        self._set: Any = _compiled(kind, patterns, memory) if patterns else None

    def hits(self, encoded: bytes) -> Sequence[int]:
        """The numbers of those that match a text in UTF-8."""
        return (self._set.Match(encoded) or ()) if self._set and encoded else ()


def _compiled(kind: Any, patterns: Sequence[str], memory: int) -> Any:
    made = kind(options(memory))
    try:
        for pattern in patterns:
            made.Add(pattern)
        made.Compile()
    except engine.error as fault:
        if memory < SET_MEMORY:
            return _compiled(kind, patterns, SET_MEMORY)
        raise ValueError(
            f"RE2 does not take the patterns, alone or together: {fault};"
            " shorten lists of words and repeats, or load fewer guards"
        ) from fault
    return made


def options(memory: int) -> Any:
    """How patterns are compiled: with so many bytes, and without a word on standard error."""
    chosen = engine.Options()
    chosen.max_mem = memory
    chosen.log_errors = False
    return chosen
