"""Rules: one pattern each, read from a YAML file beside its guard."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec

from sekisho.core.exchange import Stage
from sekisho.core.located import Located, read
from sekisho.guards import closure, half, prepared
from sekisho.guards.foreign import AROUND, Foreign
from sekisho.guards.prepared import Prepared, PreparedRule

Check = Callable[[str], float | None]

DIGIT = "[0-9〇零一二三四五六七八九]"
AROUND_CLOSE = "`close` may have no look-around; `open` may have look-behind at its beginning only"
_ANY = r"[\x00-\U0010ffff]"
_BEHIND = re.compile(r"\(\?<!\[(?:[^\]\\]|\\.)+\]\)")
_MACRO = re.compile(r"\{([A-Z][A-Z0-9_]*)\}")


@dataclass(frozen=True)
class Rule:
    """One pattern and what it means.

    Attributes:
        id: unique within its guard.
        guard: name of the guard it belongs to.
        category: of the findings.
        score: of a finding, unless `check` gives another.
        source: the pattern that may begin a match, in the pattern language (see guards/closure.py).
        exact: the pattern that finds exact spans in a normalised view; empty where `source` does that. The group `x`,
            where there is one, is the finding.
        check: gets the found text; gives the score, or None to reject it.
        swallows: the pattern runs to its group `closed`, or to the end of the text when nothing closes it.
        close: the pattern of that group.
        stages: where a rule of a profile counts; of a guard's rules, the guard says it.
        foreign: whether somebody else wrote the pattern, so that RE2 alone may match it (see guards/foreign.py).
    """

    id: str
    guard: str
    category: str
    score: float
    source: str
    exact: str = ""
    check: Check | None = None
    swallows: bool = False
    close: str = ""
    stages: frozenset[Stage] = frozenset(Stage)
    foreign: bool = False

    @cached_property
    def pattern(self) -> "re.Pattern[str] | Foreign":
        """`exact`, compiled when it is first needed: most rules never are, and all of them take half a second.

        Raises `ValueError` for a foreign pattern that RE2 cannot match.
        """
        text = self.exact or self.source
        return Foreign(text) if self.foreign else re.compile(text, re.ASCII)

    @cached_property
    def behind(self) -> "re.Pattern[str] | None":
        """The look-behind that every match begins with; None: there is none that is simple to tell."""
        found = _BEHIND.match(self.source)
        options = found is not None and closure.parser.parse(self.source)[0][0] is closure.op.BRANCH
        return re.compile(found[0], re.ASCII) if found and not options else None


@dataclass(frozen=True, slots=True)
class Example:
    """A text from a rule file; `found` is the part the rule must find, None where it must find nothing."""

    rule: str
    text: str
    found: str | None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What a rule file holds."""

    guard: str
    stages: frozenset[Stage]
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    category: str
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    pattern: str = ""
    open: str = ""
    close: str = ""
    check: str = ""
    hits: list[str | tuple[str, str]] = []
    misses: list[str] = []


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    guard: str
    stages: list[Stage]
    rules: list[_Entry]
    source: str | list[str] = ""
    macros: dict[str, str] = {}


def load(path: Path, checks: Mapping[str, Check], *, unsafe_backtracking: bool = False) -> RuleSet:
    """Reads a rule file. Raises `ConfigurationError` with line and column for anything that does not fit.

    `unsafe_backtracking`: its patterns may have look-around anywhere and are matched by `re`, which can be slow on
    texts made for that; for files of which tests have shown that it is not.
    """
    known = prepared.kept(path)
    if known is None or not all(rule.check in checks for rule in known.rules if rule.check):
        known = _read(path, checks)
        prepared.keep(path, known)
    half.know(known.halves, known.prefixes)
    half.on_recall(path, lambda: _recall(path))
    rules = tuple(_ready(rule, known.guard, checks, foreign=not unsafe_backtracking) for rule in known.rules)
    for index, rule in enumerate(rules):
        if rule.foreign:
            try:
                _ = rule.pattern
            except ValueError as fault:
                said = AROUND_CLOSE if rule.swallows and str(fault) == AROUND else str(fault)
                raise read(path).error(f"rule `{rule.id}`: {said}", "rules", index) from fault
    return RuleSet(known.guard, frozenset(known.stages), rules, tuple(Example(*one) for one in known.examples))


