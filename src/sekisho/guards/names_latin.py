"""Names of persons in Latin letters: what the words are, what stands around them, and how much each sign weighs."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import exp
from typing import NamedTuple

from sekisho.guards.names_latin_runs import Run, Runs
from sekisho.guards.names_latin_signs import Signs, joined
from sekisho.guards.names_latin_weights import BIAS, WEIGHTS
from sekisho.guards.names_tables import PERSON, Cell
from sekisho.guards.wanted import wanted


class Spotted(NamedTuple):
    """A name in Latin letters: code points of the text, and how sure it is."""

    start: int
    end: int
    score: float


LEAST = 0.4  # a score below it is nothing
_SURE = 0.6  # what such a name says of other mentions


class LatinNames:
    """Finds names in Latin letters."""

    def __init__(self, runs: Runs, signs: Signs) -> None:
        self.runs = runs
        self._signs = signs

    def look(self, value: str, table: Sequence[Cell]) -> tuple[list[Spotted], bool]:
        """Names in order, apart from each other; and whether somebody of history or public life stands in the text.

        `table`: the cells of the text that have a heading.
        """
        runs = self.runs.of(value)
        if not runs:
            return [], False
        scores = [probability(signs) for signs in self.signs(value, runs, table)]
        known = {word for run, score in zip(runs, scores, strict=True) if score >= _SURE for word in run.words}
        found = [
            Spotted(run.start, run.end, score if score >= LEAST else _SURE)
            for run, score in zip(runs, scores, strict=True)
            if score >= LEAST or (known and run.single and run.words[0] in known and run.codes in "GHSRUwqJK")
        ]
        return found, any(
            self._signs.known(run) or (score < LEAST and self._signs.famed(run))
            for run, score in zip(runs, scores, strict=True)
        )

    def signs(self, value: str, runs: Sequence[Run], table: Sequence[Cell]) -> Iterator[list[str]]:
        """For each candidate the names of what speaks for or against it."""
        listed = False
        famous = any(self._signs.known(run) for run in runs)
        whole = tuple(self._signs.topics.of(value))
        labelled = {cell.start for cell in table if cell.category == PERSON}
        linked = [False, *(joined(value, one, other) for one, other in pairwise(runs)), False]
        for number, run in wanted(enumerate(runs)):
            before = runs[number - 1] if linked[number] else None
            after = runs[number + 1] if linked[number + 1] else None
            found = self._signs.of(value, run, (before, after), whole)
            if run.start in labelled:
                found.append("label")
            listed = "label" in found or (listed and before is not None)
            if famous and "public" not in found:
                found.append("beside public")
            if _among_many(linked, number):
                found += ("many", f"many:{run.codes[-1]}")
            yield [*found, "listed"] if listed and "label" not in found else found


def _among_many(linked: Sequence[bool], number: int) -> bool:
    """Whether a candidate stands in a list of three or more. `linked`: whether each is joined to the one before."""
    before, after = linked[number], linked[number + 1]
    return (before and (after or linked[number - 1])) or (after and linked[number + 2])


def probability(signs: Sequence[str]) -> float:
    """That a candidate with these signs is a name."""
    return 1 / (1 + exp(-BIAS - sum(WEIGHTS.get(sign, 0.0) for sign in signs)))
