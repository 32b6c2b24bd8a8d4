"""Placeholders: what a model sees in place of personal data, and the way back.

A placeholder such as `[PHONE_1]` stands for the same value throughout a request. Numbers go by the order of its texts,
so the turns of a conversation that comes again with more keep theirs; a number that a text brings itself is given to no
value, and then the others move. It is put back only where the answer goes to whoever sent the value: the table lives
and dies with its exchange. Models change case, width, brackets or spacing, escape the underscore for Markdown, or
translate the label; all of these are understood.

An answer that ends within a placeholder, as it does at `max_tokens`, shows nothing of it: the value stands there where
the label is whole and only one value can be meant, else nothing.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from sekisho.core.normalise import normalise
from sekisho.guards import rule as rules
from sekisho.guards.automata import Growing
from sekisho.guards.half import halves
from sekisho.guards.rule import Rule
from sekisho.guards.sets import engine, options
from sekisho.pipeline.channel import PLACEHOLDER
from sekisho.policy.taxonomy import Category, taxonomy

_OPEN = r"[\[(<{「『【〔《⟦〈]"
_CLOSE = r"[\])>}」』】〕》⟧〉]"
_NUMBERED = re.compile(r"[A-Za-z]_([0-9]{1,6})")
_NUMBER = re.compile(r"[0-9]{1,6}(?=[^0-9]*\Z)")
_CUT = re.compile(rf"({_OPEN})?[ ]?([^0-9]*?)([ _#:\\-]{{0,3}})([0-9]{{0,6}})[ ]?")
_FEW = re.compile("[A-Za-z]?")  # of a label; in brackets that are not ours this is no beginning of it
_LONGEST = 80  # code points of a placeholder, and more
_SEARCH_MEMORY = 16 << 20  # bytes, of which it takes what the texts need
# What else models make of a tag when they translate it. Only with a number and
# not in round brackets: [名前] alone is a blank in a form, (人1) may be anybody.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "PERSON": ("人", "人物", "個人", "氏名", "名前", "お名前", "name"),
    "PHONE": ("電話", "tel", "telephone"),
    "EMAIL": ("メール", "eメール", "mail"),
    "POSTAL_CODE": ("zip", "zip code"),
    "DATE_OF_BIRTH": ("誕生日",),
    "CARD": ("カード", "カード番号", "card number"),
    "BANK_ACCOUNT": ("口座", "口座番号"),
    "ACCOUNT": ("アカウント", "ユーザー名", "username"),
}
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
        self._latest: dict[str, int] = {}  # highest number by tag

    def __len__(self) -> int:
        return len(self._by_value)

    def assign(self, category: str, value: str) -> str:
        """The placeholder for `value`; the same spelling or width variant gets the same one."""
        tag = _tag(category)
        key = (tag, normalise(value))
        if key not in self._by_value:
            number = self._latest.get(tag, 0) + 1
            while number in self._used():
                number += 1
            self._latest[tag] = number
            self._values.setdefault(tag, {})[number] = value
            self._by_value[key] = f"[{tag}_{number}]"
        return self._by_value[key]

    def restore(self, placeholder: str) -> str | None:
        """The value a placeholder stands for, however the model wrote it; None if it is none of ours.

        Without a number it is understood where there is only one of its kind and the request has no such word itself.
        """
        if not self._values:
            return None
        text = normalise(placeholder)
        if not _whole(text):
            return self._meant(text)
        number = _NUMBER.search(text)
        label = text[: number.start()] if number else text
        bare = _bare(label)
        tag = _labels().get(bare) or (_also().get(bare, "") if number else "")
        values = self._values.get(tag, {})
        if number:
            return values.get(int(number[0]))
        return next(iter(values.values())) if len(values) == 1 and tag not in self._words else None

    def cut(self, value: str) -> int | None:
        """Where a placeholder of ours begins that the end of a normalised text cuts off; None where none does."""
        if not self._values:
            return None
        # By what holds back a stream, so that a stream has kept all of it.
        start = _growing().earliest(value, max(0, len(value) - _LONGEST)).match
        tail = value[start:]
        return start if tail and not _whole(tail) and self._meant(tail) is not None else None

    def _meant(self, tail: str) -> str | None:
        """What stands for a placeholder that was cut off: a value, or nothing; None where it is none of ours."""
        found = _CUT.fullmatch(tail)
        if found is None:
            return None
        bracket, label, join, number = found.groups()
        bare = _bare(label)
        if not bare or (bracket != "[" and _FEW.fullmatch(bare)) or not (bracket or (join and bare in _labels())):
            return None
        begun = {tag for name, tag in _labels().items() if name == bare or (not number and name.startswith(bare))}
        digits = number.lstrip("0")
        values = [
            value
            for tag in begun
            for nth, value in self._values.get(tag, {}).items()
            if str(nth).startswith(digits) and (number or tag not in self._words)
        ]
        if not values or any(tail in normalise(text) for text in self._texts):
            return None  # what stands in the request stands for itself
        others = any(str(nth).startswith(digits) for nth in self._used())
        return values[0] if len(values) == 1 and bare in _labels() and not others else ""

    def _used(self) -> set[int]:
        if self._taken is None:
            self._taken = set()
            for text in self._texts:
                self._note(normalise(text))
        return self._taken

    def _note(self, text: str) -> None:
        taken = cast("set[int]", self._taken)
        if "_" in text:
            taken.update(int(number) for number in _NUMBERED.findall(text))
        if _larger().search(text.encode()) is None:
            return
        for found in re.finditer(rule().source, text, re.ASCII):
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
    also = [normalise(label) for labels in _ALSO.values() for label in labels]
    others = sorted({_pattern(label) for label in also}, key=lambda text: (-len(text), text))
    numbered = f"{_OPEN.replace('(', '')}[ ]?(?i:{'|'.join(others)})[ _#:\\\\-]{{0,3}}[0-9]{{1,6}}[ ]?{_CLOSE}"
    source = f"(?:{bracketed}|{numbered}|{bare})"
    rules.prepare(Path(__file__), [source])
    return Rule("placeholder", PLACEHOLDER, "placeholder", 1.0, source)


def prepare() -> None:
    """Makes what the first text that is masked would have to wait for."""
    _growing()
    _larger()


@cache
def _growing() -> Growing:
    return Growing([rule().source])


@cache
def _larger() -> Any:
    """Tells in linear time, which the exact pattern does not promise, that a text surely holds no placeholder."""
    return engine.compile("|".join(half.superset for half in halves(rule().source)), options(_SEARCH_MEMORY))


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


@cache
def _also() -> Mapping[str, str]:
    """Tags by what models also call them."""
    tags = {category.tag for category in _maskable().values()}
    return {_bare(normalise(label)): tag for tag, labels in _ALSO.items() if tag in tags for label in labels}


def _whole(text: str) -> bool:
    """Whether nothing is missing at the end of a placeholder."""
    bracketed = re.match(_OPEN, text) is not None
    return re.match(_CLOSE if bracketed else "[0-9]|" + _CLOSE, text[-1]) is not None


def _bare(label: str) -> str:
    return _WORDS.sub("", label).lower()


def _pattern(label: str) -> str:
    return "[ _\\\\-]{0,2}".join(re.escape(word) for word in re.split(r"[ _-]+", label))
