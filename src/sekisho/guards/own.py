"""An organisation's own words and patterns: the `terms` of its profiles as rules of the one scan."""

import re
from collections.abc import Iterable

from sekisho.core.errors import ConfigurationError
from sekisho.core.normalise import normalise
from sekisho.guards import closure
from sekisho.guards.rule import Rule
from sekisho.policy.profile import Profile, Term

GUARD = "profile"  # what findings and records call it
TOGETHER = 100  # words of one rule

_ALPHABETIC = re.compile("[0-9A-Za-z]")


def own_rules(profile: Profile) -> tuple[Rule, ...]:
    """The rules of a profile's `terms`. Raises `ConfigurationError` with the place of a pattern that is none."""
    return tuple(
        _rule(term, pattern, f"term_{number}_{part}")
        for number, term in enumerate(profile.terms)
        for part, pattern in enumerate(_patterns(term))
    )


def own_of(profiles: Iterable[Profile]) -> dict[str, tuple[Rule, ...]]:
    """The rules of all profiles that have terms, by name."""
    return {profile.name: own_rules(profile) for profile in profiles if profile.terms}


def _patterns(term: Term) -> list[str]:
    if term.pattern:
        return [term.pattern]
    # The longest first, so that `Project Fuji 2` is not found as `Project Fuji`.
    words = sorted(dict.fromkeys(term.words), key=lambda word: (-len(word), word))
    return [
        "(?i:" + "|".join(_pattern(word) for word in words[at : at + TOGETHER]) + ")"
        for at in range(0, len(words), TOGETHER)
    ]


def _pattern(word: str) -> str:
    """A word as a pattern. Latin letters and digits at its ends have no others beside them; a space may be a line."""
    plain = normalise(word).strip()
    inner = "[ \\n]{1,2}".join(re.escape(part) for part in plain.split())
    before = "(?<![0-9A-Za-z])" if _ALPHABETIC.match(plain[:1]) else ""
    after = "(?![0-9A-Za-z])" if _ALPHABETIC.match(plain[-1:]) else ""
    return before + inner + after


def _rule(term: Term, source: str, name: str) -> Rule:
    try:
        closure.parse(source)
        pattern = re.compile(source, re.ASCII)
    except (re.error, ValueError) as fault:
        raise ConfigurationError(where=term.where or "terms", what=str(fault)) from fault
    if pattern.fullmatch(""):
        raise ConfigurationError(where=term.where or "terms", what="the pattern matches the empty text")
    return Rule(name, GUARD, term.category, term.score, source, pattern)
