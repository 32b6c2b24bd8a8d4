"""What `sekisho profile tune` says, in plain words."""

from typing import Any

import yaml

from sekisho.core.language import Bilingual, Language
from sekisho.core.verdict import Verdict
from sekisho.evaluation.metrics import Figure
from sekisho.evaluation.tune import Point, Tuning, steps_after

TABLE = tuple(step / 10 for step in range(1, 10))

HEAD: Bilingual = {
    "ja": "プロファイル {profile}、段階 {stage}、分類 {category}",
    "en": "Profile {profile}, stage {stage}, category {category}",
}
EXAMPLES: Bilingual = {
    "ja": "{file} の例: {all}件(該当 {harmful}件、無害 {harmless}件)。"
    "段階や分類が違うため使わなかったもの: {left_out}件。",
    "en": "Examples in {file}: {all} ({harmful} harmful, {harmless} harmless). "
    "Left out, of other stages or categories: {left_out}.",
}
HALVES: Bilingual = {
    "ja": "半分(該当 {c1}件、無害 {c0}件)でしきい値を選び、残り(該当 {j1}件、無害 {j0}件)で確かめました。{apart}\n"
    "以下の値はすべて、選ぶのに使わなかった側のものです。[ ]は95%区間です。",
    "en": "One half ({c1} harmful, {c0} harmless) served to choose the threshold, the other ({j1}, {j0}) to check it"
    "{apart}.\n"
    "All figures below are of the half that did not choose, with 95 % intervals in [ ].",
}
APART: dict[bool, Bilingual] = {
    True: {"ja": "同じ出典の例は同じ側に入れました。", "en": "; examples of one source are in the same half"},
    False: {"ja": "出典ではなく、文章ごとに分けました。", "en": "; the split is by text, not by source"},
}
TODAY: Bilingual = {"ja": "今の規則", "en": "Today"}
STEP: Bilingual = {
    "ja": "{prefix} ≥ {at:g} → {verdict}: {effect}",
    "en": "{prefix} ≥ {at:g} → {verdict}: {effect}",
}
EFFECT: Bilingual = {
    "ja": "該当の {caught} を止め、無害の {stopped} も止めます",
    "en": "stops {caught} of the harmful, and {stopped} of the harmless",
}
NO_RULE: Bilingual = {
    "ja": "この分類を止める規則はありません。すべて通ります",
    "en": "no rule stops this category; everything passes",
}
COLUMNS: dict[Language, tuple[str, ...]] = {
    "ja": ("しきい値", "止めた(該当)", "見逃し", "止めた(無害)", "備考"),
    "en": ("threshold", "harmful stopped", "missed", "harmless stopped", "note"),
}
MARKS: dict[str, Bilingual] = {
    "today": {"ja": "今", "en": "today"},
    "proposed": {"ja": "提案", "en": "proposed"},
}
TARGETS: dict[str, Bilingual] = {
    "max_false": {
        "ja": "目標: 無害なのに止めるのは{share}以下",
        "en": "Target: at most {share} of the harmless stopped",
    },
    "min_caught": {"ja": "目標: 該当の{share}以上を止める", "en": "Target: at least {share} of the harmful stopped"},
}
NONE: Bilingual = {
    "ja": "提案はありません。どのしきい値でも目標に届きません。ガードを増やすか、目標を見直してください。",
    "en": "No proposal: no threshold reaches the target. Load more guards, or reconsider the target.",
}
PROPOSED: Bilingual = {"ja": "提案: {at:g}。{effect}。", "en": "Proposed: {at:g}. It {effect}."}
OUTCOMES: dict[str, Bilingual] = {
    "shown": {
        "ja": "目標は、95%区間の端まで満たしています。",
        "en": "The whole 95 % interval meets the target.",
    },
    "likely": {
        "ja": "値は目標を満たしますが、95%区間には満たさない部分があります。この件数では、満たすとは言い切れません。",
        "en": "The value meets the target, but its 95 % interval does not: with so few examples this is not shown.",
    },
    "missed": {
        "ja": "選ぶのに使わなかった側では、目標に届きませんでした。このしきい値では目標を満たせないかもしれません。",
        "en": "The half not used for choosing misses the target: this threshold may not meet it.",
    },
}
NEEDED: dict[str, Bilingual] = {
    "max_false": {
        "ja": "例が足りません。誤りが一つもなくても、無害の例が全部で{needed}件要ります(今は{have}件)。",
        "en": "Too few examples: without a single error, {needed} harmless ones are needed in all (here: {have}).",
    },
    "min_caught": {
        "ja": "例が足りません。誤りが一つもなくても、該当の例が全部で{needed}件要ります(今は{have}件)。",
        "en": "Too few examples: without a single error, {needed} harmful ones are needed in all (here: {have}).",
    },
}
AT_RATE: Bilingual = {
    "ja": "今回と同じ割合で誤るなら、約{needed}件で示せます。",
    "en": "With errors as often as here, about {needed} would show it.",
}
ADOPT: Bilingual = {
    "ja": "採り入れるときは、プロファイルに次のように書いてください。",
    "en": "To adopt it, write this into the profile:",
}
UNCHANGED: Bilingual = {"ja": "何も変更していません。", "en": "Nothing was changed."}


