"""The inspector: asks every loaded guard what it sees, within a time budget."""

import asyncio
import logging
from collections.abc import Sequence

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards.protocol import Context, Guard
from sekisho.guards.rule import Rule
from sekisho.guards.rule_guard import RuleGuard
from sekisho.guards.scanner import Scanner

log = logging.getLogger("sekisho.guards")


class Inspector:
    """All guards of this process. Pattern guards are merged into one scanner for each stage.

    A guard that raises or takes longer than `budget_s` counts as a finding `fault.guard` over the whole text.
    """

    def __init__(self, guards: Sequence[Guard], *, budget_s: float, rules: Sequence[Rule] = ()) -> None:
        """`rules` are added at the stages exit and action (placeholders to restore)."""
        self._budget_s = budget_s
        scanners: dict[tuple[Rule, ...], Scanner] = {}
        self._scanners: dict[Stage, Scanner] = {}
        self._disguised: dict[Stage, Scanner | None] = {}
        self._others: dict[Stage, tuple[Guard, ...]] = {}
        for stage in Stage:
            here = [guard for guard in guards if stage in guard.stages]
            own = [rule for guard in here if isinstance(guard, RuleGuard) for rule in guard.rules]
            own += rules if stage in (Stage.EXIT, Stage.ACTION) else []
            self._scanners[stage] = _made(scanners, own)
            hidden = [
                rule for guard in here if isinstance(guard, RuleGuard) and guard.disguised for rule in guard.rules
            ]
            self._disguised[stage] = _made(scanners, hidden) if hidden else None
            self._others[stage] = tuple(guard for guard in here if not isinstance(guard, RuleGuard))

    def scanner(self, stage: Stage) -> Scanner:
        """The patterns of all rule guards at `stage`."""
        return self._scanners[stage]

    def waits(self, stage: Stage) -> bool:
        """Whether any guard at `stage` is more than patterns."""
        return bool(self._others[stage])

    def disguised(self, stage: Stage, text: Text) -> list[Finding]:
        """What the patterns find in other spellings of the whole text."""
        scanner = self._disguised[stage]
        if scanner is None:
            return []
        found: list[Finding] = []
        for view in text.disguised:
            for match in scanner.scan(view.value):
                if match.rule is not None:
                    start, end = view.received(match.found_start, match.found_end)
                    note = f"{view.name}/{match.note}"
                    found.append(Finding(start, end, match.rule.category, match.score, match.rule.guard, note))
        return found

    async def ask(self, text: Text, context: Context) -> list[Finding]:
        """What the guards other than patterns say, all asked at once."""
        answers = await asyncio.gather(*(self._asked(guard, text, context) for guard in self._others[context.stage]))
        return [finding for answer in answers for finding in answer]

    async def _asked(self, guard: Guard, text: Text, context: Context) -> Sequence[Finding]:
        try:
            async with asyncio.timeout(self._budget_s):
                found = list(await guard.inspect(text, context))
        except Exception as fault:  # noqa: BLE001 - a guard may raise anything; the profile says what follows
            log.warning("guard %s failed: %s", guard.name, type(fault).__name__)
            return [Finding(0, len(text), "fault.guard", 1.0, guard.name, type(fault).__name__)]
        if any(finding.end > len(text) for finding in found):
            return [Finding(0, len(text), "fault.guard", 1.0, guard.name, "span out of range")]
        return found


def _made(scanners: dict[tuple[Rule, ...], Scanner], rules: Sequence[Rule]) -> Scanner:
    key = tuple(rules)
    if key not in scanners:
        scanners[key] = Scanner(key)
    return scanners[key]
