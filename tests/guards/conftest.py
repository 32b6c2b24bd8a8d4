"""Proofs that hold for every rule file: its examples, its streams, its categories."""

from dataclasses import dataclass
from functools import cache

import pytest

from sekisho.core.normalise import normalise
from sekisho.guards.rule import Example, Rule
from sekisho.guards.rule_guard import RuleGuard
from sekisho.guards.scanner import Match, Scanner

SPEAKS = 0.5  # a score below says: rather not


@cache
def _alone(rule: Rule) -> Scanner:
    return Scanner([rule], ())


@dataclass(frozen=True)
class Proof:
    """What a rule does with a text, all other rules apart."""

    guard: RuleGuard

    def rule(self, example: Example) -> Rule:
        return next(rule for rule in self.guard.rules if rule.id == example.rule)

    def found(self, example: Example) -> dict[str, Match]:
        """The texts that the example's rule finds with some certainty."""
        value = normalise(example.text)
        matches = _alone(self.rule(example)).scan(value)
        return {value[m.found_start : m.found_end]: m for m in matches if m.score >= SPEAKS}

    def dead_prefixes(self, example: Example) -> list[str]:
        """The beginnings of the example's match that a stream would not keep, or of which it would send the finding."""
        value = normalise(example.text)
        match = self.found(example)[normalise(example.found or "")]
        rule = self.rule(example)
        scanner = _alone(rule)
        return [
            value[:end]
            for end in range(match.start + 1, match.end + (not rule.swallows))
            if (
                scanner.alive(value[:end]).match > match.start
                or (end > match.found_start and scanner.alive(value[:end]).finding > match.found_start)
            )
            and not any(m.start == match.start and not m.ended for m in scanner.scan(value[:end]))
        ]


@pytest.fixture(scope="session")
def proof() -> type[Proof]:
    return Proof
