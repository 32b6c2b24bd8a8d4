"""Words that drawn letters may make: a letter that was misread is mended where a known word differs in nothing else.

The words are those of the training lines (training/data/), in drawn.npz.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

FEWEST = 4  # letters of a word that is mended
KEPT = 3  # letters of it that were read rightly, at least
# How many letters were read, and how many there are in their place: two that touch are read as one, or one as two.
SLIPS = ((1, 1), (1, 2), (2, 1), (0, 1), (1, 0))
MOST = 12  # words near one that are tried
COMMON = 48  # how much less it counts how common a word is than how it fits


@dataclass(frozen=True, slots=True)
class Words:
    """Known words.

    Attributes:
        counts: of each, eighths of the logarithm of how often it stands in the lines.
    """

    counts: Mapping[str, float]
    ordered: Sequence[str]

    @staticmethod
    def of(words: bytes, counts: bytes) -> "Words":
        """From words in order of the alphabet, a line each, and a byte for each."""
        ordered = words.decode().split("\n")
        return Words(dict(zip(ordered, counts, strict=True)), ordered)

    def mended(self, word: str, fit: Callable[[str], float]) -> str:
        """The known word that was most likely drawn; the same where it is one, or none is near.

        `fit` says how well a word goes with the picture, as a logarithm.
        """
        if word in self.counts or len(word) < FEWEST:
            return word
        near = {other for place in range(len(word) + 1) for slip in SLIPS for other in self._near(word, place, slip)}
        common = sorted(near, key=lambda other: (-self.counts[other], other))[:MOST]
        return max(common, key=lambda other: fit(other) + self.counts[other] / COMMON, default=word)

    def _near(self, word: str, place: int, slip: tuple[int, int]) -> Iterator[str]:
        """The words that differ from `word` in a slip at this place."""
        read, drawn = slip
        if len(word) - read < KEPT or place + read > len(word):
            return
        start, end, size = word[:place], word[place + read :], len(word) - read + drawn
        at = bisect_left(self.ordered, start)
        while at < len(self.ordered) and self.ordered[at].startswith(start):
            other = self.ordered[at]
            if len(other) == size and other.endswith(end):
                yield other
            at += 1
