"""Placeholders: what a model sees in place of personal data, and the way back.

A placeholder such as `[PHONE_1]` stands for the same value throughout a request. It is put back only where the
answer goes to whoever sent the value: the table lives and dies with its exchange. Models change case, width,
brackets or spacing, escape the underscore for Markdown, or translate the label; all of these are understood.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import cast

from sekisho.core.normalise import normalise
from sekisho.guards.rule import Rule
from sekisho.guards.scanner import Scanner
from sekisho.pipeline.channel import PLACEHOLDER
from sekisho.policy.taxonomy import Category, taxonomy

_OPEN = r"[\[(<{「『【〔《⟦〈]"
_CLOSE = r"[\])>}」』】〕》⟧〉]"
_NUMBERED = re.compile(r"[A-Za-z]_([0-9]{1,6})")
_NUMBER = re.compile(r"[0-9]{1,6}(?=[^0-9]*\Z)")
_WORDS = re.compile(r"[^0-9A-Za-z\u3040-\u9fff]+")


class Placeholders:
    """The table of one exchange."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """`texts` is everything the request says: what stands in it like a placeholder of ours stands for itself."""
        self._texts = texts
        self._taken: set[int] | None = None
        self._words: set[str] = set()  # tags whose label stands in the request without a number
        self._by_value: dict[tuple[str, str], str] = {}
        self._values: dict[str, dict[int, str]] = {}

    def __len__(self) -> int:
        return len(self._by_value)

    def assign(self, category: str, value: str) -> str:
        """The placeholder for `value`; the same spelling or width variant gets the same one."""
        tag = _tag(category)
        key = (tag, normalise(value))
        if key not in self._by_value:
            numbers = self._values.setdefault(tag, {})
            number = max(numbers, default=0) + 1
            while number in self._used():
                number += 1
            numbers[number] = value
            self._by_value[key] = f"[{tag}_{number}]"
        return self._by_value[key]

    def restore(self, placeholder: str) -> str | None:
        """The value a placeholder stands for, however the model wrote it; None if it is none of ours.

        Without a number it is understood where there is only one of its kind and the request has no such word itself.
        """
        if not self._values:
            return None
        text = normalise(placeholder)
        number = _NUMBER.search(text)
        label = text[: number.start()] if number else text
        tag = _labels().get(_bare(label), "")
        values = self._values.get(tag, {})
        if number:
            return values.get(int(number[0]))
        return next(iter(values.values())) if len(values) == 1 and tag not in self._words else None

    def _used(self) -> set[int]:
        if self._taken is None:
            self._taken = set()
            for text in self._texts:
                self._note(normalise(text))
        return self._taken

    def _note(self, text: str) -> None:
        taken = cast("set[int]", self._taken)
        taken.update(int(number) for number in _NUMBERED.findall(text))
        if _scanner().silent(text):  # in linear time, which the exact pattern does not promise
            return
        for found in rule().pattern.finditer(text):
            number = _NUMBER.search(found[0])
            if number:
                taken.add(int(number[0]))
            else:
                self._words.add(_labels().get(_bare(found[0]), ""))


@cache
def rule() -> Rule:
    """The rule that finds placeholders in what a model writes."""
    labels = sorted({_pattern(label) for label in _spellings()}, key=lambda text: (-len(text), text))
    tags = sorted({_pattern(category.tag) for category in _maskable().values()}, key=lambda text: (-len(text), text))
    bracketed = f"{_OPEN}[ ]?(?i:{'|'.join(labels)})(?:[ _#:\\\\-]{{0,3}}[0-9]{{1,6}})?[ ]?{_CLOSE}"
    bare = f"(?<![0-9A-Za-z_])(?i:{'|'.join(tags)})[_-][0-9]{{1,6}}(?![0-9A-Za-z_])"
    source = f"(?:{bracketed}|{bare})"
    return Rule("placeholder", PLACEHOLDER, "placeholder", 1.0, source, re.compile(source, re.ASCII))


@cache
def _scanner() -> Scanner:
    return Scanner([rule()], (), growing=False)


def _maskable() -> Mapping[str, Category]:
    return {name: one for name, one in taxonomy().items() if name.split(".")[0] in ("privacy", "secret") and one.tag}


def _tag(category: str) -> str:
    known = taxonomy()
    while category and (category not in known or not known[category].tag):
        category = category.rpartition(".")[0]
    return known[category].tag if category else "PRIVATE"


def _spellings() -> list[str]:
    return [
        label
        for one in _maskable().values()
        for label in (one.tag, normalise(one.title["ja"]), normalise(one.title["en"]))
    ]


@cache
def _labels() -> dict[str, str]:
    labels: dict[str, str] = {}
    for one in _maskable().values():
        for label in (one.title["en"], one.title["ja"], one.tag):
            labels[_bare(normalise(label))] = one.tag
    return labels


def _bare(label: str) -> str:
    return _WORDS.sub("", label).lower()


def _pattern(label: str) -> str:
    return "[ _\\\\-]{0,2}".join(re.escape(word) for word in re.split(r"[ _-]+", label))
