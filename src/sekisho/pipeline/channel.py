"""The hold-back buffer: lets a growing text out as early as no rule can change its mind about it.

A match is a context and a finding, such as 「電話番号は」 and the number; only the finding is acted upon. So there are
two places: what lies before the one is *decided* and needs not be looked at again, and what lies before the other is
*out*, which may be further on: context that is kept, so that a finding behind it is recognised.

Steps of each release:
1. Normalise what is kept, behind the last character that was decided; look at it as far as that is settled.
2. Find all matches, and the place where the earliest match begins that later text could still complete.
3. Keep from there; and when a match straddles that place, from the beginning of that match.
4. Judge what lies before: findings to act upon that overlap are one stretch, and the worst of their verdicts wins.
5. Let out: the text as it is, a replacement for a masked stretch, and nothing more once a stretch ends it all.
6. Let out context: what is kept, up to the earliest match that later text could complete and whose finding has begun,
   up to the finding of a match that is not judged yet, and up to the last letter that a mark may still join.

What holds after each release, whatever the text and however it was cut:
- What is decided is what it would be without step 6, which looks at nothing and changes nothing that is kept. Because
  normalisation is settled cluster by cluster, a match is decided by its own characters and one on either side, and a
  rejected candidate consumes nothing, it does not depend on the cut. A text that comes whole goes through steps 1 to
  5 in one release, so it says the same.
- What is out beyond what is decided is in no finding. Of a match that is there, step 6 stops at the finding. A match
  that is still to come begins before that place only if it is alive and its text so far is context alone; then its
  finding begins behind all text that came so far. What one rule's match has as context, another's may have as its
  finding: then the other's own beginning stops step 6.
- So no code point of a masked or refused stretch is ever out, and a text that is ended is cut where it would be cut
  in one piece: at the finding.
Where other guards than patterns speak, or sentences are waited for, step 6 is left out.

Holding is always safe, so a long text that is kept is looked at again only when an eighth more has come: the work
stays linear in the length of the text, whatever the pieces.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sekisho.core.exchange import Judged
from sekisho.core.finding import Finding
from sekisho.core.normalise import letters_of, settled
from sekisho.core.text import Text
from sekisho.core.verdict import Verdict
from sekisho.core.view import View
from sekisho.guards.automata import Alive
from sekisho.guards.rule import Rule
from sekisho.guards.scanner import Match, Scanner
from sekisho.pipeline.stretches import Stretch, joined, moved, place, surest, without

PLACEHOLDER = "placeholder"  # name of the guard whose matches are restored, never judged
_CUT = Rule("cut", PLACEHOLDER, PLACEHOLDER, 1.0, "")  # a placeholder that the end of a text cut off
PATIENT = 2048  # code points kept, from which on an eighth more is waited for


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


@dataclass(frozen=True, slots=True)
class _Range:
    """Where a match lies in the held text, with its context."""

    match: Match
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at the kept text says.

    Attributes:
        view: of what is kept.
        offset: characters before it that were looked at again.
        value: what was looked at, these included.
        matches: all in it.
        alive: where matches begin in it that are still to come.
    """

    view: View
    offset: int
    value: str
    matches: Sequence[Match]
    alive: Alive

    def received(self, start: int, end: int) -> tuple[int, int]:
        """Where a range of what was looked at is in what is kept."""
        return self.view.received(start - self.offset, end - self.offset)


