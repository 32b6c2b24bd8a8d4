"""The guard for personal data: rules in privacy.yaml and privacy_english*.yaml, with the checks that they name."""

from dataclasses import replace
from pathlib import Path

from sekisho.guards import (
    account_checks,
    checks,
    condition_checks,
    date_checks,
    english_checks,
    name_checks,
    place_checks,
)
from sekisho.guards.rule_guard import RuleGuard, guard_from

_CHECKS = {
    **account_checks.CHECKS,
    **checks.CHECKS,
    **condition_checks.CHECKS,
    **date_checks.CHECKS,
    **english_checks.CHECKS,
    **name_checks.CHECKS,
    **place_checks.CHECKS,
}


_FILES = ("privacy.yaml", "privacy_english.yaml", "privacy_english_numbers.yaml")


def _made() -> RuleGuard:
    """One guard of all files."""
    first, *others = (guard_from(Path(__file__).with_name(name), _CHECKS, unsafe_backtracking=True) for name in _FILES)
    return replace(
        first,
        rules=(*first.rules, *(rule for other in others for rule in other.rules)),
        examples=(*first.examples, *(example for other in others for example in other.examples)),
    )


privacy = _made()
