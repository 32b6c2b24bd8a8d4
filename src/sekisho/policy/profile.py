"""A profile: the requirements of one use, as rules by stage."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from sekisho.core.exchange import Stage
from sekisho.core.language import Bilingual, Language
from sekisho.core.schema import Schema
from sekisho.core.verdict import Verdict
from sekisho.policy.taxonomy import lineage

Audience = Literal["public", "staff", "specialists", "children"]
Stream = Literal["pattern", "sentence", "end"]
Label = Literal["none", "header", "visible"]
TextMark = Literal["line", "invisible"]
PersonKind = Literal["living", "dead", "fictional"]
AnswerLanguage = Literal["ja", "en", "asked"]
AnswerFormat = Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One step: from this probability on, findings under this prefix get this verdict.

    Several rules of one stage may share a prefix; together they are the steps of what the profile says about it.

    Attributes:
        at: probability in [0, 1]; a finding whose score is at least this reaches the rule.
        name: what records and findings call it, e.g. `office: entry.privacy → mask`.
        text: the reviewed text of a `REPLACE`, in both languages; None for every other verdict.
    """

    prefix: str
    at: float
    verdict: Verdict
    name: str
    text: Bilingual | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.at <= 1.0:
            raise ValueError(f"threshold out of range: {self.at}")
        if (self.verdict is Verdict.REPLACE) != (self.text is not None):
            raise ValueError("a text belongs to `replace` and to nothing else")