class Channel:
    """One text on its way out.

    Attributes:
        length: code points fed so far.
        judged: everything judged so far, in order.
        ended: the worst judgement of those that ended the text; nothing comes after the first of them.
        kept: how many code points are to be looked at again.
        ceiling: position that may not be passed yet, because a guard that reads sentences has not spoken; None: no.
    """

    def __init__(self, scanner: Scanner, decisions: Decisions, *, ceiling: int | None = None) -> None:
        self._scanner = scanner
        self._decisions = decisions
        self._held = ""  # what was looked at and is not decided
        self._fresh: list[str] = []  # what came since
        self._base = 0  # position of the first of these code points
        self._out = 0  # position of the first code point that is not out
        self._due = 0  # code points, held and fresh, from which on another look is worth it
        self.kept = 0
        self._before = ""  # the last normalised character that was decided
        self._extra: list[Finding] = []
        self.length = 0
        self.judged: list[Judged] = []
        self.ended: Judged | None = None
        self.ceiling = ceiling

    @property
    def waiting(self) -> int:
        """How many code points are not out; 0 once the text is ended."""
        return 0 if self.ended is not None else self.length - self._out

    @property
    def work(self) -> int:
        """How many code points the next release will look at; 0 where it can tell without looking."""
        blocked = self.ended is not None or (self.ceiling is not None and self.ceiling <= self._base)
        return 0 if blocked or self.kept < self._due else self.kept

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
            self.kept += len(text)

    def finish(self) -> list[Piece]:
        """Lets out the rest: no more text will come."""
        self.ceiling = None
        nothing = self.ended is not None or not (self.kept or self._extra)
        return [] if nothing else self._release(final=True)

    def pass_whole(self, text: Text, matches: Sequence[Match]) -> list[Piece]:
        """Lets out all of a text that comes whole; `matches` are all that the scanner finds in its normalised view."""
        self.take(text.received)
        self.ceiling = None
        held = self._taken()
        view, end = text.normalised, Alive(len(held), len(held))
        return self._settle(_Look(view, 0, view.value, matches, end), final=True) if held or self._extra else []

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
        alive = Alive(len(value), len(value)) if final else self._scanner.alive(value, offset)
        return self._settle(_Look(view, offset, value, matches, alive), final=final)

    def _taken(self) -> str:
        """What is kept now, all that came included."""
        held = self._held = "".join((self._held, *self._fresh))
        self._fresh.clear()
        return held

    def _settle(self, look: _Look, *, final: bool) -> list[Piece]:
        """Steps 3 to 6."""
        if final:
            look = replace(look, matches=self._with_cut(look))
        if look.matches or self._extra or self.ceiling is not None:
            hold, pieces = self._decided(look, final=final)
        else:  # most texts
            hold = len(self._held) if final else self._settled(look, look.alive.match)
            pieces: list[Piece] = []
        if self.ended is None:
            self._plain(pieces, max(hold, self._early(look, hold)))
        self._advance(hold, look.view)
        return pieces

    def _settled(self, look: _Look, place: int) -> int:
        """Where a place of the look is in what is kept, at most where that is settled."""
        return min(settled(self._held), look.received(place, place)[0])

    def _early(self, look: _Look, hold: int) -> int:
        """How far step 6 goes, where `hold` code points are decided."""
        if hold == len(self._held) or self.ceiling is not None or self._extra:
            return hold
        undecided = (match.found_start for match in look.matches if look.received(match.start, match.end)[1] > hold)
        begun = min([look.alive.finding, *undecided])
        if begun < len(look.value):
            return self._settled(look, begun)
        place = settled(self._held)
        letters = letters_of(self._held[place:])
        free = bool(letters) and all(self._free(look, letter) for letter in letters)
        return place + 1 if free else place

    def _free(self, look: _Look, letter: str) -> bool:
        """Whether no finding may have begun when this letter comes to what is settled, in which none has."""
        if look.alive.match == len(look.value):
            return not self._scanner.begins(letter)
        return self._scanner.alive(look.value + letter, look.offset).finding > len(look.value)

    def _with_cut(self, look: _Look) -> Sequence[Match]:
        """The matches at the end of a text, with the placeholder that it cuts off, if any."""
        start = self._decisions.cut(look.value)
        if start is None or start < look.offset:
            return look.matches
        end = len(look.value)
        kept = [one for one in look.matches if one.end <= start or one.rule is None or one.rule.guard != PLACEHOLDER]
        return [*kept, Match(start, end, start, end, _CUT, 1.0)]

    def _decided(self, look: _Look, *, final: bool) -> tuple[int, list[Piece]]:
        """Where to hold from, and what is done with what was found before it."""
        ranges = [_Range(match, *look.received(match.start, match.end)) for match in look.matches]
        extra = [self._local(finding) for finding in self._extra]
        hold = len(self._held)
        if not final:
            hold = self._settled(look, min([look.alive.match, *(one.start for one in look.matches if not one.ended)]))
            hold = self._outside(hold, ranges, extra)
        found = [
            (at.match, *look.received(at.match.found_start, at.match.found_end))
            for at in ranges
            if at.match.rule is not None and at.end <= hold
        ]
        now = [finding for finding in extra if finding.end <= hold]
        self._extra = [mine for mine, here in zip(self._extra, extra, strict=True) if here.end > hold]
        return hold, self._let_out(self._stretches(found, now) if found or now else [])

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
        return moved(finding, max(0, finding.start - self._base), max(0, finding.end - self._base))

    def _stretches(self, found: Sequence[tuple[Match, int, int]], findings: Iterable[Finding]) -> list[Stretch]:
        """What is to be done with what was found, in order; judges it."""
        restored: list[Stretch] = []
        seen = list(findings)
        for match, start, end in found:
            rule = match.rule
            if rule is not None and rule.guard == PLACEHOLDER:
                text = self._decisions.restore(self._held[start:end])
                if text is not None:
                    restored.append(Stretch(start, end, restored=text))
            elif rule is not None:
                seen.append(Finding(start, end, rule.category, match.score, rule.guard, match.note))
        restored.sort(key=place)
        parts = [
            moved(finding, start + self._base, end + self._base)
            for finding in seen
            for start, end in without(finding, restored, self._held)
        ]
        judged = self._decisions.judge(sorted(surest(parts)))
        self.judged.extend(judged)
        acted = [one for one in judged if one.verdict >= Verdict.MASK]
        return sorted([*restored, *joined(acted, self._base)], key=place)

    def _let_out(self, stretches: Sequence[Stretch]) -> list[Piece]:
        """The stretches, and what stands before each of them."""
        pieces: list[Piece] = []
        for stretch in stretches:
            worst = stretch.worst
            if worst is not None and worst.verdict > Verdict.MASK:
                if self.ended is None:
                    self._plain(pieces, stretch.start)
                if self.ended is None or worst.verdict > self.ended.verdict:
                    self.ended = worst
            elif self.ended is None:
                text = stretch.restored
                if worst is not None:
                    text = self._decisions.mask(worst.finding, self._held[stretch.start : stretch.end])
                self._plain(pieces, stretch.start)
                start, self._out = self._out, self._base + stretch.end
                pieces.append(Piece(start, self._out, text, plain=False))
        return pieces

    def _plain(self, pieces: list[Piece], end: int) -> None:
        """Lets out, as it is, what is kept before `end`, as far as it is not out."""
        start, stop = self._out, self._base + end
        if start < stop:
            pieces.append(Piece(start, stop, self._held[start - self._base : end], plain=True))
            self._out = stop

    def _advance(self, hold: int, view: View) -> None:
        shown = view.seen(0, hold)[1] if hold else 0
        if shown:
            self._before = view.value[shown - 1]
        self._held = "" if self.ended is not None else self._held[hold:]
        self._base += hold
        left = self.kept = len(self._held)
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
