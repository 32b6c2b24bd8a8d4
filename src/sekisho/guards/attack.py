"""The guard for attacks on the model: rules in attack.yaml, tried on disguised spellings too."""

from pathlib import Path

from sekisho.guards import attack_checks
from sekisho.guards.rule_guard import guard_from

attack = guard_from(
    Path(__file__).with_name("attack.yaml"), attack_checks.CHECKS, disguised=True, unsafe_backtracking=True
)
