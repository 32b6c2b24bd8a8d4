"""The examiner: one text, all guards, one profile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.language import Language
from sekisho.core.text import Text
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.protocol import Context
from sekisho.pipeline.channel import Channel, Decisions, Piece
from sekisho.pipeline.escapes import Escapes, escaped
from sekisho.pipeline.placeholders import Placeholders
from sekisho.pipeline.request import TRUSTED
from sekisho.policy.judge import judge
from sekisho.policy.profile import Profile
from sekisho.policy.taxonomy import title


@dataclass(frozen=True, slots=True)
class Examined:
    """A whole text after examination.

    Attributes:
        text: what may go on; up to the place where `ended` stands, if it does.
        judged: every finding with its verdict, in order.
        ended: the finding that ended the text with more than a mask; None: none did.
    """

    text: str
    judged: list[Judged]
    ended: Judged | None


class Examiner:
    """Examines the texts of one exchange by one profile.

    Attributes:
        placeholders: of this exchange: filled on the way in, read on the way out.
    """

    def __init__(self, inspector: Inspector, profile: Profile, language: Language, placeholders: Placeholders) -> None:
        self._inspector = inspector
        self._language: Language = language
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

    async def _ask(self, message: Message, whole: Text) -> list[Finding]:
        findings = self._inspector.disguised(message.stage, whole)
        if self._inspector.waits(message.stage):
            context = Context(message.stage, message.author, self.profile.name)
            findings += await self._inspector.ask(whole, context)
        return findings

    async def examine(self, message: Message) -> Examined:
        """Examines a whole text."""
        whole = Text(message.text)
        findings = await self._ask(message, whole)
        if not findings and self._inspector.scanner(message.stage).silent(whole.normalised.value):
            return Examined(message.text, [], None)  # most texts
        channel = self.channel(message)
        channel.add(findings)
        channel.take(message.text)
        pieces = channel.finish()
        text = message.text if _untouched(pieces, channel) else "".join(piece.text for piece in pieces)
        return Examined(text, channel.judged, channel.ended)

    async def examine_escaped(self, message: Message) -> Examined:
        """As `examine`, for JSON source: escapes are undone for inspection and kept where nothing changes."""
        if "\\" not in message.text:
            return await self.examine(message)
        escapes = Escapes()
        units = escapes.feed(message.text) + escapes.finish()
        said = Message(message.stage, message.author, "".join(meaning for meaning, _ in units), message.path)
        channel = self.channel(said)
        channel.add(await self.ask(said, said.text))
        channel.take(said.text)
        parts = [
            "".join(source for _, source in units[piece.start : piece.end]) if piece.plain else escaped(piece.text)
            for piece in channel.finish()
        ]
        return Examined("".join(parts), channel.judged, channel.ended)

    def _assigned(self, finding: Finding, text: str) -> str:
        return self.placeholders.assign(finding.category, text)

    def _named(self, finding: Finding, text: str) -> str:
        return f"[{title(finding.category, self._language)}]"


def _nothing(placeholder: str) -> None:
    return None


def _untouched(pieces: Sequence[Piece], channel: Channel) -> bool:
    return channel.ended is None and all(piece.plain for piece in pieces)


def _spoken_of(message: Message, findings: Sequence[Finding]) -> Sequence[Finding]:
    """What an application's author writes into its instructions is no attack on it."""
    if message.author not in TRUSTED:
        return findings
    return [finding for finding in findings if not (finding.within("attack") or finding.within("harm"))]
