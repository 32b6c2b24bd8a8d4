"""The examiner: one text, all guards, one profile."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.language import Language
from sekisho.core.text import Text
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.protocol import Context
from sekisho.pipeline.channel import Channel, Decisions, Piece
from sekisho.pipeline.escapes import Unescaped
from sekisho.pipeline.placeholders import Placeholders
from sekisho.pipeline.request import TRUSTED
from sekisho.policy.judge import judge
from sekisho.policy.profile import Profile
from sekisho.policy.taxonomy import title

LARGE = 20_000  # code points, which take about 2 ms; longer texts are examined in a thread
TURN = 20_000  # code points of short texts after which others get their turn on the event loop
PER_TEXT = 200  # code points that take as long as the fixed work for one text

_REPEATED = (Stage.ENTRY, Stage.SOURCE)  # each request of a conversation holds all the earlier ones

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Examined:
    """A whole text after examination.

    Attributes:
        text: what may go on; up to the place where `ended` stands, if it does.
        judged: every finding with its verdict, in order.
        ended: the worst judgement of those that ended the text with more than a mask; None: none did.
    """

    text: str
    judged: list[Judged]
    ended: Judged | None


class Examiner:
    """Examines the texts of one exchange by one profile.

    Attributes:
        placeholders: of this exchange: filled on the way in, read on the way out.
    """

    def __init__(
        self,
        inspector: Inspector,
        profile: Profile,
        language: Language,
        placeholders: Placeholders,
        owner: str = "",
    ) -> None:
        """`owner` names the key whose texts these are: what it has sent before may be known to hold nothing."""
        self._inspector = inspector
        self._owner = owner
        self._language: Language = language
        self._worked = 0  # code points since others had their turn
        self.profile = profile
        self.placeholders = placeholders

    @property
    def withholds(self) -> bool:
        """Whether a finding at the exit may replace or hold the whole answer, so that none of it may go out early."""
        rules = self.profile.stages.get(Stage.EXIT, ())
        return any(rule.verdict in (Verdict.REPLACE, Verdict.HOLD) for rule in rules)

    def waits(self, stage: Stage) -> bool:
        """Whether guards other than patterns work at this stage."""
        return self._inspector.waits(stage)

    def channel(self, message: Message, *, worst: Verdict = Verdict.REFUSE) -> Channel:
        """A hold-back buffer for a text that grows. `message.text` is not read.

        Verdicts above `worst` are carried out as if they were `worst`.
        """
        incoming = message.stage in (Stage.ENTRY, Stage.SOURCE)

        def decide(findings: Sequence[Finding]) -> Sequence[Judged]:
            judged = judge(self.profile, message, _spoken_of(message, findings))
            return [one if one.verdict <= worst else replace(one, verdict=worst) for one in judged]

        decisions = Decisions(
            judge=decide,
            mask=self._assigned if incoming else self._named,
            restore=_nothing if incoming else self.placeholders.restore,
        )
        return Channel(self._inspector.scanner(message.stage), decisions)

    async def ask(self, message: Message, text: str) -> list[Finding]:
        """What guards other than patterns say of a text, other spellings of the whole included."""
        return await self._ask(message, Text(text))

    async def examine(self, message: Message) -> Examined:
        """Examines a whole text. What a conversation repeats and is known to hold nothing is not looked at again."""
        digest = b""
        if message.stage in _REPEATED and len(message.text) <= LARGE and not self.waits(message.stage):
            digest = self._inspector.remembered.digest(message.stage, self._owner, message.text)
            if digest in self._inspector.remembered:
                return Examined(message.text, [], None)
        whole = Text(message.text)
        findings = await self._ask(message, whole)
        return await apart(len(whole), self._examined, message, whole, findings, digest)

    async def examine_escaped(self, message: Message) -> Examined:
        """As `examine`, for JSON source: escapes are undone for inspection and kept where nothing changes."""
        source = await apart(len(message.text), Unescaped.of, message.text)
        said = replace(message, text=source.text)
        findings = await self.ask(said, said.text)
        return await apart(len(message.text), self._examined_escaped, said, source, findings)

    async def _ask(self, message: Message, whole: Text) -> list[Finding]:
        self._worked += len(whole) + PER_TEXT
        if self._worked > TURN:
            self._worked = 0
            await asyncio.sleep(0)
        findings = await apart(len(whole), self._inspector.disguised, message.stage, whole)
        if self._inspector.waits(message.stage):
            context = Context(message.stage, message.author, self.profile.name)
            findings += await self._inspector.ask(whole, context)
        return findings

    def _examined(self, message: Message, whole: Text, findings: Sequence[Finding], digest: bytes) -> Examined:
        if not findings and self._inspector.scanner(message.stage).silent(whole.normalised.value, whole.encoded):
            if digest:  # no pattern knows anything in it, whatever the profile
                self._inspector.remembered.add(digest)
            return Examined(message.text, [], None)  # most texts
        pieces, channel = self._passed(message, findings)
        untouched = channel.ended is None and all(piece.plain for piece in pieces)
        text = message.text if untouched else "".join(piece.text for piece in pieces)
        return Examined(text, channel.judged, channel.ended)

    def _examined_escaped(self, said: Message, source: Unescaped, findings: Sequence[Finding]) -> Examined:
        pieces, channel = self._passed(said, findings)
        return Examined(source.rewritten(pieces), channel.judged, channel.ended)

    def _passed(self, message: Message, findings: Sequence[Finding]) -> tuple[list[Piece], Channel]:
        channel = self.channel(message)
        channel.add(findings)
        channel.take(message.text)
        return channel.finish(), channel

    def _assigned(self, finding: Finding, text: str) -> str:
        return self.placeholders.assign(finding.category, text)

    def _named(self, finding: Finding, text: str) -> str:
        return f"[{title(finding.category, self._language)}]"


async def apart(
    size: int, work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """Does some work on a text of `size` code points: in a thread where the event loop would stand still for it."""
    if size > LARGE:
        return await asyncio.to_thread(work, *arguments, **named)
    return work(*arguments, **named)


def _nothing(placeholder: str) -> None:
    return None


def _spoken_of(message: Message, findings: Sequence[Finding]) -> Sequence[Finding]:
    """What an application's author writes into its instructions is no attack on it."""
    if message.author not in TRUSTED:
        return findings
    return [finding for finding in findings if not (finding.within("attack") or finding.within("harm"))]
