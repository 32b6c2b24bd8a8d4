"""The hold-back buffer: lets a growing text out as early as no rule can change its mind about it.

Steps of each release:
1. Normalise what is held, behind the last character that was let out; look at it as far as that is settled.
2. Find all matches, and the place where the earliest match begins that later text could still complete.
3. Hold from there; and when a match straddles that place, from the beginning of that match.
4. Judge what lies before: findings to act upon that overlap are one stretch, and the worst of their verdicts wins.
5. Let out: the text as it is, a replacement for a masked stretch, and nothing more once a stretch ends it all.

Because normalisation is settled cluster by cluster, a match is decided by its own characters and one on either
side, and a rejected candidate consumes nothing, the output does not depend on how the text was cut into pieces.
A text that comes whole goes through the same steps, in one release.

Holding is always safe, so a long held text is looked at again only when an eighth more has come: the work stays
linear in the length of the text, whatever the pieces.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sekisho.core.exchange import Judged
from sekisho.core.finding import Finding
from sekisho.core.normalise import settled
from sekisho.core.text import Text
from sekisho.core.verdict import Verdict
from sekisho.core.view import View
from sekisho.guards.rule import Rule
from sekisho.guards.scanner import Match, Scanner

PLACEHOLDER = "placeholder"  # name of the guard whose matches are restored, never judged
_CUT = Rule("cut", PLACEHOLDER, PLACEHOLDER, 1.0, "")  # a placeholder that the end of a text cut off
PATIENT = 2048  # code points held, from which on an eighth more is waited for


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
        judge: verdicts for findings; it may leave out those that are none after all.
        mask: what stands in place of a masked stretch: gets the worst finding and the text.
        restore: what a placeholder stands for, or None when it stands for nothing here.
        cut: where in a normalised text a placeholder begins that the end of the text cut off, or None.
    """

    judge: Callable[[Sequence[Finding]], Sequence[Judged]]
    mask: Callable[[Finding, str], str]
    restore: Callable[[str], str | None]
    cut: Callable[[str], int | None] = lambda _: None


@dataclass(slots=True)
class _Stretch:
    """A range that is decided as one: by the worst judgement, or because a placeholder is put back."""

    start: int
    end: int
    worst: Judged | None = None
    restored: str = ""


@dataclass(frozen=True, slots=True)
class _Range:
    """Where a match lies in the held text, with its context."""

    match: Match
    start: int
    end: int


