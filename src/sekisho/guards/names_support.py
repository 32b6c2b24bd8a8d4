"""Candidates beside each other: which of two that overlap stays, and what one mention says about another."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from sekisho.guards.names_context import Shape, Sign

_BETWEEN = re.compile(
    r"(?:さん|様|氏|君|くん|課長|部長)?"
    r"(?:[、,・/ \n]{1,2}(?:[0-9]{1,2}[.)]? ?)?|及び|および|並びに|ならびに|と|や|が|に|→|⇒|vs\.?)"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A candidate: code points of the text, how sure it is, and why."""

    start: int
    end: int
    score: float
    shape: Shape
    sign: Sign


def apart(names: list[Name]) -> list[Name]:
    """Names that do not overlap: of two, the longer, then the surer."""
    kept: list[Name] = []
    for name in sorted(names, key=lambda one: (one.start, one.start - one.end, -one.score)):
        if kept and name.start < kept[-1].end:
            if name.score > kept[-1].score and name.end - name.start >= kept[-1].end - kept[-1].start:
                kept[-1] = name
            continue
        kept.append(name)
    return kept


def supported(value: str, names: list[Name]) -> list[Name]:
    """Bare names gain from names beside them and from surer mentions elsewhere."""
    sure = {value[one.start : one.end] for one in names if one.score >= 0.8}
    sure |= {word.split(" ")[0] for word in sure if " " in word}
    scores = [
        max(one.score, 0.75)
        if _weak(one)
        and one.shape in (Shape.SURNAME, Shape.VILLAGE, Shape.GIVEN)
        and value[one.start : one.end] in sure
        else one.score
        for one in names
    ]
    for at, (left, right) in enumerate(pairwise(names)):
        if _BETWEEN.fullmatch(value, left.end, right.start):
            for one, other, place in ((left, right, at), (right, left, at + 1)):
                if (
                    _weak(one)
                    and (one.shape in (Shape.SURNAME, Shape.VILLAGE) or "と" not in value[left.end : right.start])
                    and other.sign is not Sign.THING
                    and other.score >= (0.8 if one.shape in (Shape.WORD, Shape.TOWN) else 0.25)
                ):
                    scores[place] = max(scores[place], min(0.75, other.score + 0.25))
    return [
        one if one.score == raised else replace(one, score=raised)
        for one, raised in zip(names, scores, strict=True)
        if raised > 0
    ]


def _weak(name: Name) -> bool:
    return name.shape in (Shape.SURNAME, Shape.TOWN, Shape.VILLAGE, Shape.WORD, Shape.GIVEN) and name.sign in (
        Sign.ACTS,
        Sign.LINKED,
        Sign.NONE,
    )
