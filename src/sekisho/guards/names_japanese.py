"""Names of persons in Japanese text: candidates, judged by what they look like and what stands around them.

Where that leaves doubt, a second opinion may read the passage (names_reader.py), and both count together.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sekisho.guards.names_candidates import Candidate, Candidates
from sekisho.guards.names_features import Features
from sekisho.guards.names_lexicon import Lexicon, Words
from sekisho.guards.names_reader import Reader, Word, evidence, passages
from sekisho.guards.names_reader import names as read_as_names
from sekisho.guards.names_scorer import Scored, apart, beside, model, probability
from sekisho.guards.wanted import wanted

_JAPANESE = re.compile(r"[ぁ-んァ-ヴ一-龥]")
_UNLIKELY = -4.0  # a candidate whose logit is lower is no name, whatever stands beside it
_LEAST = 0.2  # a score below it is no name
_MOST = 0.97  # nothing is surer
_DOUBT = (0.1, 0.9)  # between these scores the second opinion is asked
_PASSAGES = 4  # that are read of one text: those with most doubt

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Name:
    """A name: code points of the text, how sure it is, and whether a second opinion has its part in that."""

    start: int
    end: int
    score: float
    read: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a text.

    Attributes:
        scored: candidates in order.
        public: code points of persons whom everybody knows.
        doubts: passages of which a second opinion is wanted.
        read: places of which it was heard.
    """

    scored: Sequence[Scored] = ()
    public: frozenset[int] = frozenset()
    doubts: Sequence[Place] = ()
    read: Collection[Place] = frozenset()


class JapaneseNames:
    """Finds names that are written in kanji and kana."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._candidates = Candidates(lexicon, words)
        self._features = Features(lexicon, words)
        self._model = model()
        self._public = words.lists["public"] | words.lists["mononyms"]

    def find(self, value: str) -> list[Name]:
        """Names in order and apart from each other, by the first opinion; `value` has modern characters."""
        return self.names(self.first(value))

    def first(self, value: str) -> Seen:
        """What the first opinion says of a text with modern characters."""
        if not _JAPANESE.search(value):
            return Seen()
        candidates, cuts = self._candidates.find(value)
        likely: list[tuple[Scored, float]] = []
        public: set[int] = set()
        for one in wanted(sorted(candidates)):
            row = self._features.of(value, one, cuts)
            logit = self._model.alone(one.shape, row)
            if logit > _UNLIKELY:
                likely.append((Scored(one, probability(logit), "thing" in row), logit))
            if self._known(value, one):
                public.update(range(one.start, one.end))
        alone = [one for one, _ in likely]
        if all(one.score < _LEAST / 4 for one in alone):
            return Seen()
        scored = [
            Scored(one.candidate, self._model.among(one.candidate.shape, logit, near))
            for (one, logit), near in wanted(zip(likely, beside(value, alone), strict=True))
            if public.isdisjoint(range(one.candidate.start, one.candidate.end))
        ]
        return Seen(scored, frozenset(public), _doubts(value, scored))

    def names(self, seen: Seen) -> list[Name]:
        """The names, in order and apart from each other."""
        kept = apart([one for one in seen.scored if one.score >= _LEAST])
        return [Name(*_place(one), min(one.score, _MOST), _place(one) in seen.read) for one in kept]

    def again(self, value: str, seen: Seen, reader: Reader) -> Seen:
        """What both opinions say; takes some hundredths of a second for each passage in doubt."""
        told = dict(self.read(value, seen, reader))
        both = [Scored(Candidate(*place, "read"), reader.together(row)) for place, row in told.items()]
        scored = [*(one for one in seen.scored if _place(one) not in told), *both]
        return Seen(sorted(scored, key=_place), seen.public, read=told.keys())

    def read(self, value: str, seen: Seen, reader: Reader) -> Iterator[tuple[Place, tuple[float, ...]]]:
        """For each place in the passages in doubt that may be a name, what is told of it.

        That is: the first opinion's logit, whether it says nothing at all, and the `evidence` of what was read.
        """
        for begin, end in wanted(seen.doubts):
            words = reader.read(value, begin, end)
            inside = (one for one in seen.scored if begin <= one.candidate.start and one.candidate.end <= end)
            first = {_place(one): one.score for one in sorted(inside, key=lambda one: one.score)}
            yield from _told(first, words, (place for place in read_as_names(value, words) if self._may(place, seen)))

    def _may(self, place: Place, seen: Seen) -> bool:
        return seen.public.isdisjoint(range(*place))

    def _known(self, value: str, one: Candidate) -> bool:
        """Whether it is a person of history or of a story."""
        return value[one.start : one.end].replace(" ", "") in self._public


def _place(one: Scored) -> Place:
    return one.candidate.start, one.candidate.end


def _told(
    first: dict[Place, float], words: Sequence[Word], more: Iterable[Place]
) -> Iterator[tuple[Place, tuple[float, ...]]]:
    """Of the places of the first opinion, and of further ones that were read."""
    for place, score in first.items():
        yield place, (math.log(max(score, 1e-4) / max(1 - score, 1e-4)), 0.0, *evidence(words, *place))
    for place in more:
        if place not in first:
            yield place, (0.0, 1.0, *evidence(words, *place))


def _doubts(value: str, scored: Sequence[Scored]) -> list[Place]:
    """The passages with most doubt, in order."""
    unsure = [one for one in scored if _DOUBT[0] <= one.score <= _DOUBT[1]]
    if not unsure:
        return []
    places = list(passages(value))
    begins = [begin for begin, _ in places]
    doubts: dict[Place, float] = {}
    for one in wanted(unsure):
        place = places[bisect_right(begins, one.candidate.start) - 1]
        doubts[place] = doubts.get(place, 0.0) + one.score * (1 - one.score)
    return sorted(sorted(doubts, key=lambda place: -doubts[place])[:_PASSAGES])
