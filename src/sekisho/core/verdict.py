"""Verdicts: what happens to a text, from nothing to refusal."""

from enum import IntEnum


class Verdict(IntEnum):
    """The outcome of a judgement. They are ordered, and the worst one wins.

    `REPLACE` puts a reviewed text in place of the whole message; `HOLD` withholds it, for a person to judge.
    """

    PASS = 0
    ANNOTATE = 1
    MASK = 2
    REPLACE = 3
    HOLD = 4
    REFUSE = 5

    @property
    def word(self) -> str:
        """The name as policies and records write it, e.g. `refuse`."""
        return _WORDS[self]

    @classmethod
    def of(cls, word: str) -> "Verdict":
        """The verdict that `word` names. Raises `ValueError` for any other word."""
        for verdict in cls:
            if verdict.word == word:
                return verdict
        raise ValueError(word)


_WORDS = tuple(verdict.name.lower() for verdict in Verdict)
