"""Notices: what a person reads when something was refused, hidden or held.

Each says what was found (the title of its category, never the text), what the person can do, and the rule in words: the
titles of profile and category, what is done, and who is responsible where the profile names them. The rule's name
stands with the findings, for those who ask for them.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from sekisho.core.exchange import Judged
from sekisho.core.language import Bilingual, Language
from sekisho.core.located import read
from sekisho.core.verdict import Verdict
from sekisho.policy.judge import ASKED_AGAIN, TAKEN_OUT
from sekisho.policy.profile import Profile
from sekisho.policy.taxonomy import lineage, title

FILE = Path(__file__).with_name("notices.yaml")
MOST_TITLES = 3
MOST_RULES = 2

Kind = Literal["refused", "masked", "held", "annotated"]


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first sentence: by the stage where it happened, or because of a fault alone."""

    entry: Bilingual
    source: Bilingual
    action: Bilingual
    exit: Bilingual
    fault: Bilingual

    def at(self, place: str) -> Bilingual:
        """The sentence for a stage's word, or for `fault`."""
        return {"entry": self.entry, "source": self.source, "action": self.action, "exit": self.exit}.get(
            place, self.fault
        )


class Notices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """notices.yaml, which describes itself. `advice` is by kind, by stage or `every`, and by category or `any`."""

    refused: Opening
    masked: Opening
    held: Opening
    annotated: Opening
    found: Bilingual
    reason: Bilingual
    rule: Bilingual
    responsible: Bilingual
    done: dict[Kind, Bilingual]
    more: Bilingual
    between: Bilingual
    everything: Bilingual
    stopped: Bilingual
    taken_out: Bilingual
    asked_again: Bilingual
    again: Bilingual
    not_run: Bilingual
    faults: dict[str, Bilingual]
    languages: dict[str, Bilingual]
    broken_off: Bilingual
    label: Bilingual
    line: Bilingual
    advice: dict[Kind, dict[str, dict[str, Bilingual]]]

    def opening(self, kind: Kind) -> Opening:
        """The first sentences of a kind."""
        return {"refused": self.refused, "masked": self.masked, "held": self.held, "annotated": self.annotated}[kind]


def refusal(profile: Profile, judged: Iterable[Judged], language: Language) -> str:
    """Why nothing was passed on. A general sentence where no judgement is a refusal."""
    told = _of(judged, Verdict.REFUSE)
    return _told(profile, told, "refused", language) or _general(profile, "refused", language)


def held(profile: Profile, judged: Iterable[Judged], language: Language) -> str:
    """Why it was withheld, for a person to judge. A general sentence where no judgement is a hold."""
    return _told(profile, _of(judged, Verdict.HOLD), "held", language) or _general(profile, "held", language)


def masked(profile: Profile, judged: Iterable[Judged], language: Language) -> str:
    """What was hidden; empty where nothing was."""
    return _told(profile, _of(judged, Verdict.MASK), "masked", language)


def annotated(profile: Profile, judged: Iterable[Judged], language: Language) -> str:
    """What to be careful with; empty where there is nothing."""
    return _told(profile, _of(judged, Verdict.ANNOTATE), "annotated", language)


def mended(judged: Iterable[Judged], language: Language) -> str:
    """What was mended in an answer that did not have the form agreed; empty where nothing was."""
    notices = _notices()
    passed = [one for one in judged if one.verdict is Verdict.PASS]
    told = [notices.taken_out[language]] if any(one.rule.endswith(TAKEN_OUT) for one in passed) else []
    again = [one.finding.category for one in passed if one.rule.endswith(ASKED_AGAIN)]
    titles = _listed([title(one, language) for one in again if one.startswith("contract.")], MOST_TITLES, language)
    return joined(language, *told, *([notices.asked_again[language].format(titles=titles)] if titles else []))


def fault(kind: str, language: Language, details: Mapping[str, str]) -> str:
    """What is wrong with the form of an answer: half a sentence. `kind` is one of `faults` in notices.yaml."""
    notices = _notices()
    named = notices.languages.get(details.get("language", ""), notices.languages["other"])[language]
    return notices.faults[kind][language].format_map({**details, "language": named})