def told(tuning: Tuning, file: str, language: Language) -> str:
    """The whole output."""
    parts = [_head(tuning, file, language), _today(tuning, language), _table(tuning, language)]
    parts.append(_proposal(tuning, language))
    if tuning.proposed is not None:
        parts.append(f"{ADOPT[language]}\n\n{lines_of(tuning)}")
    return "\n\n".join([*parts, UNCHANGED[language]])


def lines_of(tuning: Tuning) -> str:
    """The lines of YAML that a person would write into the profile; empty without a proposal."""
    if tuning.proposed is None:
        return ""
    question = tuning.question
    steps: list[dict[str, Any]] = []
    for at, step in steps_after(question, tuning.proposed):
        written: dict[str, Any] = {"at": at, "do": (step.verdict if step else _usual(question.category)).word}
        steps.append(written | ({"text": dict(step.text)} if step and step.text else {}))
    rule = steps[0] if len(steps) == 1 else steps
    lines = yaml.safe_dump(  # pyright: ignore[reportUnknownMemberType] - the stubs leave `width` open
        {question.stage.value: {question.category: rule}},
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=1000,
    )
    return str(lines).rstrip("\n")


def _usual(category: str) -> Verdict:
    """What a first rule does: personal data and secrets are hidden, anything else is refused."""
    return Verdict.MASK if category.partition(".")[0] in ("privacy", "secret") else Verdict.REFUSE


def _head(tuning: Tuning, file: str, language: Language) -> str:
    question, chosen, judged = tuning.question, tuning.chosen, tuning.judged
    harmful = len(chosen.harmful) + len(judged.harmful)
    harmless = len(chosen.harmless) + len(judged.harmless)
    lines = [
        HEAD[language].format(profile=question.profile.name, stage=question.stage.value, category=question.category),
        EXAMPLES[language].format(
            file=file, all=harmful + harmless, harmful=harmful, harmless=harmless, left_out=tuning.left_out
        ),
        HALVES[language].format(
            apart=APART[tuning.by_source][language],
            c1=len(chosen.harmful),
            c0=len(chosen.harmless),
            j1=len(judged.harmful),
            j0=len(judged.harmless),
        ),
    ]
    return "\n".join(lines)


def _today(tuning: Tuning, language: Language) -> str:
    lines = [TODAY[language]]
    for step, point in zip(tuning.question.acting, tuning.today, strict=True):
        effect = _effect(point, language)
        words = STEP[language].format(prefix=step.prefix, at=step.at, verdict=step.verdict.word, effect=effect)
        lines.append(f"  {words}")
    if not tuning.today:
        lines.append(f"  {NO_RULE[language]}")
    return "\n".join(lines)


def _table(tuning: Tuning, language: Language) -> str:
    marks = {point.threshold: MARKS["today"][language] for point in tuning.today}
    if tuning.proposed is not None:
        marks[tuning.proposed] = MARKS["proposed"][language]
    rows = [COLUMNS[language], ("---",) * len(COLUMNS[language])]
    for threshold in sorted({*TABLE, *marks}):
        point = tuning.judged.at(threshold)
        figures = (_percent(point.caught), _percent(point.missed), _percent(point.stopped))
        rows.append((f"{threshold:g}", *figures, marks.get(threshold, "")))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _proposal(tuning: Tuning, language: Language) -> str:
    target = tuning.target
    lines = [TARGETS[target.kind][language].format(share=f"{target.share * 100:g}%")]
    if tuning.proposed is None:
        return "\n".join([*lines, NONE[language]])
    point = tuning.judged.at(tuning.proposed)
    lines.append(PROPOSED[language].format(at=tuning.proposed, effect=_effect(point, language)))
    lines.append(OUTCOMES[tuning.outcome][language])
    if tuning.outcome != "shown":
        lines += _needed(tuning, language)
    return "\n".join(lines)


def _needed(tuning: Tuning, language: Language) -> list[str]:
    kind = tuning.target.kind
    halves = (tuning.chosen, tuning.judged)
    have = sum(len(half.harmless if kind == "max_false" else half.harmful) for half in halves)
    lines: list[str] = []
    if have < tuning.needed:
        lines.append(NEEDED[kind][language].format(needed=tuning.needed, have=have))
    at_rate = tuning.needed_at_this_rate
    if at_rate is not None and at_rate > max(have, tuning.needed):
        lines.append(AT_RATE[language].format(needed=at_rate))
    return lines


def _effect(point: Point, language: Language) -> str:
    caught = f"{_percent(point.caught)} ({point.hits}/{point.harmful})"
    stopped = f"{_percent(point.stopped)} ({point.touched}/{point.harmless})"
    return EFFECT[language].format(caught=caught, stopped=stopped)


def _percent(figure: Figure) -> str:
    return f"{figure.value * 100:.1f}% [{figure.low * 100:.1f}, {figure.high * 100:.1f}]"