@dataclass(frozen=True, slots=True)
class Term:
    """Words, or one pattern, that count as a finding of a category under this profile alone.

    Attributes:
        category: of the findings; what follows from them, the rules of the profile say as for any other guard.
        words: found in any spelling that normalising undoes, in small and large letters; () where there is a pattern.
        pattern: in the pattern language of `sekisho.guards.closure`, which checks it; empty where there are words.
        score: of the findings, in [0, 1].
        where: `file:line:column`, for messages; no part of what the profile says.
    """

    category: str
    words: tuple[str, ...] = ()
    pattern: str = ""
    score: float = 0.95
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the AI must not be asked to imitate, nor imitate, nor invent facts about, under this profile.

    Attributes:
        names: all that they are known by; a space within one may be left out where it stands between Japanese.
    """

    names: tuple[str, ...]
    kind: PersonKind = "living"


@dataclass(frozen=True, slots=True)
class Contract:
    """What an answer must be under a profile.

    Attributes:
        language: `asked` is that of the person's last message; None: any.
        least: characters (code points) of the content of a choice; None: no bound. Likewise `most`.
        format: `json`: JSON and nothing else; `text`: words, and no JSON; None: either.
        schema: what JSON must fit; None: none.
        again: how often the model is asked again for what does not fit, also what the request alone asks for.
    """

    language: AnswerLanguage | None = None
    least: int | None = None
    most: int | None = None
    format: AnswerFormat | None = None
    schema: Schema | None = None
    again: int = 0

    @property
    def json(self) -> bool:
        """Whether an answer is for programs."""
        return self.format == "json" or self.schema is not None

    def canonical(self) -> dict[str, object]:
        """What it says, for the digest of its profile."""
        form: dict[str, object] = {
            "language": self.language,
            "length": [self.least, self.most],
            "format": self.format,
            "again": self.again,
        }
        return form | ({"schema": self.schema.document} if self.schema is not None else {})


@dataclass(frozen=True, slots=True)
class Profile:
    """What is required of one use of AI. Whatever no rule names passes, except faults, which are refused.

    Attributes:
        models: names of the models that may be used, in order of preference; empty means every configured one.
        audience: whom it is made for; said in explanations.
        stages: the rules as written; a stage without rules may be left out.
        stream: when a streamed answer is let go: as far as no pattern can change, by sentence, or whole at its end.
        label: how a person learns that AI wrote it: not at all, by a response header, or visibly in the text.
        marks: what leads from a text to its record: a `line` at its end that names the exchange, an `invisible` mark.
        keep_content: whether contents are kept, encrypted; digests, verdicts and categories always are.
        keep_s: seconds until contents are erased; None means never, 0 where none are kept.
        language: of notices; None means the caller's.
        responsible: who answers for it, and how to reach them; told in notices. None: nobody is named.
        unsure: by area (first part of a category) the lowest and highest score, both in [0, 1], between which the
            cheap guards count as unsure and model guards are asked; see `sekisho.guards.model.panel`.
        terms: the organisation's own words and patterns, which count under this profile alone.
        persons: who must not be imitated; likewise.
        answer: what answers must be, besides what requests ask for; None: nothing is agreed.
        withholds: whether a finding at the exit may replace or hold the whole answer, so that none of it may go out
            early.
        digest: first 16 hexadecimal digits of the SHA-256 of the canonical form: changes when anything else here does.
    """

    name: str
    title: Bilingual
    description: Bilingual
    stages: Mapping[Stage, tuple[Rule, ...]]
    models: tuple[str, ...] = ()
    audience: Audience = "staff"
    stream: Stream = "pattern"
    label: Label = "header"
    marks: tuple[TextMark, ...] = ()
    keep_content: bool = False
    keep_s: int | None = 0
    language: Language | None = None
    responsible: Bilingual | None = None
    unsure: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    terms: tuple[Term, ...] = ()
    persons: tuple[Person, ...] = ()
    answer: Contract | None = None
    withholds: bool = field(init=False, repr=False, compare=False)
    digest: str = field(init=False)
    _needs: frozenset[Stage] = field(init=False, repr=False, compare=False)
    _steps: Mapping[Stage, Mapping[str, tuple[Rule, ...]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        steps = MappingProxyType({stage: self._steps_of(stage) for stage in Stage})
        object.__setattr__(self, "_steps", steps)
        object.__setattr__(self, "_needs", frozenset(stage for stage in Stage if self._may_follow(stage)))
        at_exit = self.stages.get(Stage.EXIT, ())
        object.__setattr__(self, "withholds", any(rule.verdict in (Verdict.REPLACE, Verdict.HOLD) for rule in at_exit))
        object.__setattr__(self, "digest", hashlib.sha256(self.canonical().encode()).hexdigest()[:16])

    @property
    def patient(self) -> bool:
        """Whether guards may be asked that read whole sentences of an answer, so that a stream of it has to wait."""
        return self.stream != "pattern" or self.withholds

    @property
    def released(self) -> Stream:
        """When a streamed answer is let go: at its end also where it may be withheld."""
        return "end" if self.withholds else self.stream

    def needs(self, stage: Stage) -> bool:
        """Whether any rule of the stage, the refusal of faults included, can give more than `PASS`."""
        return stage in self._needs

    def steps(self, stage: Stage, category: str) -> tuple[Rule, ...]:
        """The rules with the longest prefix that holds the category, lowest threshold first; () where none does."""
        rules = self._steps[stage]
        for prefix in lineage(category):
            found = rules.get(prefix)
            if found is not None:
                return found
        return ()

    def effective(self, stage: Stage) -> Mapping[str, tuple[Rule, ...]]:
        """All rules of the stage by prefix, as written; then the refusal of faults where nothing is said of them."""
        return self._steps[stage]

    def canonical(self) -> str:
        """Everything the profile says, as JSON that does not depend on comments or on the order of rules."""
        form: dict[str, object] = {
            "profile": self.name,
            "title": self.title,
            "description": self.description,
            "models": self.models,
            "audience": self.audience,
            "stages": {
                stage.value: sorted(
                    [rule.prefix, rule.at, rule.verdict.word, rule.text or {}]
                    for rules in self._steps[stage].values()
                    for rule in rules
                )
                for stage in Stage
            },
            "stream": self.stream,
            "label": self.label,
            "keep_content": self.keep_content,
            "keep_s": self.keep_s,
            "language": self.language,
        }
        # Left out where empty, so that the digests of older profiles stay.
        if self.responsible is not None:
            form["responsible"] = self.responsible
        if self.unsure:
            form["unsure"] = dict(self.unsure)
        if self.marks:
            form["marks"] = sorted(self.marks)
        if self.terms:
            form["terms"] = [[term.category, term.words, term.pattern, term.score] for term in self.terms]
        if self.persons:
            form["persons"] = [[person.names, person.kind] for person in self.persons]
        if self.answer is not None:
            form["answer"] = self.answer.canonical()
        return json.dumps(form, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def _may_follow(self, stage: Stage) -> bool:
        return any(rule.verdict > Verdict.PASS for rules in self._steps[stage].values() for rule in rules)

    def _steps_of(self, stage: Stage) -> Mapping[str, tuple[Rule, ...]]:
        grouped: dict[str, tuple[Rule, ...]] = {}
        for rule in self.stages.get(stage, ()):
            grouped[rule.prefix] = (*grouped.get(rule.prefix, ()), rule)
        # Fail closed: silence about faults is a refusal, for profiles made by hand as much as for files.
        grouped.setdefault(
            "fault", (Rule("fault", 0.0, Verdict.REFUSE, rule_name(self.name, stage, "fault", Verdict.REFUSE)),)
        )
        return MappingProxyType({prefix: tuple(sorted(rules, key=_threshold)) for prefix, rules in grouped.items()})


def default_threshold(prefix: str) -> float:
    """Where a rule without `at` begins: more likely than not; a fault counts however sure it is."""
    return 0.0 if prefix.partition(".")[0] == "fault" else 0.5


def rule_name(profile: str, stage: Stage, prefix: str, verdict: Verdict, at: float | None = None) -> str:
    """The name of a rule in records and findings; the threshold is told where it is not the usual one."""
    bound = "" if at is None or at == default_threshold(prefix) else f" ≥ {at:g}"
    return f"{profile}: {stage.value}.{prefix}{bound} → {verdict.word}"


def _threshold(rule: Rule) -> tuple[float, Verdict]:
    return rule.at, rule.verdict
