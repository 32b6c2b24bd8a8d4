"""Whether shared fingerprints are a shared passage: same order, near each other, and rare enough to mean something."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log2
from typing import NamedTuple

from sekisho.provenance.passages.prints import GRAM

REACH = 300  # letters from one shared piece to the next of the same run
SLACK = 8  # letters by which the distance of two pieces may differ in both texts, and
STRETCH = 0.3  # this share of it, as editing adds and removes letters
ENOUGH = 4.0  # evidence that convinces in a long text
SHARE, LITTLE = 0.55, 1.4  # of a short text this share convinces, but never less evidence than this


class Shared(NamedTuple):
    """A piece that both texts have, at `given` in the text asked about and `stored` in the other; in letters.

    `weight` is its rarity in (0, 1]: 1 where one stored text has it.
    """

    given: int
    stored: int
    weight: float


class Span(NamedTuple):
    """Letters from `start` up to `end`."""

    start: int
    end: int


@dataclass(slots=True)
class Run:
    """Shared pieces in the same order and at about the same distances in both texts.

    Attributes:
        evidence: full pieces' worth of shared letters, each weighted by its rarity; overlaps count once.
        same: the letters of the given text that are shared.
    """

    first: Shared
    last: Shared
    evidence: float
    same: list[Span] = field(default_factory=list[Span])

    @classmethod
    def starting(cls, piece: Shared) -> "Run":
        """A run of one piece."""
        return cls(piece, piece, piece.weight, [Span(piece.given, piece.given + GRAM)])

    def distance(self, piece: Shared) -> float | None:
        """How much the piece is out of step with this run; None where it does not continue it."""
        given, stored = piece.given - self.last.given, piece.stored - self.last.stored
        shift = abs(given - stored)
        if given > REACH or given <= 0 or stored <= 0 or shift > SLACK + STRETCH * given:
            return None
        return shift

    def add(self, piece: Shared) -> None:
        """Continues the run."""
        end = piece.given + GRAM
        start, before = self.same[-1]
        self.evidence += piece.weight * min(GRAM, end - before) / GRAM
        if piece.given <= before:
            self.same[-1] = Span(start, end)
        else:
            self.same.append(Span(piece.given, end))
        self.last = piece

    @property
    def given(self) -> Span:
        """From its first to its last shared letter in the text asked about."""
        return Span(self.first.given, self.last.given + GRAM)

    @property
    def stored(self) -> Span:
        """The same in the stored text."""
        return Span(self.first.stored, self.last.stored + GRAM)


def weight(texts: int) -> float:
    """How much a piece counts that so many stored texts have: boilerplate counts little, however long it runs."""
    return 1 / (1 + log2(texts))


def needed(letters: int) -> float:
    """The evidence that convinces in a text of so many letters."""
    return min(ENOUGH, max(LITTLE, SHARE * letters / GRAM))


def runs(pieces: Sequence[Shared], letters: int) -> list[Run]:
    """The runs that convince in a text of `letters`; [] where none does.

    `pieces` are in the order of the given text. A run that is only part of the evidence counts once another convinces.
    """
    made: list[Run] = []
    for piece in pieces:
        near = [(distance, run) for run in made[-8:] if (distance := run.distance(piece)) is not None]
        if near:
            min(near, key=_first)[1].add(piece)
        else:
            made.append(Run.starting(piece))
    least = needed(letters)
    if not any(run.evidence >= least for run in made):
        return []
    return [run for run in made if run.evidence >= min(least, 2.0)]


def united(spans: Sequence[Span]) -> Iterator[Span]:
    """The spans in order, with those that meet made one."""
    held: Span | None = None
    for span in sorted(spans):
        if held is not None and span.start <= held.end:
            held = Span(held.start, max(held.end, span.end))
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def _first(pair: tuple[float, Run]) -> float:
    return pair[0]
