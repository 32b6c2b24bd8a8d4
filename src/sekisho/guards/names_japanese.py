"""Names of persons in Japanese text: candidates, judged by what they look like and what stands around them."""

import re
from dataclasses import dataclass

from sekisho.guards.names_candidates import Candidate, Candidates
from sekisho.guards.names_features import Features
from sekisho.guards.names_lexicon import Lexicon, Words
from sekisho.guards.names_scorer import Scored, apart, beside, model, probability
from sekisho.guards.wanted import wanted

_JAPANESE = re.compile(r"[ぁ-んァ-ヴ一-龥]")
_UNLIKELY = -4.0  # a candidate whose logit is lower is no name, whatever stands beside it
_LEAST = 0.2  # a score below it is no name
_MOST = 0.97  # nothing is surer


@dataclass(frozen=True, slots=True)
class Name:
    """A name: code points of the text, and how sure it is."""

    start: int
    end: int
    score: float


class JapaneseNames:
    """Finds names that are written in kanji and kana."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._candidates = Candidates(lexicon, words)
        self._features = Features(lexicon, words)
        self._model = model()
        self._public = words.lists["public"] | words.lists["mononyms"]

    def find(self, value: str) -> list[Name]:
        """Names in order and apart from each other; `value` has modern characters."""
        if not _JAPANESE.search(value):
            return []
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
            return []
        scored = [
            Scored(one.candidate, self._model.among(one.candidate.shape, logit, near))
            for (one, logit), near in wanted(zip(likely, beside(value, alone), strict=True))
            if public.isdisjoint(range(one.candidate.start, one.candidate.end))
        ]
        kept = apart([one for one in scored if one.score >= _LEAST])
        return [Name(one.candidate.start, one.candidate.end, min(one.score, _MOST)) for one in kept]

    def _known(self, value: str, one: Candidate) -> bool:
        """Whether it is a person of history or of a story."""
        return value[one.start : one.end].replace(" ", "") in self._public
