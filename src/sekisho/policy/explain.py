"""A profile told in sentences that a citizen understands."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from sekisho.core.exchange import Stage
from sekisho.core.language import Bilingual, Language
from sekisho.core.located import read
from sekisho.core.verdict import Verdict
from sekisho.policy.document import DAY_S
from sekisho.policy.profile import Contract, Profile, Rule
from sekisho.policy.taxonomy import title

FILE = Path(__file__).with_name("explain.yaml")
NOTHING: Mapping[Stage, Collection[str]] = MappingProxyType({})


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """explain.yaml: the sentences, with `{…}` where the profile's own words go."""

    audience: dict[str, Bilingual]
    responsible: Bilingual
    models: Bilingual
    every_model: Bilingual
    stages: dict[str, Bilingual]
    uninspected: Bilingual
    rest: Bilingual
    unsought: Bilingual
    always: Bilingual
    certain: Bilingual
    likely: Bilingual
    actions: dict[str, Bilingual]
    ending: Bilingual
    unchecked: Bilingual
    stream: dict[str, Bilingual]
    unsure: Bilingual
    label: dict[str, Bilingual]
    marks: dict[str, Bilingual]
    answer: dict[str, Bilingual]
    terms: Bilingual
    persons: dict[str, Bilingual]
    kept_none: Bilingual
    kept_until: Bilingual
    kept_forever: Bilingual
    days: Bilingual
    hours: Bilingual


def explained(profile: Profile, language: Language, unsought: Mapping[Stage, Collection[str]] = NOTHING) -> str:
    """Everything the profile does, as plain text of several lines.

    `unsought` are by stage the names of rules that are told to have no effect, since no guard looks for them.
    """
    return "\n".join(_lines(profile, language, unsought)) + "\n"


@cache
def _phrases() -> Phrases:
    return read(FILE).into(Phrases)


def _lines(profile: Profile, language: Language, unsought: Mapping[Stage, Collection[str]]) -> Iterator[str]:
    phrases = _phrases()
    yield from _whose(profile, language)
    separator = "、" if language == "ja" else ", "
    models = phrases.models[language].format(models=separator.join(profile.models))
    yield models if profile.models else phrases.every_model[language]
    for stage in Stage:
        yield ""
        yield phrases.stages[stage.value][language]
        yield from (f"  - {sentence}" for sentence in _stage(profile, stage, language, unsought.get(stage, ())))
    if profile.unsure or profile.terms or profile.persons:
        yield ""
    for term in profile.terms:
        terms = separator.join(term.words) or term.pattern
        yield phrases.terms[language].format(title=title(term.category, language), terms=terms)
    for kind, sentence in phrases.persons.items():
        names = [person.names[0] for person in profile.persons if person.kind == kind]
        if names:
            yield sentence[language].format(names=separator.join(names))
    for area, (low, high) in profile.unsure.items():
        yield phrases.unsure[language].format(title=title(area, language), low=f"{low * 100:g}", high=f"{high * 100:g}")
    yield from _answer(profile.answer, language)
    yield ""
    yield phrases.ending[language]
    shown = phrases.stream[profile.released] if profile.needs(Stage.EXIT) else phrases.unchecked
    yield f"  - {shown[language]}"
    yield f"  - {phrases.label[profile.label][language]}"
    yield from (f"  - {phrases.marks[mark][language]}" for mark in profile.marks)
    yield f"  - {_kept(profile, language)}"


def _whose(profile: Profile, language: Language) -> Iterator[str]:
    phrases = _phrases()
    yield f"{profile.title[language]} ({profile.name})"
    if profile.description[language]:
        yield profile.description[language]
    yield phrases.audience[profile.audience][language]
    if profile.responsible is not None:
        yield phrases.responsible[language].format(who=profile.responsible[language])


def _answer(contract: Contract | None, language: Language) -> Iterator[str]:
    if contract is None:
        return
    said = _phrases().answer
    yield ""
    if contract.language is not None:
        yield said[contract.language][language]
    least, most = contract.least, contract.most
    if least is not None or most is not None:
        length = "between" if None not in (least, most) else "least" if most is None else "most"
        yield said[length][language].format(least=least, most=most)
    if contract.format is not None or contract.schema is not None:
        yield said["schema" if contract.schema is not None else str(contract.format)][language]
    if contract.again:
        yield said["again"][language].format(count=contract.again)


def _stage(profile: Profile, stage: Stage, language: Language, unsought: Collection[str]) -> Iterator[str]:
    if not profile.needs(stage):
        yield _phrases().uninspected[language]
        return
    for prefix, rules in profile.effective(stage).items():
        without = _phrases().unsought[language] if prefix in unsought else ""
        yield from (_sentence(rule, language) + without for rule in rules)
    yield _phrases().rest[language]


def _sentence(rule: Rule, language: Language) -> str:
    phrases = _phrases()
    words = {
        "title": title(rule.prefix, language),
        "percent": f"{rule.at * 100:g}",
        "action": phrases.actions[rule.verdict.word][language],
    }
    if rule.verdict is Verdict.PASS:
        return phrases.always[language].format_map(words)
    return (phrases.certain if rule.at == 0.0 else phrases.likely)[language].format_map(words)


def _kept(profile: Profile, language: Language) -> str:
    phrases = _phrases()
    if not profile.keep_content:
        return phrases.kept_none[language]
    if profile.keep_s is None:
        return phrases.kept_forever[language]
    days, rest = divmod(profile.keep_s, DAY_S)
    span = (
        phrases.hours[language].format(count=profile.keep_s // 3_600)
        if rest
        else phrases.days[language].format(count=days)
    )
    return phrases.kept_until[language].format(span=span)
