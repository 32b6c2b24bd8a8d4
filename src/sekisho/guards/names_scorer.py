"""How sure a candidate names a person: a logistic model over its features, and over what its neighbours are.

The weights (names_weights.txt.gz) are learnt by training/names_japanese.py. A feature without a weight says nothing.
"""

import gzip
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sekisho.guards.names_candidates import GROUPS, Candidate
from sekisho.guards.wanted import wanted

WEIGHTS = Path(__file__).with_name("names_weights.txt.gz")
SURE = 0.5
_JOINED = re.compile(
    r"(?:さん|様|氏|君|くん|先生|[部課係]長|主任)?(?:\([^()\n]{1,8}\))?(?:[0-9]{1,3}[点票枚回])?"
    r"(?:[、,・/& \n\t→|]{1,3}(?:[0-9①-⑳]{1,2}[.)]? ?)?"
    r"|及び|および|並びに|ならびに|と|や|が|に|は|[:=]|⇒|(?i:vs)\.?|○|×)"
)
_FAR = 12  # code points between two that may be members of a list


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate and the probability that it names a private person.

    Attributes:
        thing: whether what follows it says that something else is meant.
    """

    candidate: Candidate
    score: float
    thing: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """The weights, by group of shapes (see names_candidates.GROUPS).

    Attributes:
        first: of the features of a candidate and its surroundings.
        second: of what `beside` says, and of the first's logit (under the empty name).
    """

    first: dict[str, dict[str, float]]
    second: dict[str, dict[str, float]]

    def alone(self, shape: str, features: Sequence[str]) -> float:
        """The logit by the candidate and its surroundings."""
        told = self.first[GROUPS[shape]]
        return sum([told.get(name, 0.0) for name in features])

    def among(self, shape: str, logit: float, near: Sequence[str]) -> float:
        """The probability by that logit and by what stands beside."""
        told = self.second[GROUPS[shape]]
        return probability(logit * told.get("", 1.0) + sum([told.get(name, 0.0) for name in near]))


@cache
def model(path: Path = WEIGHTS) -> Model:
    """The model as it was trained."""
    told = Model({}, {})
    here: dict[str, float] = {}
    for line in gzip.decompress(path.read_bytes()).decode().split("\n"):
        if line.startswith("#"):
            here = {}
            (told.first if line[1] == "1" else told.second)[line[2:]] = here
        else:
            value, _, name = line.partition(" ")
            here[name.replace("⏎", "\n")] = float(value)
    return told


def probability(logit: float) -> float:
    """The logistic function."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def beside(value: str, found: Sequence[Scored]) -> list[list[str]]:
    """For each candidate (in order of their places), features of what stands beside it and of its other mentions."""
    if len(found) == 1:
        return [["near0", "both0", "once", "part0"]]
    mentions: dict[str, list[float]] = {}
    for one in found:
        mentions.setdefault(value[one.candidate.start : one.candidate.end], []).append(one.score)
    ranked = {word: sorted(scores, reverse=True) for word, scores in mentions.items()}
    within = _within(mentions)
    features: list[list[str]] = []
    for at, one in wanted(enumerate(found)):
        here = one.candidate
        left = _nearest(value, found, range(at - 1, -1, -1), here, before=True)
        right = _nearest(value, found, range(at + 1, len(found)), here, before=False)
        word = value[here.start : here.end]
        others = ranked[word]
        again = others[1] if len(others) > 1 and others[0] == one.score else others[0] if len(others) > 1 else 0.0
        features.append(
            [
                f"near{_step(max(left, right))}",
                f"both{_step(min(left, right))}",
                f"same{_step(again)}{one.thing:d}" if len(others) > 1 else "once",
                f"part{_step(within.get(word, 0.0))}",
            ]
        )
    return features


def _within(mentions: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """For each word that is part of longer ones the highest score of theirs, each where it is first mentioned."""
    found: dict[str, float] = {}
    for longer, scores in mentions.items():
        size = len(longer)
        for part in {longer[first:last] for first in range(size) for last in range(first + 1, size + 1)}:
            if part != longer and part in mentions:
                found[part] = max(found.get(part, 0.0), scores[0])
    return found


def _nearest(value: str, found: Sequence[Scored], others: range, here: Candidate, *, before: bool) -> float:
    """The score of the surest candidate that a list joins to this one."""
    best = 0.0
    for at in others:
        other = found[at].candidate
        first, last = (other.end, here.start) if before else (here.end, other.start)
        if last - first > _FAR or (before and here.start - other.start > 3 * _FAR):
            break
        if first < last and found[at].score > best and _JOINED.fullmatch(value, first, last):
            best = found[at].score
    return best


def _step(score: float) -> int:
    return 0 if score < 0.1 else 1 if score < 0.35 else 2 if score < 0.65 else 3 if score < 0.9 else 4


def apart(found: Sequence[Scored]) -> list[Scored]:
    """Candidates that do not overlap: the surest first; of equals, the longer."""
    kept: list[Scored] = []
    taken: set[int] = set()
    for one in sorted(found, key=lambda it: (-it.score, it.candidate.start - it.candidate.end, it.candidate.start)):
        places = range(one.candidate.start, one.candidate.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(one)
    return sorted(kept, key=lambda it: it.candidate.start)
