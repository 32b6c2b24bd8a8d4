"""The guard for secrets: rules in secrets.yaml, with the checks that they name."""

from pathlib import Path

from sekisho.guards import secret_checks
from sekisho.guards.rule_guard import guard_from

secrets = guard_from(Path(__file__).with_name("secrets.yaml"), secret_checks.CHECKS, unsafe_backtracking=True)
