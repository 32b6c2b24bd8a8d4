"""The hold-back buffer: lets a growing text out as early as no rule can change its mind about it.

Steps of each release:
1. Normalise what is held, behind the last character that was let out.
2. Find all matches, and the place where the earliest match begins that later text could still complete.
3. Hold from there; and when a match straddles that place, from the beginning of that match.
4. Judge what lies before: findings that overlap are one stretch, and the worst verdict of its findings wins.
5. Let out: the text as it is, a replacement for a masked stretch, and nothing more once a stretch ends it all.

Because normalisation is settled cluster by cluster, a match is decided by its own characters and one on either
side, and a rejected candidate consumes nothing, the output does not depend on how the text was cut into pieces.
A text that comes whole goes through the same steps, in one release.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sekisho.core.exchange import Judged
from sekisho.core.finding import Finding
from sekisho.core.normalise import normalise, settled
from sekisho.core.text import Text
from sekisho.core.verdict import Verdict
from sekisho.guards.scanner import Match, Scanner

PLACEHOLDER = "placeholder"  # name of the guard whose matches are restored, never judged


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the output and the range of the text it stands for. `plain`: it is that text."""

    start: int
    end: int
    text: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a channel asks whoever made it.

    Attributes:
        judge: verdicts for the findings of one stretch.
        mask: what stands in place of a masked stretch: gets the worst finding and the text.
        restore: what a placeholder stands for, or None when it stands for nothing here.
    """

    judge: Callable[[Sequence[Finding]], Sequence[Judged]]
    mask: Callable[[Finding, str], str]
    restore: Callable[[str], str | None]


@dataclass(slots=True)
class _Stretch:
    """A range that is decided as one."""

    start: int
    end: int
    findings: list[Finding]
    restored: str | None = None


class Channel:
    """One text on its way out.

    Attributes:
        length: code points fed so far.
        judged: everything judged so far, in order.
        ended: the judged finding that ended the text; nothing comes after it.
        ceiling: position that may not be passed yet, because a guard that reads sentences has not spoken; None: no.
    """

    def __init__(self, scanner: Scanner, decisions: Decisions, *, ceiling: int | None = None) -> None:
        self._scanner = scanner
        self._decisions = decisions
        self._held = ""
        self._base = 0  # position of the first held code point
        self._before = ""  # the last normalised character that was let out
        self._extra: list[Finding] = []
        self.length = 0
        self.judged: list[Judged] = []
        self.ended: Judged | None = None
        self.ceiling = ceiling

    @property
    def holds(self) -> bool:
        """Whether anything is held."""
        return bool(self._held)

    def add(self, findings: Sequence[Finding]) -> None:
        """Findings of guards that are not patterns, in positions of the whole text."""
        self._extra.extend(findings)

    def feed(self, text: str) -> list[Piece]:
        """Takes more text and lets out what is decided."""
        self.take(text)
        return self.release()

    def take(self, text: str) -> None:
        """Takes more text and lets out nothing yet."""
        self._held += text
        self.length += len(text)

    def finish(self) -> list[Piece]:
        """Lets out the rest: no more text will come."""
        self.ceiling = None
        return self._release(final=True)

    def release(self) -> list[Piece]:
        """Lets out what is decided."""
        return self._release(final=False) if self._held else []

    def _release(self, *, final: bool) -> list[Piece]:
        if self.ended is not None:
            return []
        held = self._held
        text = Text(held)
        view = text.normalised
        offset = len(self._before)
        value = self._before + view.value if offset else view.value
        matches = self._scanner.scan(value, offset)
        hold = len(held)
        if not final:
            alive = self._scanner.alive(value, offset)
            alive = min([alive, *(match.start for match in matches if not match.ended)])
            hold = min(settled(held), view.received(alive - offset, alive - offset)[0])
            if self.ceiling is not None:
                hold = min(hold, max(0, self.ceiling - self._base))
        if not matches and not self._extra:
            return self._let_out(hold, [], as_received=view.value is held)
        ranges = [_Range(match, *view.received(max(match.start - offset, 0), match.end - offset)) for match in matches]
        extra = [self._local(finding) for finding in self._extra]
        hold = _outside(hold, [(at.start, at.end) for at in ranges] + [(f.start, f.end) for f in extra])
        found: list[tuple[Match, int, int]] = []
        for at in ranges:
            if at.match.rule is not None and at.end <= hold:
                start, end = view.received(at.match.found_start - offset, at.match.found_end - offset)
                found.append((at.match, start, end))
        findings = [finding for finding in extra if finding.end <= hold]
        self._extra = [mine for mine, here in zip(self._extra, extra, strict=True) if here.end > hold]
        return self._let_out(hold, self._stretches(held, found, findings))

    def _local(self, finding: Finding) -> Finding:
        """A finding in positions of what is held; the part that is already out is cut off."""
        start, end = max(0, finding.start - self._base), max(0, finding.end - self._base)
        return Finding(start, max(start, end), finding.category, finding.score, finding.guard, finding.note)

    def _stretches(self, held: str, found: Sequence[tuple[Match, int, int]], findings: list[Finding]) -> list[_Stretch]:
        stretches: list[_Stretch] = []
        for match, start, end in found:
            rule = match.rule
            if rule is not None and rule.guard == PLACEHOLDER:
                restored = self._decisions.restore(held[start:end])
                if restored is not None:
                    stretches.append(_Stretch(start, end, [], restored))
            elif rule is not None:
                findings.append(Finding(start, end, rule.category, match.score, rule.guard, match.note))
        restored_ranges = [(stretch.start, stretch.end) for stretch in stretches]
        for finding in sorted(findings):
            for start, end in _without(finding, restored_ranges, held):
                part = Finding(start, end, finding.category, finding.score, finding.guard, finding.note)
                _join(stretches, part)
        return sorted(stretches, key=lambda stretch: (stretch.start, stretch.end))

    def _let_out(self, hold: int, stretches: Sequence[_Stretch], *, as_received: bool = False) -> list[Piece]:
        pieces: list[Piece] = []
        position = 0
        for stretch in stretches:
            worst = self._judge(stretch)
            if self.ended is not None:
                continue
            if worst is not None and worst.verdict > Verdict.MASK:
                self._plain(pieces, position, stretch.start)
                self.ended = worst
                position = stretch.start
                continue
            text = stretch.restored
            if worst is not None and worst.verdict is Verdict.MASK:
                text = self._decisions.mask(worst.finding, self._held[stretch.start : stretch.end])
            if text is not None:
                self._plain(pieces, position, stretch.start)
                pieces.append(Piece(self._base + stretch.start, self._base + stretch.end, text, plain=False))
                position = stretch.end
        if self.ended is None:
            self._plain(pieces, position, hold)
        self._advance(hold, as_received=as_received)
        return pieces

    def _judge(self, stretch: _Stretch) -> Judged | None:
        if not stretch.findings:
            return None
        absolute = [
            Finding(f.start + self._base, f.end + self._base, f.category, f.score, f.guard, f.note)
            for f in stretch.findings
        ]
        judged = self._decisions.judge(absolute)
        self.judged.extend(judged)
        # The longest finding names a stretch that several findings share, so that the result is the same each time.
        return max(
            judged, key=lambda one: (one.verdict, one.finding.end - one.finding.start, one.finding), default=None
        )

    def _plain(self, pieces: list[Piece], start: int, end: int) -> None:
        if start < end:
            pieces.append(Piece(self._base + start, self._base + end, self._held[start:end], plain=True))

    def _advance(self, hold: int, *, as_received: bool) -> None:
        if hold:
            gone = self._held[:hold]
            self._before = gone[-1] if as_received else _last_shown(gone) or self._before
            self._held = self._held[hold:]
            self._base += hold


@dataclass(frozen=True, slots=True)
class _Range:
    match: Match
    start: int
    end: int


def _last_shown(text: str) -> str:
    """The last character of the normalised text, if it has any."""
    return normalise(text[-64:])[-1:] or normalise(text)[-1:]


def _outside(position: int, ranges: Sequence[tuple[int, int]]) -> int:
    """The last place at or before `position` that lies inside none of the ranges."""
    for start, end in sorted(ranges, reverse=True, key=lambda one: one[1]):
        if start < position < end:
            return _outside(start, ranges)
    return position


def _without(finding: Finding, ranges: Sequence[tuple[int, int]], held: str) -> list[tuple[int, int]]:
    """The parts of a finding outside restored placeholders, as far as they hold a letter or digit."""
    parts = [(finding.start, finding.end)]
    for start, end in ranges:
        parts = [
            cut
            for first, last in parts
            for cut in (
                ((first, min(last, start)), (max(first, end), last))
                if start < last and first < end
                else ((first, last),)
            )
            if cut[0] < cut[1]
        ]
    if parts == [(finding.start, finding.end)]:
        return parts
    return [(first, last) for first, last in parts if any(character.isalnum() for character in held[first:last])]


def _join(stretches: list[_Stretch], finding: Finding) -> None:
    """Adds a finding to the stretch that it overlaps; findings come in order of their start."""
    last = stretches[-1] if stretches else None
    if last is not None and last.restored is None and finding.start < last.end:
        last.end = max(last.end, finding.end)
        last.findings.append(finding)
    else:
        stretches.append(_Stretch(finding.start, finding.end, [finding]))
