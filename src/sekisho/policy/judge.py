"""Judging: what a profile says about findings."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.language import Language
from sekisho.core.verdict import Verdict
from sekisho.policy.profile import Profile, Rule

# The ends of rules by which nothing follows from a finding, since the answer was mended.
TAKEN_OUT = "answer → taken out"
ASKED_AGAIN = "answer.again → asked again"


def judge(profile: Profile, message: Message, findings: Sequence[Finding]) -> list[Judged]:
    """One judgement for each finding, in their order.

    The longest prefix that holds the category decides which rules speak; of those the score reaches, the worst counts.
    A further finding or a lower threshold never makes the worst verdict milder.
    """
    return [_judged(profile, message, finding) for finding in findings]


def worst(judged: Iterable[Judged]) -> Verdict:
    """The verdict that counts; `PASS` where nothing was found."""
    return max((one.verdict for one in judged), default=Verdict.PASS)


def outermost(judged: Iterable[Judged]) -> list[Judged]:
    """What several guards saw alike told once: findings within another of the same category are joined with it.

    Of those that are joined the highest score and the worst verdict count. The order is kept.
    """
    told: dict[int, Judged] = {}
    around: dict[tuple[object, ...], list[int]] = {}
    for number, one in sorted(enumerate(judged), key=_widest):
        finding = one.finding
        wider = around.setdefault((one.stage, one.path, finding.category), [])
        wider[:] = [other for other in wider if told[other].finding.end > finding.start]
        outer = next((other for other in wider if finding.end <= told[other].finding.end), None)
        if outer is None:
            wider.append(number)
            told[number] = one
        else:
            told[outer] = _joined(told[outer], one)
    return [told[number] for number in sorted(told)]


def _joined(outer: Judged, inner: Judged) -> Judged:
    worse = max(outer, inner, key=lambda one: (one.verdict, one.finding.score))
    score = max(outer.finding.score, inner.finding.score)
    return replace(worse, finding=replace(outer.finding, score=score))


def replacement(profile: Profile, judged: Iterable[Judged], language: Language) -> str | None:
    """The reviewed text of the first `REPLACE` among the judgements; None where there is none."""
    for one in judged:
        if one.verdict is not Verdict.REPLACE:
            continue
        for rule in profile.steps(one.stage, one.finding.category):
            if rule.name == one.rule and rule.text is not None:
                return rule.text[language]
    return None


def cut(what: str) -> Judged:
    """What the stop switch does to an exchange under way: the rest of its answer is refused. `what` was stopped."""
    finding = Finding(0, 0, "fault.stopped", 1.0, "pipeline", "stop switch")
    return Judged(finding, Stage.EXIT, Verdict.REFUSE, f"stop: {what}")


def mended(profile: Profile, judged: Iterable[Judged], way: str) -> list[Judged]:
    """The same findings where an answer was mended, so that nobody gets what they speak of. `way` is an end above."""
    return [replace(one, verdict=Verdict.PASS, rule=f"{profile.name}: {way}") for one in judged]


def _judged(profile: Profile, message: Message, finding: Finding) -> Judged:
    steps = profile.steps(message.stage, finding.category)
    reached = [rule for rule in steps if finding.score >= rule.at]
    if reached:
        rule = max(reached, key=_verdict)
        return Judged(finding, message.stage, rule.verdict, rule.name, message.path)
    return Judged(finding, message.stage, Verdict.PASS, _silence(profile, message.stage, steps), message.path)


def _silence(profile: Profile, stage: Stage, steps: tuple[Rule, ...]) -> str:
    """Why nothing followed: the score was too low, or no rule names the category."""
    where = f"{steps[0].prefix} < {steps[0].at:g}" if steps else "*"
    return f"{profile.name}: {stage.value}.{where} → pass"


def _widest(numbered: tuple[int, Judged]) -> tuple[int, int, float]:
    finding = numbered[1].finding
    return finding.start, -finding.end, -finding.score


def _verdict(rule: Rule) -> Verdict:
    return rule.verdict
