"""The inspector: asks every loaded guard what it sees, within a time budget."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from sekisho.core import heap
from sekisho.core.exchange import Judged, Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards import half
from sekisho.guards.model.panel import Panel
from sekisho.guards.protocol import Context, Guard, Later, Swift, Watcher
from sekisho.guards.remembered import Remembered
from sekisho.guards.rule import Rule
from sekisho.guards.rule_guard import RuleGuard, disguised_findings
from sekisho.guards.scanner import Patterns, Scanner

log = logging.getLogger("sekisho.guards")

Begin = Callable[[Text, Context], Sequence[Finding] | Later]
LONG = 500_000  # characters for which a guard has one budget of time; for n times as many it has n


class Inspector:
    """All guards of this process. Pattern guards are merged into one scanner for each stage.

    A guard that raises or takes longer than `budget_s` counts as a finding `fault.guard` over the whole text;
    texts of n times `LONG` have n times as long.

    Attributes:
        guards: those of which it is made.
        remembered: texts in which nothing was found lately, where all guards are steady.
        panel: the guards that are models, which are asked where these are unsure.
        recalls: whether any guard may read a text in its conversation: one that is not steady, a watcher or a model.
    """

    def __init__(
        self,
        guards: Sequence[Guard],
        *,
        budget_s: float,
        rules: Sequence[Rule] = (),
        own: Mapping[str, Sequence[Rule]] | None = None,
        panel: Panel | None = None,
        growing: bool = True,
    ) -> None:
        """`rules` are added at the stages exit and action (placeholders to restore), `own` under profiles, by name.

        `growing` says whether answers may come piece by piece; for whole ones there is less to compile.
        """
        self.guards = tuple(guards)
        self._budget_s = budget_s
        self.remembered = Remembered()
        self.panel = panel or Panel()
        self._late: set[asyncio.Future[list[Finding]]] = set()
        all_rules = [rule for guard in guards if isinstance(guard, RuleGuard) for rule in guard.rules]
        # The same automata for all stages: they are the largest thing that a process holds.
        own = own or {}
        patterns = Patterns(tuple(dict.fromkeys((*all_rules, *rules, *chain.from_iterable(own.values())))))
        self._scanners: dict[Stage, Scanner] = {}
        self._own: dict[tuple[str, Stage], Scanner] = {}
        self._disguised = _disguised(guards, patterns)
        patterns.finder.traces.ready()  # now, while little else is in memory that its making could tear holes into
        self._others: dict[Stage, tuple[tuple[Guard, Begin], ...]] = {}
        self._hasty: dict[Stage, tuple[tuple[Guard, Begin], ...]] = {}
        self._watchers: dict[Stage, tuple[Watcher, ...]] = {}
        self._steady: dict[Stage, bool] = {}
        for stage in Stage:
            here = [guard for guard in guards if stage in guard.stages]
            of_all = [rule for guard in here if isinstance(guard, RuleGuard) for rule in guard.rules]
            of_all += rules if stage in (Stage.EXIT, Stage.ACTION) else []
            scanner = Scanner(of_all, growing=growing and stage is Stage.EXIT, among=patterns)
            self._scanners[stage] = scanner
            for profile, terms in own.items():
                of_profile = [rule for rule in terms if stage in rule.stages]
                mine = Scanner(of_profile, growing=growing and stage is Stage.EXIT, among=patterns, beside=scanner)
                self._own[profile, stage] = mine
            self._others[stage] = tuple(
                (guard, _begin(guard)) for guard in here if not isinstance(guard, RuleGuard | Watcher)
            )
            self._hasty[stage] = tuple(one for one in self._others[stage] if not getattr(one[0], "patient", False))
            self._watchers[stage] = tuple(guard for guard in here if isinstance(guard, Watcher))
            self._steady[stage] = all(getattr(guard, "steady", False) for guard, _ in self._others[stage])
        self.recalls = bool(self.panel) or any(self._watchers.values()) or not all(self._steady.values())
        half.forget()
        heap.give_back()

    def scanner(self, stage: Stage, profile: str = "") -> Scanner:
        """The patterns of all rule guards at `stage`, with those that the profile of this name brings itself."""
        return (self._own.get((profile, stage)) if self._own else None) or self._scanners[stage]

    def waits(self, stage: Stage, *, patient: bool = True) -> bool:
        """Whether any guard at `stage` is more than patterns. Watchers do not count: they hear of requests only.

        Without `patient` ones, which are asked only where whole sentences may wait.
        """
        return bool(self._others[stage] if patient else self._hasty[stage])

    def watches(self, stage: Stage) -> bool:
        """Whether any guard at `stage` is a watcher."""
        return bool(self._watchers[stage])

    def steady(self, stage: Stage) -> bool:
        """Whether what the guards at `stage` say of a text depends on nothing but the text, watchers apart."""
        return self._steady[stage]

    def disguised(self, stage: Stage, text: Text) -> list[Finding]:
        """What the patterns find in other spellings of the whole text."""
        scanner = self._disguised[stage]
        return [] if scanner is None else disguised_findings(scanner, text)

    async def ask(self, text: Text, context: Context, *, patient: bool = True) -> list[Finding]:
        """What the guards other than patterns say: all that wait are asked at once, within one budget of time."""
        budget_s = self._budget_s * max(1.0, len(text) / LONG)
        context = replace(context, budget_s=budget_s)
        found: list[Finding] = []
        waiting: list[tuple[Guard, asyncio.Future[list[Finding]]]] = []
        for guard, begin in (self._others if patient else self._hasty)[context.stage]:
            begun = _begun(guard, begin, text, context)
            if callable(begun):
                waiting.append((guard, asyncio.ensure_future(_asked(guard, begun, text))))
            else:
                found += begun
        if not waiting:
            return found
        try:
            await asyncio.wait([task for _, task in waiting], timeout=budget_s)
        finally:
            self._drop([task for _, task in waiting if not task.done()])
        for guard, task in waiting:
            found += task.result() if task.done() else [_fault(guard, text, "TimeoutError")]
        return found

    def watched(self, text: Text, context: Context, judged: Sequence[Judged]) -> list[Finding]:
        """What the watchers say of a text of a request. `judged` is what the other guards found in it."""
        found: list[Finding] = []
        for guard in self._watchers[context.stage]:
            begun = _begun(guard, partial(guard.watch, judged=judged), text, context)
            found += [_fault(guard, text, "no valid findings")] if callable(begun) else begun
        return found

    def _drop(self, tasks: list[asyncio.Future[list[Finding]]]) -> None:
        """Cancels tasks without waiting: a guard that ignores it must not delay the exchange."""
        for task in tasks:
            self._late.add(task)
            task.add_done_callback(self._late.discard)
            task.cancel()


def _disguised(guards: Sequence[Guard], patterns: Patterns) -> dict[Stage, Scanner | None]:
    """The scanner of each stage for other spellings of whole texts; stages with the same rules share one."""
    hidden = {
        stage: tuple(
            rule
            for guard in guards
            if isinstance(guard, RuleGuard) and guard.disguised and stage in guard.stages
            for rule in guard.rules
        )
        for stage in Stage
    }
    scanners = {
        rules: Scanner(rules, growing=False, among=patterns, disguised=True) for rules in hidden.values() if rules
    }
    return {stage: scanners.get(rules) for stage, rules in hidden.items()}


def _begin(guard: Guard) -> Begin:
    """How to ask a guard. One that may wait at once is not even begun before its task runs."""
    return guard.begin if isinstance(guard, Swift) else lambda text, context: partial(guard.inspect, text, context)


def _begun(guard: Guard, begin: Begin, text: Text, context: Context) -> list[Finding] | Later:
    try:
        begun = begin(text, context)
        return begun if callable(begun) else _valid(guard, text, begun)
    except (Exception, SystemExit, asyncio.CancelledError) as fault:  # noqa: BLE001 - whatever it is, the guard failed
        return [_fault(guard, text, type(fault).__name__)]


async def _asked(guard: Guard, later: Later, text: Text) -> list[Finding]:
    try:
        return _valid(guard, text, await later())
    except (Exception, SystemExit, asyncio.CancelledError) as fault:
        task = asyncio.current_task()
        if isinstance(fault, asyncio.CancelledError) and task is not None and task.cancelling():
            raise
        return [_fault(guard, text, type(fault).__name__)]


def _valid(guard: Guard, text: Text, given: Sequence[object]) -> list[Finding]:
    """The findings as a list; a fault in place of anything else."""
    found = list(given)
    good = [finding for finding in found if isinstance(finding, Finding) and finding.end <= len(text)]
    return good if len(good) == len(found) else [_fault(guard, text, "no valid findings")]


def _fault(guard: Guard, text: Text, what: str) -> Finding:
    log.warning("guard %s failed: %s", guard.name, what)
    return Finding(0, len(text), "fault.guard", 1.0, guard.name, what)
