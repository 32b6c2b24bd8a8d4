"""What an organisation's profiles bring themselves, `terms` and `persons`, as rules of the one scan."""

import re
from collections.abc import Iterable

from sekisho.core.errors import ConfigurationError
from sekisho.guards import half
from sekisho.guards.literal import literal
from sekisho.guards.registered import person_rules
from sekisho.guards.rule import Rule
from sekisho.policy.profile import Profile, Term

GUARD = "profile"  # what findings and records call it
TOGETHER = 100  # words of one rule


def own_rules(profile: Profile) -> tuple[Rule, ...]:
    """The rules of a profile itself. Raises `ConfigurationError` with the place of a pattern in it that is none."""
    of_terms = (
        _rule(term, pattern, f"term_{number}_{part}")
        for number, term in enumerate(profile.terms)
        for part, pattern in enumerate(_patterns(term))
    )
    return (*of_terms, *person_rules(profile.persons, GUARD))


def own_of(profiles: Iterable[Profile]) -> dict[str, tuple[Rule, ...]]:
    """The rules of all profiles that bring any, by name."""
    return {profile.name: own_rules(profile) for profile in profiles if profile.terms or profile.persons}


def _patterns(term: Term) -> list[str]:
    if term.pattern:
        return [term.pattern]
    # The longest first, so that `Project Fuji 2` is not found as `Project Fuji`.
    words = sorted(dict.fromkeys(term.words), key=lambda word: (-len(word), word))
    return [
        "(?i:" + "|".join(literal(word) for word in words[at : at + TOGETHER]) + ")"
        for at in range(0, len(words), TOGETHER)
    ]


def _rule(term: Term, source: str, name: str) -> Rule:
    try:
        half.halves(source)
        empty = re.compile(source, re.ASCII).fullmatch("")
        rule = Rule(name, GUARD, term.category, term.score, source, foreign=bool(term.pattern))
        _ = rule.pattern
    except (re.error, ValueError) as fault:
        raise ConfigurationError(where=term.where or "terms", what=str(fault)) from fault
    if empty:
        raise ConfigurationError(where=term.where or "terms", what="the pattern matches the empty text")
    return rule
