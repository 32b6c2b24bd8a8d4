"""Stretches: the parts of a text that are dealt with as one, since findings in them overlap."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sekisho.core.exchange import Judged
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict


@dataclass(slots=True)
class Stretch:
    """A range that is decided as one: by the worst judgement, or because a placeholder is put back."""

    start: int
    end: int
    worst: Judged | None = None
    restored: str = ""


def place(stretch: Stretch) -> tuple[int, int]:
    """Where it is, to sort by."""
    return stretch.start, stretch.end


def moved(finding: Finding, start: int, end: int) -> Finding:
    """The same finding at another place; an empty one where it would end before it starts."""
    end = max(start, end)
    if (start, end) == (finding.start, finding.end):
        return finding  # in whole texts, all of them
    return Finding(start, end, finding.category, finding.score, finding.guard, finding.note)


def surest(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Of findings that say the same of the same place, the one with the highest score."""
    best: dict[tuple[int, int, str], Finding] = {}
    for finding in findings:
        key = (finding.start, finding.end, finding.category)
        known = best.get(key)
        if known is None or (finding.score, finding) > (known.score, known):
            best[key] = finding
    return best.values()


def without(finding: Finding, restored: Sequence[Stretch], held: str) -> list[tuple[int, int]]:
    """The parts of a finding outside restored placeholders, as far as they hold a letter or digit.

    `restored` do not overlap and come in order, so that only those within the finding are looked at.
    """
    parts: list[tuple[int, int]] = []
    position = finding.start
    first = bisect_right(restored, finding.start, key=_end)
    inside = restored[first : bisect_left(restored, finding.end, first, key=_start)]
    if not inside:
        return [(finding.start, finding.end)]
    for stretch in inside:
        parts.append((position, stretch.start))
        position = stretch.end
    parts.append((position, finding.end))
    return [(first, last) for first, last in parts if any(character.isalnum() for character in held[first:last])]


def _start(stretch: Stretch) -> int:
    return stretch.start


def _end(stretch: Stretch) -> int:
    return stretch.end


def joined(acted: Sequence[Judged], base: int) -> list[Stretch]:
    """One stretch for each group of overlapping findings; they come in order of their start."""
    stretches: list[Stretch] = []
    for one in acted:
        start, end = one.finding.start - base, one.finding.end - base
        last = stretches[-1] if stretches else None
        if last is not None and last.worst is not None and start < last.end:
            last.end = max(last.end, end)
            last.worst = max(last.worst, one, key=_weight)
        else:
            stretches.append(Stretch(start, end, one))
    return stretches


def _weight(one: Judged) -> tuple[Verdict, int, Finding]:
    """The longest finding names a stretch that several findings share, so that the result is the same each time."""
    return one.verdict, one.finding.end - one.finding.start, one.finding
