"""The guard for dangerous code: rules in code.yaml."""

from pathlib import Path

from sekisho.guards.rule_guard import guard_from

code = guard_from(Path(__file__).with_name("code.yaml"), {}, unsafe_backtracking=True)
