"""The guard for personal data: rules in privacy.yaml, with the checks that they name."""

from pathlib import Path

from sekisho.guards import checks, name_checks
from sekisho.guards.rule_guard import guard_from

privacy = guard_from(Path(__file__).with_name("privacy.yaml"), {**checks.CHECKS, **name_checks.CHECKS})