class Channel:
    """One text on its way out.

    Attributes:
        length: code points fed so far.
        judged: everything judged so far, in order.
        ended: the worst judgement of those that ended the text; nothing comes after the first of them.
        waiting: how many code points are held.
        ceiling: position that may not be passed yet, because a guard that reads sentences has not spoken; None: no.
    """

    def __init__(self, scanner: Scanner, decisions: Decisions, *, ceiling: int | None = None) -> None:
        self._scanner = scanner
        self._decisions = decisions
        self._held = ""  # what was looked at and is not out
        self._fresh: list[str] = []  # what came since
        self._base = 0  # position of the first held code point
        self._due = 0  # code points, held and fresh, from which on another look is worth it
        self.waiting = 0
        self._before = ""  # the last normalised character that was let out
        self._extra: list[Finding] = []
        self.length = 0
        self.judged: list[Judged] = []
        self.ended: Judged | None = None
        self.ceiling = ceiling

    @property
    def work(self) -> int:
        """How many code points the next release will look at; 0 where it can tell without looking."""
        blocked = self.ended is not None or (self.ceiling is not None and self.ceiling <= self._base)
        return 0 if blocked or self.waiting < self._due else self.waiting

    def add(self, findings: Sequence[Finding]) -> None:
        """Findings of guards that are not patterns, in positions of the whole text."""
        self._extra.extend(findings)

    def feed(self, text: str) -> list[Piece]:
        """Takes more text and lets out what is decided."""
        self.take(text)
        return self.release()

    def take(self, text: str) -> None:
        """Takes more text and lets out nothing yet."""
        self.length += len(text)
        if self.ended is None:
            self._fresh.append(text)
            self.waiting += len(text)

    def finish(self) -> list[Piece]:
        """Lets out the rest: no more text will come."""
        self.ceiling = None
        nothing = self.ended is not None or not (self.waiting or self._extra)
        return [] if nothing else self._release(final=True)

    def pass_whole(self, text: Text, matches: Sequence[Match]) -> list[Piece]:
        """Lets out all of a text that comes whole; `matches` are all that the scanner finds in its normalised view."""
        self.take(text.received)
        self.ceiling = None
        held = self._taken()
        return self._settle(text.normalised, 0, matches, len(held), final=True) if held or self._extra else []

    def release(self) -> list[Piece]:
        """Lets out what is decided."""
        return self._release(final=False) if self.work else []

    def _release(self, *, final: bool) -> list[Piece]:
        held = self._taken()
        view = Text(held).normalised
        offset = len(self._before)
        # A letter that a mark may still join is no letter yet, neither of a match nor beside one.
        known = view.value if final else view.value[: view.seen(0, settled(held))[1]]
        value = self._before + known if offset else known
        matches = self._scanner.scan(value, offset)
        alive = len(value) if final else self._scanner.alive(value, offset)
        return self._settle(view, offset, matches, alive, final=final)

    def _taken(self) -> str:
        """What is held now, all that came included."""
        held = self._held = "".join((self._held, *self._fresh))
        self._fresh.clear()
        return held

    def _settle(self, view: View, offset: int, matches: Sequence[Match], alive: int, *, final: bool) -> list[Piece]:
        """Steps 3 to 5, for a view of what is held, before which `offset` characters were looked at again."""
        held = self._held
        if final:
            matches = self._with_cut(view, offset, matches)
        if matches or self._extra or self.ceiling is not None:
            hold, pieces = self._decided(view, offset, alive, matches, final=final)
        else:  # most texts
            hold = len(held) if final else min(settled(held), view.received(alive - offset, alive - offset)[0])
            pieces: list[Piece] = []
            self._plain(pieces, 0, hold)
        self._advance(hold, view)
        return pieces

    def _with_cut(self, view: View, offset: int, matches: Sequence[Match]) -> Sequence[Match]:
        """The matches at the end of a text, with the placeholder that it cuts off, if any."""
        start = self._decisions.cut(self._before * bool(offset) + view.value)
        if start is None or start < offset:
            return matches
        end = offset + len(view.value)
        kept = [one for one in matches if one.end <= start or one.rule is None or one.rule.guard != PLACEHOLDER]
        return [*kept, Match(start, end, start, end, _CUT, 1.0)]

    def _decided(
        self, view: View, offset: int, alive: int, matches: Sequence[Match], *, final: bool
    ) -> tuple[int, list[Piece]]:
        """Where to hold from, and what goes out before it."""
        ranges = [_Range(match, *view.received(match.start - offset, match.end - offset)) for match in matches]
        extra = [self._local(finding) for finding in self._extra]
        hold = len(self._held)
        if not final:
            alive = min([alive, *(match.start for match in matches if not match.ended)])
            hold = min(settled(self._held), view.received(alive - offset, alive - offset)[0])
            hold = self._outside(hold, ranges, extra)
        found = [
            (at.match, *view.received(at.match.found_start - offset, at.match.found_end - offset))
            for at in ranges
            if at.match.rule is not None and at.end <= hold
        ]
        now = [finding for finding in extra if finding.end <= hold]
        self._extra = [mine for mine, here in zip(self._extra, extra, strict=True) if here.end > hold]
        return hold, self._let_out(hold, self._stretches(found, now) if found or now else [])

    def _outside(self, hold: int, ranges: Sequence[_Range], extra: Sequence[Finding]) -> int:
        """The last place at or before `hold`, and the ceiling, where nothing is cut in two: no match, no cluster."""
        foreign = [(finding.start, finding.end) for finding in extra]
        spans = sorted([*((at.start, at.end) for at in ranges), *foreign], key=lambda span: -span[1])
        if self.ceiling is not None:
            hold = min(hold, max(0, self.ceiling - self._base))
        if self.ceiling is None and not foreign:
            return _before_all(hold, spans)  # matches begin and end with clusters
        while True:
            outside = hold = _before_all(hold, spans)
            while 0 < hold < len(self._held) and _joins(self._held[hold]):
                hold -= 1
            if hold == outside:
                return hold

    def _local(self, finding: Finding) -> Finding:
        """A finding in positions of what is held; the part that is already out is cut off."""
        return _moved(finding, max(0, finding.start - self._base), max(0, finding.end - self._base))

    def _stretches(self, found: Sequence[tuple[Match, int, int]], findings: Iterable[Finding]) -> list[_Stretch]:
        """What is to be done with what was found, in order; judges it."""
        restored: list[_Stretch] = []
        seen = list(findings)
        for match, start, end in found:
            rule = match.rule
            if rule is not None and rule.guard == PLACEHOLDER:
                text = self._decisions.restore(self._held[start:end])
                if text is not None:
                    restored.append(_Stretch(start, end, restored=text))
            elif rule is not None:
                seen.append(Finding(start, end, rule.category, match.score, rule.guard, match.note))
        restored.sort(key=_place)
        parts = [
            _moved(finding, start + self._base, end + self._base)
            for finding in seen
            for start, end in _without(finding, restored, self._held)
        ]
        judged = self._decisions.judge(sorted(_surest(parts)))
        self.judged.extend(judged)
        acted = [one for one in judged if one.verdict >= Verdict.MASK]
        return sorted([*restored, *_joined(acted, self._base)], key=_place)

    def _let_out(self, hold: int, stretches: Sequence[_Stretch]) -> list[Piece]:
        pieces: list[Piece] = []
        position = 0
        for stretch in stretches:
            worst = stretch.worst
            if worst is not None and worst.verdict > Verdict.MASK:
                if self.ended is None:
                    self._plain(pieces, position, stretch.start)
                if self.ended is None or worst.verdict > self.ended.verdict:
                    self.ended = worst
            elif self.ended is None:
                text = stretch.restored
                if worst is not None:
                    text = self._decisions.mask(worst.finding, self._held[stretch.start : stretch.end])
                self._plain(pieces, position, stretch.start)
                pieces.append(Piece(self._base + stretch.start, self._base + stretch.end, text, plain=False))
                position = stretch.end
        if self.ended is None:
            self._plain(pieces, position, hold)
        return pieces

    def _plain(self, pieces: list[Piece], start: int, end: int) -> None:
        if start < end:
            pieces.append(Piece(self._base + start, self._base + end, self._held[start:end], plain=True))

    def _advance(self, hold: int, view: View) -> None:
        shown = view.seen(0, hold)[1] if hold else 0
        if shown:
            self._before = view.value[shown - 1]
        self._held = "" if self.ended is not None else self._held[hold:]
        self._base += hold
        left = self.waiting = len(self._held)
        self._due = left + left // 8 if left > PATIENT else 0


