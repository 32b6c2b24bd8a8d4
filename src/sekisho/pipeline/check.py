"""Checking a text by a profile, without a model."""

from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.language import Language
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.model.panel import Opinion
from sekisho.pipeline.examiner import Examiner, apart
from sekisho.pipeline.placeholders import Placeholders
from sekisho.policy.judge import judge, outermost, worst
from sekisho.policy.profile import Profile

AUTHORS = {Stage.ENTRY: "user", Stage.SOURCE: "tool", Stage.ACTION: "assistant", Stage.EXIT: "assistant"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check says.

    Attributes:
        verdict: the worst one.
        judged: the findings with their verdicts, in order of place; what two guards saw alike stands there once.
        masked: the text with everything replaced that would be masked or stopped.
    """

    verdict: Verdict
    judged: list[Judged]
    masked: str


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks texts."""

    inspector: Inspector

    async def check(self, text: str, stage: Stage, profile: Profile, language: Language) -> Checked:
        """What `profile` says of `text` at `stage`."""
        message = Message(stage, AUTHORS[stage], text, ("text",))
        examiner = Examiner(self.inspector, profile, language, Placeholders([text]))
        findings = await examiner.ask(message, text)
        opinion = await examiner.opinion(message, text, findings)
        return await apart(len(text), _checked, examiner, message, findings, opinion)


def _checked(examiner: Examiner, message: Message, findings: Sequence[Finding], opinion: Opinion) -> Checked:
    channel = examiner.channel(message, worst=Verdict.MASK, opinion=opinion)
    channel.add(findings)
    channel.take(message.text)
    masked = "".join(piece.text for piece in channel.finish())
    judged = outermost(judge(examiner.profile, message, sorted(one.finding for one in channel.judged)))
    return Checked(worst(judged), judged, masked)
