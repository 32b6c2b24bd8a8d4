"""The pattern guard: a rule file at work."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sekisho.core.drawn import DRAWN
from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.hidden import SPACED
from sekisho.core.text import Text
from sekisho.core.view import View
from sekisho.guards.protocol import Context
from sekisho.guards.rule import Check, Example, Rule, load
from sekisho.guards.scanner import Match, Scanner


@dataclass(frozen=True)
class RuleGuard:
    """Finds what its rules describe.

    The inspector merges the rules of all pattern guards into one scanner, so `inspect` serves only those who use
    a guard by itself.

    Attributes:
        disguised: whether its rules are also tried on the whole text in ROT13, reversed, in tag characters and with
            its letters set apart or drawn.
    """

    name: str
    stages: frozenset[Stage]
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...] = ()
    disguised: bool = False

    def tells(self, _stage: Stage) -> Collection[str]:
        """The categories of its rules."""
        return {rule.category for rule in self.rules}

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """The findings of the rules in `text`."""
        return findings(self._scanner, text) + (disguised_findings(self._scanner, text) if self.disguised else [])

    @cached_property
    def _scanner(self) -> Scanner:
        return Scanner(self.rules, growing=False, disguised=True)


def guard_from(
    path: Path, checks: Mapping[str, Check], *, disguised: bool = False, unsafe_backtracking: bool = False
) -> RuleGuard:
    """The guard of a rule file. Raises `ConfigurationError` for a file that does not fit. As for `rule.load`."""
    rules = load(path, checks, unsafe_backtracking=unsafe_backtracking)
    return RuleGuard(rules.guard, rules.stages, rules.rules, rules.examples, disguised)


def findings(scanner: Scanner, text: Text) -> list[Finding]:
    """What a scanner finds in the normalised view of a text, in the text's own code points."""
    return _told(scanner.scan(text.normalised.value), text.normalised, "")


def _told(matches: Iterable[Match], view: View, prefix: str) -> list[Finding]:
    found: list[Finding] = []
    for match in matches:
        if match.rule is not None:
            start, end = view.received(match.found_start, match.found_end)
            found.append(Finding(start, end, match.rule.category, match.score, match.rule.guard, prefix + match.note))
    return found


def disguised_findings(scanner: Scanner, text: Text) -> list[Finding]:
    """What a scanner finds in other spellings of the whole text (see `Text.disguised`)."""
    moved, mirrored = scanner.suspects(text.normalised.value, text.encoded)
    if not (moved or mirrored or text.spaced or text.drawn or text.unseen()):
        return []  # most texts
    suspects = {"rot13": moved, "reversed": mirrored}
    found: list[Finding] = []
    for view in text.disguised:
        keys = suspects.get(view.name)
        matches = scanner.scan(view.value) if keys is None else scanner.scan_for(keys, view.value)
        if view.name in _PARTLY:
            matches = [one for one in matches if _respelled(text.normalised, view, one)]
        found += _told(matches, view, f"{view.name}/")
    return found


# Views that say most as the normalised one does.
_PARTLY = frozenset((SPACED, DRAWN, f"{DRAWN}+{SPACED}"))


def _respelled(plain: View, view: View, match: Match) -> bool:
    """Whether a match says anything that the normalised view says otherwise; what does not is found there already."""
    start, end = plain.seen(*view.received(match.start, match.end))
    return plain.value[start:end] != view.value[match.start : match.end]
