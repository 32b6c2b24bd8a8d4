"""The inspector: asks every loaded guard what it sees, within a time budget."""

import asyncio
import ctypes
import logging
import sys
from collections.abc import Sequence

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards import automata, closure
from sekisho.guards.model.panel import Panel
from sekisho.guards.protocol import Context, Guard
from sekisho.guards.remembered import Remembered
from sekisho.guards.rule import Rule
from sekisho.guards.rule_guard import RuleGuard, disguised_findings
from sekisho.guards.scanner import Patterns, Scanner

log = logging.getLogger("sekisho.guards")


class Inspector:
    """All guards of this process. Pattern guards are merged into one scanner for each stage.

    A guard that raises or takes longer than `budget_s` counts as a finding `fault.guard` over the whole text.

    Attributes:
        remembered: texts in which no pattern has found anything lately.
        panel: the guards that are models, which are asked where these are unsure.
    """

    def __init__(
        self, guards: Sequence[Guard], *, budget_s: float, rules: Sequence[Rule] = (), panel: Panel | None = None
    ) -> None:
        """`rules` are added at the stages exit and action (placeholders to restore)."""
        self._budget_s = budget_s
        self.remembered = Remembered()
        self.panel = panel or Panel()
        self._late: set[asyncio.Future[list[Finding]]] = set()
        all_rules = [rule for guard in guards if isinstance(guard, RuleGuard) for rule in guard.rules]
        # One automaton for all stages: it is the largest thing that a process holds.
        patterns = Patterns(tuple(dict.fromkeys((*all_rules, *rules))))
        self._scanners: dict[Stage, Scanner] = {}
        self._disguised: dict[Stage, Scanner | None] = {}
        self._others: dict[Stage, tuple[Guard, ...]] = {}
        for stage in Stage:
            here = [guard for guard in guards if stage in guard.stages]
            own = [rule for guard in here if isinstance(guard, RuleGuard) for rule in guard.rules]
            own += rules if stage in (Stage.EXIT, Stage.ACTION) else []
            self._scanners[stage] = Scanner(own, growing=stage is Stage.EXIT, among=patterns)
            hidden = [
                rule for guard in here if isinstance(guard, RuleGuard) and guard.disguised for rule in guard.rules
            ]
            self._disguised[stage] = Scanner(hidden, growing=False, among=patterns) if hidden else None
            self._others[stage] = tuple(guard for guard in here if not isinstance(guard, RuleGuard))
        automata.halves.cache_clear()  # megabytes of syntax trees, of no more use
        closure.parse.cache_clear()
        _give_back()

    def scanner(self, stage: Stage) -> Scanner:
        """The patterns of all rule guards at `stage`."""
        return self._scanners[stage]

    def waits(self, stage: Stage) -> bool:
        """Whether any guard at `stage` is more than patterns."""
        return bool(self._others[stage])

    def disguised(self, stage: Stage, text: Text) -> list[Finding]:
        """What the patterns find in other spellings of the whole text."""
        scanner = self._disguised[stage]
        return [] if scanner is None else disguised_findings(scanner, text)

    async def ask(self, text: Text, context: Context) -> list[Finding]:
        """What the guards other than patterns say, all asked at once, within one budget of time."""
        guards = self._others[context.stage]
        if not guards:
            return []
        tasks = [asyncio.ensure_future(_asked(guard, text, context)) for guard in guards]
        try:
            await asyncio.wait(tasks, timeout=self._budget_s)
        finally:
            self._drop([task for task in tasks if not task.done()])
        found: list[Finding] = []
        for guard, task in zip(guards, tasks, strict=True):
            found += task.result() if task.done() else [_fault(guard, text, "TimeoutError")]
        return found

    def _drop(self, tasks: list[asyncio.Future[list[Finding]]]) -> None:
        """Cancels tasks without waiting: a guard that ignores it must not delay the exchange."""
        for task in tasks:
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            task.cancel()


async def _asked(guard: Guard, text: Text, context: Context) -> list[Finding]:
    try:
        found: list[object] = list(await guard.inspect(text, context))
    except (Exception, SystemExit, asyncio.CancelledError) as fault:
        task = asyncio.current_task()
        if isinstance(fault, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        return [_fault(guard, text, type(fault).__name__)]
    good = [finding for finding in found if isinstance(finding, Finding) and finding.end <= len(text)]
    return good if len(good) == len(found) else [_fault(guard, text, "no valid findings")]


def _fault(guard: Guard, text: Text, what: str) -> Finding:
    log.warning("guard %s failed: %s", guard.name, what)
    return Finding(0, len(text), "fault.guard", 1.0, guard.name, what)


def _give_back() -> None:
    """Gives the memory that compiling took back to the system: 12 MB that glibc would keep for later."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
