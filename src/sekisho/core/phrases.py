"""What we, libraries and the system say of a cause, in words for people; in Japanese, those of phrases_ja.yaml."""

import re
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("phrases_ja.yaml")
TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a list of `key: value`",
    "null": "nothing",
}
_MISFIT = re.compile("Expected `([^`]+)`, got `([^`]+)`")
BOUNDS = {">=": "at least {}", "<=": "at most {}", ">": "greater than {}", "<": "less than {}"}
_BEYOND = re.compile("Expected `([^`]+)` (of length )?(>=|<=|>|<) (\\S+)")
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


def plain(said: str, field: str = "") -> str:
    """What msgspec says of a value of the wrong type or size, in words, with the field's name; all else as it is."""
    found = _MISFIT.fullmatch(said)
    if found is None:
        beyond = _BEYOND.fullmatch(said)
        return (f"`{field}` " if field else "") + _bounded(*beyond.groups()) if beyond else said
    wanted, written = (" or ".join(TYPES.get(one, one) for one in names.split(" | ")) for names in found.groups())
    quotes = "; put it in quotes" if wanted == "a text" and written in ("a whole number", "a number") else ""
    return (f"`{field}` " if field else "") + f"must be {wanted}, not {written}{quotes}"


def _bounded(kind: str, length: str | None, sign: str, bound: str) -> str:
    wanted, within = TYPES.get(kind, kind), BOUNDS[sign].format(bound)
    if length is None:
        return f"must be {wanted}, {within}"
    return f"must be {wanted} of {within} {'characters' if kind == 'str' else 'entries'}"


@cache
def _phrases() -> list[tuple["re.Pattern[str]", str]]:
    """The patterns and what they become, those first that have most words of their own."""
    phrases: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    ordered = sorted(phrases.items(), key=lambda one: -len(one[0].replace("{}", "")))
    return [(re.compile(_pattern(said), re.DOTALL), words) for said, words in ordered]


def _pattern(said: str) -> str:
    parts = map(re.escape, said.split("{}"))
    return "(.+?)".join(parts).replace("`(.+?)`", "`([^`]+)`")
