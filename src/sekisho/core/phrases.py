"""What we, libraries and the system say in English of a cause, in Japanese: the words of phrases_ja.yaml."""

import re
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("phrases_ja.yaml")
LONGEST = 500  # characters; what is longer quotes something


def japanese(said: str) -> str:
    """It in Japanese, with what it quotes; as it is where the file has no words for it."""
    if len(said) > LONGEST:
        return said
    for pattern, words in _phrases():
        found = pattern.fullmatch(said)
        if found is not None:
            return words.format(*map(japanese, found.groups()))
    return said


@cache
def _phrases() -> list[tuple["re.Pattern[str]", str]]:
    """The patterns and what they become, those first that have most words of their own."""
    phrases: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    ordered = sorted(phrases.items(), key=lambda one: -len(one[0].replace("{}", "")))
    return [(re.compile(_pattern(said), re.DOTALL), words) for said, words in ordered]


def _pattern(said: str) -> str:
    parts = map(re.escape, said.split("{}"))
    return "(.+?)".join(parts).replace("`(.+?)`", "`([^`]+)`")
