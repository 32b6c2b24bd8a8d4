"""The guard for an AI that passes for a person: rules in persons.yaml."""

from pathlib import Path

from sekisho.guards.rule_guard import guard_from

persons = guard_from(Path(__file__).with_name("persons.yaml"), {}, unsafe_backtracking=True)
