"""The guard for personal data: rules in privacy.yaml, with the checks that they name."""

from pathlib import Path

from sekisho.guards import checks, condition_checks, date_checks, name_checks, place_checks
from sekisho.guards.rule_guard import guard_from

_CHECKS = {
    **checks.CHECKS,
    **condition_checks.CHECKS,
    **date_checks.CHECKS,
    **name_checks.CHECKS,
    **place_checks.CHECKS,
}

privacy = guard_from(Path(__file__).with_name("privacy.yaml"), _CHECKS)
