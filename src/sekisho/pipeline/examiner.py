"""The examiner: one text, all guards, one profile."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import ParamSpec, TypeVar

from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.fixed import fixed
from sekisho.core.language import Language
from sekisho.core.text import AT_ONCE, Text
from sekisho.core.verdict import Verdict
from sekisho.guards.inspector import Inspector
from sekisho.guards.model.inquiry import Case
from sekisho.guards.model.panel import Opinion, unsure_areas
from sekisho.guards.protocol import Context
from sekisho.guards.rule_guard import findings as pattern_findings
from sekisho.guards.scanner import Scanner
from sekisho.pipeline.channel import Channel, Decisions, Piece
from sekisho.pipeline.confidential import marked
from sekisho.pipeline.conversation import Conversation
from sekisho.pipeline.escapes import Unescaped
from sekisho.pipeline.joined import LONGEST as PIECE
from sekisho.pipeline.joined import joined
from sekisho.pipeline.placeholders import Placeholders
from sekisho.pipeline.request import TRUSTED
from sekisho.policy.judge import judge
from sekisho.policy.profile import Profile
from sekisho.policy.taxonomy import title

REMEMBERED = 20_000  # code points; longer texts are looked at each time
TURN = 20_000  # code points of short texts after which others get their turn on the event loop
PER_TEXT = 200  # code points that take as long as the fixed work for one text

UNASKED = Opinion()

DIRECT, INDIRECT = "attack.injection.direct", "attack.injection.indirect"

# What may be said of several texts together, and of pieces that are added up.
_JOINED = ("attack", "fault")
_ADDED = (*_JOINED, "harm", "code")

_REPEATED = (Stage.ENTRY, Stage.SOURCE)  # each request of a conversation holds all the earlier ones

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@fixed
class Examined:
    """A whole text after examination.

    Attributes:
        text: what may go on; up to the place where `ended` stands, if it does.
        judged: every finding with its verdict, in order.
        ended: the worst judgement of those that ended the text with more than a mask; None: none did.
        clean: whether no guard found anything at all, whatever the profile.
        pieces: what the text is made of; None: it is as it came.
    """

    text: str
    judged: list[Judged]
    ended: Judged | None
    clean: bool = False
    pieces: Sequence[Piece] | None = None


class Examiner:
    """Examines the texts of one exchange by one profile.

    Attributes:
        placeholders: of this exchange: filled on the way in, read on the way out.
        data: whether the content of a whole answer is JSON by agreement, so that its escapes are undone to look at it.
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
        self._refused = False
        self._confidential = False  # so that model guards outside the organisation are not asked
        self._ahead: dict[tuple[Stage, str], list[Finding]] = {}  # what guards said when marks were looked for
        # In which areas, and between which scores, somebody else may be asked.
        self._unsure: Mapping[str, tuple[float, float]] = profile.unsure if inspector.panel else {}
        self._conversation = Conversation() if inspector.recalls else None
        self.profile = profile
        self.placeholders = placeholders
        self.data = False

    def waits(self, stage: Stage) -> bool:
        """Whether guards other than patterns work at this stage."""
        return self._inspector.waits(stage, patient=self._patient(stage))

    def _patient(self, stage: Stage) -> bool:
        """Whether guards may be asked that read whole sentences of an answer, so that a stream of it has to wait."""
        return stage is not Stage.EXIT or self.profile.patient

    def doubts(self, stage: Stage) -> bool:
        """Whether the profile wants model guards to be asked at this stage where the others are unsure."""
        return bool(self._inspector.panel.areas(stage, self.profile.unsure))

    def channel(self, message: Message, *, worst: Verdict = Verdict.REFUSE, opinion: Opinion = UNASKED) -> Channel:
        """A hold-back buffer for a text that grows. `message.text` is not read.

        Verdicts above `worst` are carried out as if they were `worst`. `opinion` is what model guards say of the text.
        """

        def decide(findings: Sequence[Finding]) -> Sequence[Judged]:
            judged = judge(self.profile, message, _spoken_of(message, opinion.applied(findings)))
            return [one if one.verdict <= worst else replace(one, verdict=worst) for one in judged]

        if message.stage in _REPEATED:
            decisions = Decisions(decide, self._assigned, _nothing)
        else:
            decisions = Decisions(decide, self._named, self.placeholders.restore, self.placeholders.cut)
        channel = Channel(self._scanner(message.stage), decisions)
        channel.add(opinion.findings)
        return channel

    async def opinion(self, message: Message, text: str, findings: Sequence[Finding]) -> Opinion:
        """What model guards say of a whole text, where the profile wants them asked; `findings` are of other guards.

        They get the text as the model behind the checkpoint may: what is masked stays masked, and placeholders are
        not put back. A text that is refused for another reason anyway is not shown to them, nor is any after it.
        """
        areas = self._inspector.panel.areas(message.stage, self._unsure)
        if not areas or message.author in TRUSTED or (self._refused and message.stage in _REPEATED):
            return UNASKED
        judged, masked = await apart(len(text), self._sieved, message, text, findings, areas)
        if any(one.verdict is Verdict.REFUSE and one.finding.area not in areas for one in judged):
            return UNASKED
        self._confidential = self._confidential or marked(judged)
        bands = {area: self._unsure[area] for area in areas}
        bands = unsure_areas(bands, [one.finding for one in judged])
        if not bands:
            return UNASKED
        case = self._case(message, text, masked)
        return await self._inspector.panel.ask(case, message.stage, bands, confidential=self._confidential)

    async def look_ahead(self, messages: Sequence[Message]) -> None:
        """Looks for marks of confidence in all texts of a request, before any is shown to a model guard outside."""
        panel = self._inspector.panel
        if not panel.outside or not any(panel.areas(stage, self.profile.unsure) for stage in Stage):
            return
        for message in messages:
            source = await apart(len(message.text), Unescaped.of, message.text)
            for said in dict.fromkeys((message.text, source.text)):
                if await self._marked(replace(message, text=said)):
                    self._confidential = True
                    return

    async def _marked(self, message: Message) -> bool:
        """Whether a text holds a mark. What steady guards say of it is kept until they are asked again."""
        whole = Text(message.text)
        if self._digest(message, whole) in self._inspector.remembered:
            return False
        findings = await self._ask(message, whole)
        if self._inspector.steady(message.stage):
            self._ahead[message.stage, whole.received] = findings
        return await apart(len(whole), self._is_marked, message, whole, findings)

    def _is_marked(self, message: Message, whole: Text, findings: Sequence[Finding]) -> bool:
        found = pattern_findings(self._scanner(message.stage), whole)
        return marked(judge(self.profile, message, [*found, *findings]))

    def _case(self, message: Message, text: str, masked: str) -> Case:
        """What model guards are shown. A document or a tool's result is no turn of a conversation and stands alone."""
        answer = message.stage not in _REPEATED
        case = Case(masked, answer, length=len(text))
        if self._conversation is None or message.stage is Stage.SOURCE:
            return case
        earlier, question = self._conversation.before(answer=answer, longest=self._inspector.panel.beside)
        return replace(case, question=question, earlier=earlier)

    async def ask(self, message: Message, text: str, *, asked: int = 0) -> list[Finding]:
        """What guards other than patterns say of a text, other spellings of the whole included.

        What ends within the first `asked` code points may be left out.
        """
        return await self._ask(message, Text(text), asked=asked)

    async def examine(self, message: Message, *, earlier: Sequence[str] = ()) -> Examined:
        """Examines a whole text. What a conversation repeats and is known to hold nothing is not looked at again.

        `earlier` are the texts of the same author before this one, the last of the request, oldest first: an order in
        pieces is looked for in all of them together.
        """
        whole = Text(message.text)
        digest = self._digest(message, whole)
        known = bool(digest) and digest in self._inspector.remembered
        findings = [] if known else await self._ask(message, whole)
        opinion = UNASKED
        if self._unsure and not known:
            opinion = await self.opinion(message, message.text, findings)
        findings += await self._across(message, earlier)
        if known and not findings:
            examined = Examined(message.text, [], None, clean=True)
        else:
            examined = await apart(len(message.text), self._examined, message, whole, findings, opinion)
        if digest and examined.clean:
            self._inspector.remembered.add(digest)
        if message.stage not in _REPEATED:
            return examined
        if self._inspector.watches(message.stage):
            more = self._inspector.watched(whole, self._context(message), examined.judged)
            if more:
                findings += more
                examined = await apart(len(whole), self._examined, message, whole, findings, opinion)
        self._keep(message, examined)
        return examined

    def _keep(self, message: Message, examined: Examined) -> None:
        """Keeps in mind what a text of the request means for those after it."""
        ended = examined.ended
        self._refused = self._refused or (ended is not None and ended.verdict is Verdict.REFUSE)
        if self._conversation is not None:
            self._conversation.add(message, examined.text if ended is None else "")

    async def _across(self, message: Message, earlier: Sequence[str]) -> list[Finding]:
        """The surest finding of each area in several texts together, as one over the last of them."""
        if message.stage is not Stage.ENTRY or message.author != "user" or len(message.text) > PIECE:
            return []
        surest: dict[str, Finding] = {}
        for way in joined([*earlier, message.text]):
            whole, areas = Text(way.text), _ADDED if way.added else _JOINED
            seen = [
                one for one in pattern_findings(self._scanner(Stage.ENTRY), whole) if way.crosses(one.start, one.end)
            ]
            if way.assembled and self._inspector.waits(Stage.ENTRY):
                seen += await self._inspector.ask(whole, self._context(message))
            for one in seen:
                if one.area in areas and (one.area not in surest or one.score > surest[one.area].score):
                    surest[one.area] = one
        return [replace(one, start=0, end=len(message.text), note=f"joined/{one.note}") for one in surest.values()]

    def _digest(self, message: Message, whole: Text) -> bytes:
        """What the text is remembered by if nothing is found in it; empty where it must be looked at each time."""
        stage = message.stage
        if stage not in _REPEATED or len(whole) > REMEMBERED or not self._inspector.steady(stage):
            return b""
        always = [area for area, (lowest, _) in self._unsure.items() if lowest <= 0]  # asked without a finding
        if always and self._inspector.panel.areas(stage, always):
            return b""
        # What one profile's own terms and persons do not find, another's may.
        own = self.profile.terms or self.profile.persons
        owner = f"{self._owner}\0{self.profile.digest}" if own else self._owner
        plain = len(whole) <= AT_ONCE and whole.normalised.value is message.text  # so that nothing is encoded twice
        said = whole.encoded if plain else message.text.encode("utf-8", "surrogatepass")
        return self._inspector.remembered.digest(stage, owner, said)

    async def examine_escaped(self, message: Message, *, earlier: Sequence[str] = ()) -> Examined:
        """As `examine`, for JSON source: escapes are undone for inspection and kept where nothing changes."""
        source = await apart(len(message.text), Unescaped.of, message.text)
        examined = await self.examine(replace(message, text=source.text), earlier=earlier)
        if examined.pieces is None:
            return replace(examined, text=message.text)
        return replace(examined, text=await apart(len(message.text), source.rewritten, examined.pieces))

    async def _ask(self, message: Message, whole: Text, *, asked: int = 0) -> list[Finding]:
        if self._ahead and (ahead := self._ahead.pop((message.stage, whole.received), None)) is not None:
            return ahead
        size, stage = len(whole), message.stage  # the text of a message that grows is empty
        self._worked += size + PER_TEXT
        if self._worked > TURN:
            self._worked = 0
            await asyncio.sleep(0)
        findings = await apart(AT_ONCE + 1 if whole.blocks else size, self._inspector.disguised, stage, whole)
        patient = self._patient(stage)
        if self._inspector.waits(stage, patient=patient):
            context = self._context(message, asked=asked)
            findings += await self._inspector.ask(whole, context, patient=patient)
        return findings

    def _scanner(self, stage: Stage) -> Scanner:
        return self._inspector.scanner(stage, self.profile.name)

    def _context(self, message: Message, *, asked: int = 0) -> Context:
        said = () if self._conversation is None else self._conversation.texts
        piecewise = message.stage is Stage.EXIT and self.profile.released != "end"
        return Context(
            message.stage, message.author, self.profile.name, said, self._owner, asked=asked, piecewise=piecewise
        )

    def _examined(self, message: Message, whole: Text, findings: Sequence[Finding], opinion: Opinion) -> Examined:
        value = whole.normalised.value
        matches = self._scanner(message.stage).scan(value, encoded=whole.encoded)
        cut = None if message.stage in _REPEATED else self.placeholders.cut(value)
        if not (matches or findings) and opinion is UNASKED and cut is None:
            return Examined(message.text, [], None, clean=True)  # most texts
        channel = self.channel(message, opinion=opinion)
        channel.add(findings)
        pieces = channel.pass_whole(whole, matches)
        untouched = channel.ended is None and all(piece.plain for piece in pieces)
        if untouched:
            return Examined(message.text, channel.judged, None)
        text = "".join(piece.text for piece in pieces)
        return Examined(text, channel.judged, channel.ended, pieces=pieces)

    def _sieved(
        self, message: Message, text: str, findings: Sequence[Finding], areas: Collection[str]
    ) -> tuple[list[Judged], str]:
        """Everything that is judged, and the text with all masked that is not let through for other reasons."""
        judged: list[Judged] = []

        def decide(found: Sequence[Finding]) -> Sequence[Judged]:
            new = judge(self.profile, message, _spoken_of(message, found))
            judged.extend(new)
            return [
                replace(one, verdict=Verdict.MASK)
                for one in new
                if one.verdict >= Verdict.MASK and one.finding.area not in areas
            ]

        mask = self._assigned if message.stage in _REPEATED else self._named
        channel = Channel(self._scanner(message.stage), Decisions(decide, mask, _nothing))
        channel.add(findings)
        channel.take(text)
        return judged, "".join(piece.text for piece in channel.finish())

    def _assigned(self, finding: Finding, text: str) -> str:
        return self.placeholders.assign(finding.category, text)

    def _named(self, finding: Finding, text: str) -> str:
        return f"[{title(finding.category, self._language)}]"


async def apart(
    size: int, work: Callable[Arguments, Result], *arguments: Arguments.args, **named: Arguments.kwargs
) -> Result:
    """Does some work on a text of `size` code points: in a thread where the event loop would stand still for it."""
    if size > AT_ONCE:
        return await asyncio.to_thread(work, *arguments, **named)
    return work(*arguments, **named)


def _nothing(placeholder: str) -> None:
    return None


def _spoken_of(message: Message, findings: Sequence[Finding]) -> Sequence[Finding]:
    """An order in a document is an indirect attack; what an application's author writes to its model is none."""
    if message.stage is Stage.SOURCE and any(finding.category == DIRECT for finding in findings):
        return [replace(one, category=INDIRECT) if one.category == DIRECT else one for one in findings]
    if message.author not in TRUSTED:
        return findings
    return [finding for finding in findings if not (finding.within("attack") or finding.within("harm"))]