def prepare(path: Path, sources: Sequence[str]) -> None:
    """Has ready what automata need of patterns that stand in no file, as if they stood in one at this path.

    Raises `ValueError` for a pattern outside the pattern language.
    """
    said = "\0".join(sources).encode()
    known = prepared.kept(path, said)
    if known is None:
        known = Prepared("", [], [], [], *_worked_out(sources))
        prepared.keep(path, known, said)
    half.know(known.halves, known.prefixes)
    half.on_recall(path, lambda: _recall(path, said))


def _recall(path: Path, said: bytes | None = None) -> None:
    if (known := prepared.kept(path, said)) is not None:
        half.know(known.halves, known.prefixes)


def _worked_out(sources: Sequence[str]) -> tuple[Mapping[str, tuple[half.Half, ...]], Mapping[str, closure.Prefixes]]:
    return {source: half.halves(source) for source in sources}, {source: half.prefixes(source) for source in sources}


def _read(path: Path, checks: Mapping[str, Check]) -> Prepared:
    document = read(path)
    file = document.into(_File)
    macros = {"D": DIGIT}
    for name, text in file.macros.items():
        macros[name] = expanded(text, macros, document, ("macros", name))
    rules = [_rule(entry, macros, checks, document, index) for index, entry in enumerate(file.rules)]
    if len({rule.id for rule in rules}) != len(rules):
        raise document.error("two rules have the same id", "rules")
    sources = [source for rule in rules for source in (rule.source, rule.close) if source]
    return Prepared(file.guard, file.stages, rules, _examples(file), *_worked_out(sources))


def _ready(rule: PreparedRule, guard: str, checks: Mapping[str, Check], *, foreign: bool) -> Rule:
    check = checks[rule.check] if rule.check else None
    return Rule(
        rule.id,
        guard,
        rule.category,
        rule.score,
        rule.source,
        rule.exact,
        check,
        rule.swallows,
        rule.close,
        foreign=foreign,
    )


def _rule(
    entry: _Entry, macros: Mapping[str, str], checks: Mapping[str, Check], document: Located, index: int
) -> PreparedRule:
    place = ("rules", index)
    if bool(entry.pattern) == bool(entry.open) or bool(entry.open) != bool(entry.close):
        raise document.error(f"rule `{entry.id}` needs either `pattern`, or `open` and `close`", *place)
    if entry.check and entry.check not in checks:
        raise document.error(f"there is no check `{entry.check}`", *place, "check")
    source = expanded(entry.pattern or entry.open, macros, document, (*place, "pattern"))
    close = expanded(entry.close, macros, document, (*place, "close"))
    exact = f"(?:{source})(?:{_ANY}*?(?P<closed>{close})|{_ANY}*)" if entry.open else source
    try:
        for part in (source, close):
            half.halves(part)
        re.compile(exact, re.ASCII)
        empty = re.compile(source, re.ASCII).fullmatch("")
    except (re.error, ValueError) as fault:
        raise document.error(f"rule `{entry.id}`: {fault}", *place) from fault
    if empty:
        raise document.error(f"rule `{entry.id}`: the pattern matches the empty text", *place)
    exact = exact if entry.open else ""
    return PreparedRule(entry.id, entry.category, entry.score, source, exact, entry.check, bool(entry.open), close)


def expanded(pattern: str, macros: Mapping[str, str], document: Located, place: Sequence[str | int]) -> str:
    """A pattern with each `{NAME}` replaced. Raises `ConfigurationError` with the place of one that nobody defines."""

    def macro(found: "re.Match[str]") -> str:
        if found[1] not in macros:
            raise document.error(f"there is no macro `{found[1]}`", *place)
        text = macros[found[1]]
        return text if text.startswith("[") and "]" not in text[1:-1] else f"(?:{text})"

    return _MACRO.sub(macro, pattern)


def _examples(file: _File) -> list[tuple[str, str, str | None]]:
    examples: list[tuple[str, str, str | None]] = []
    for entry in file.rules:
        for hit in entry.hits:
            text, found = (hit, hit) if isinstance(hit, str) else hit
            examples.append((entry.id, text, found))
        examples.extend((entry.id, miss, None) for miss in entry.misses)
    return examples