def _joins(character: str) -> bool:
    """Whether a character belongs to the cluster of the one before it: even a digit then waits for what follows."""
    return settled("0" + character) == 0


def _before_all(position: int, spans: Sequence[tuple[int, int]]) -> int:
    """The last place at or before `position` inside none of the spans, which come with the last end first."""
    for start, end in spans:
        if start < position < end:
            position = start
    return position


def _place(stretch: _Stretch) -> tuple[int, int]:
    return stretch.start, stretch.end


def _moved(finding: Finding, start: int, end: int) -> Finding:
    end = max(start, end)
    if (start, end) == (finding.start, finding.end):
        return finding  # in whole texts, all of them
    return Finding(start, end, finding.category, finding.score, finding.guard, finding.note)


def _surest(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Of findings that say the same of the same place, the one with the highest score."""
    best: dict[tuple[int, int, str], Finding] = {}
    for finding in findings:
        key = (finding.start, finding.end, finding.category)
        known = best.get(key)
        if known is None or (finding.score, finding) > (known.score, known):
            best[key] = finding
    return best.values()


def _without(finding: Finding, restored: Sequence[_Stretch], held: str) -> list[tuple[int, int]]:
    """The parts of a finding outside restored placeholders, as far as they hold a letter or digit."""
    parts: list[tuple[int, int]] = []
    position = finding.start
    inside = [stretch for stretch in restored if finding.start < stretch.end and stretch.start < finding.end]
    if not inside:
        return [(finding.start, finding.end)]
    for stretch in inside:
        parts.append((position, stretch.start))
        position = stretch.end
    parts.append((position, finding.end))
    return [(first, last) for first, last in parts if any(character.isalnum() for character in held[first:last])]


def _joined(acted: Sequence[Judged], base: int) -> list[_Stretch]:
    """One stretch for each group of overlapping findings; they come in order of their start."""
    stretches: list[_Stretch] = []
    for one in acted:
        start, end = one.finding.start - base, one.finding.end - base
        last = stretches[-1] if stretches else None
        if last is not None and last.worst is not None and start < last.end:
            last.end = max(last.end, end)
            last.worst = max(last.worst, one, key=_weight)
        else:
            stretches.append(_Stretch(start, end, one))
    return stretches


def _weight(one: Judged) -> tuple[Verdict, int, Finding]:
    """The longest finding names a stretch that several findings share, so that the result is the same each time."""
    return one.verdict, one.finding.end - one.finding.start, one.finding