def again(faults: Iterable[str], language: Language) -> str:
    """What a model is told whose answer did not have the form agreed."""
    between = "。" if language == "ja" else "; "
    return _notices().again[language].format(faults=between.join(faults))


def not_run(language: Language) -> str:
    """What a model is told of a tool call beside one that was wrong."""
    return _notices().not_run[language]


def stopped(what: str, language: Language) -> str:
    """That the stop switch is on for `what`: a model, a profile, or `all`."""
    notices = _notices()
    return notices.stopped[language].format(what=notices.everything[language] if what == "all" else what)


def broken_off(language: Language) -> str:
    """That an answer ends before its end."""
    return _notices().broken_off[language]


def label(model: str, language: Language) -> str:
    """That AI wrote the answer, and which."""
    return _notices().label[language].format(model=model)


def line(exchange: str, url: str, language: Language) -> str:
    """Which record a text belongs to, and where that can be verified."""
    return _notices().line[language].format(exchange=exchange, url=url)


@cache
def _notices() -> Notices:
    return read(FILE).into(Notices)


def _of(judged: Iterable[Judged], verdict: Verdict) -> list[Judged]:
    """Those with the verdict, surest first, so that the first decides which stage and advice are told."""
    return sorted((one for one in judged if one.verdict is verdict), key=_doubt)


def _doubt(judged: Judged) -> float:
    return -judged.finding.score


def _told(profile: Profile, judged: Sequence[Judged], kind: Kind, language: Language) -> str:
    if not judged:
        return ""
    notices = _notices()
    # A fault is told as one only where nothing else was found: otherwise the person can do something about the rest.
    found = [one for one in judged if not one.finding.within("fault")]
    first = (found or judged)[0]
    told = [one for one in found or judged if one.stage is first.stage]  # what happened at one stage is one story
    titles = _listed([title(one.finding.category, language) for one in told], MOST_TITLES, language)
    done = notices.done[kind][language]
    rules = _listed([done.format(title=title(_area(profile, one), language)) for one in told], MOST_RULES, language)
    return joined(
        language,
        notices.opening(kind).at(first.stage.value if found else "fault")[language],
        (notices.found if found else notices.reason)[language].format(titles=titles),
        _advice(notices.advice[kind], first.stage.value, first.finding.category)[language],
        notices.rule[language].format(profile=profile.title[language], rules=rules),
        _responsible(profile, language),
    )


def _area(profile: Profile, judged: Judged) -> str:
    """What the rule that judged it speaks of: the category of the finding, or one around it."""
    steps = profile.steps(judged.stage, judged.finding.category)
    return next((rule.prefix for rule in steps if rule.name == judged.rule), judged.finding.category)


def _general(profile: Profile, kind: Literal["refused", "held"], language: Language) -> str:
    notices = _notices()
    advice = notices.advice[kind]["every"]["any"][language]
    return joined(language, notices.opening(kind).fault[language], advice, _responsible(profile, language))


def _responsible(profile: Profile, language: Language) -> str:
    if profile.responsible is None:
        return ""
    return _notices().responsible[language].format(who=profile.responsible[language])


def _advice(advice: Mapping[str, Mapping[str, Bilingual]], stage: str, category: str) -> Bilingual:
    here, every = advice.get(stage, {}), advice["every"]
    for name in lineage(category):
        for table in (here, every):
            if name in table:
                return table[name]
    return here.get("any", every["any"])


def _listed(items: Iterable[str], most: int, language: Language) -> str:
    """The first few different items, and how many more there are."""
    different = list(dict.fromkeys(items))
    shown = different[:most]
    if len(different) > most:
        shown.append(_notices().more[language].format(count=len(different) - most))
    return _notices().between[language].join(shown)


def joined(language: Language, *sentences: str) -> str:
    """Sentences one after another; empty ones are left out."""
    return ("" if language == "ja" else " ").join(sentence for sentence in sentences if sentence)
