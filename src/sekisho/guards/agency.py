"""The guard for what an AI agent is about to do: rules in agency.yaml."""

from pathlib import Path

from sekisho.guards.rule_guard import guard_from

agency = guard_from(Path(__file__).with_name("agency.yaml"), {}, unsafe_backtracking=True)
