"""The guards for intent: they tell attacks and harm from what only sounds like them.

A linear model (linear.npz) reads every text. Where it is unsure, and `sekisho[meaning]` is installed, a second opinion
decides (guards/meaning.py), if it comes in time. The first is made by training/train.py from what stands in
training/data/ and training/public/. In what documents and tools say, tasks for an AI are looked for as well
(guards/task.py). What is hidden in encoded runs, unseen characters, letters set apart and drawings is read besides the
text as it stands. They err on irony, on intent that stands between the lines, and on topics that nobody wrote training
lines for.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import log
from pathlib import Path

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import AT_ONCE, Text
from sekisho.core.view import View
from sekisho.guards import meaning, task
from sekisho.guards.linear import LinearModel, Scored, japanese
from sekisho.guards.meaning import Meant, SecondOpinion
from sekisho.guards.protocol import Context, Later
from sekisho.guards.task import Read, TaskReader
from sekisho.guards.weights import Floats

LEAST = 0.05  # a score below it is no finding
# Of so few characters, without and with Japanese ones, the linear model has too little to be sure that one is harmful.
SHORT = (48, 24)
PLANTED = "attack.injection.indirect"  # a task for an AI in a document


@dataclass(frozen=True, slots=True)
class Subject:
    """What a guard for intent knows something about.

    Attributes:
        unsure: its areas, and the scores between which a second opinion is asked: few texts below are harmful, hardly
            one above is not. It is the lower bounds that decide how often ordinary texts wait for it.
        kinds: what a text can be at each stage: a person gives orders, a document hides them, an answer gives none.
        weights: of the linear model.
    """

    unsure: Mapping[str, tuple[float, float]]
    kinds: Mapping[Stage, Sequence[str]]
    weights: Path

    @property
    def areas(self) -> tuple[str, ...]:
        """Their names, in the order of the weights."""
        return tuple(self.unsure)

    def second(self) -> SecondOpinion | None:
        """The second opinion; None where there are no embeddings on this machine."""
        return meaning.second(self.areas) if meaning.installed() else None


UNSURE = {"attack": (0.2, 0.95), "harm": (0.35, 0.95)}
HOSTILE = Subject(
    UNSURE,
    {
        Stage.ENTRY: (
            "attack.injection.direct",
            "attack.jailbreak",
            "attack.prompt_leak",
            "attack.obfuscation",
            "harm",
        ),
        Stage.SOURCE: (PLANTED, "attack.jailbreak", "attack.obfuscation", "harm"),
        Stage.EXIT: ("harm",),
    },
    Path(__file__).with_name("linear.npz"),
)


@dataclass(frozen=True, slots=True)
class First:
    """What the linear models say of a text.

    Attributes:
        raw, places: the areas' scores before calibration of all stretches, and the stretches.
        scored: probabilities by area.
        kinds: probabilities by category; empty where no area has a score to speak of.
        read: what the sentences of a document ask for; None: it is none, or holds no sentence.
        unsure: areas in which a second opinion is wanted.
    """

    raw: Floats
    places: Sequence[tuple[int, int]]
    scored: Mapping[str, Scored]
    kinds: Mapping[str, Scored]
    read: Read | None
    unsure: tuple[str, ...]

    @property
    def asks(self) -> bool:
        """Whether a second opinion is wanted."""
        return bool(self.unsure) or self.asks_of_tasks

    @property
    def asks_of_tasks(self) -> bool:
        """Whether it is wanted on the tasks in a document."""
        return self.read is not None and task.UNSURE[0] <= self.read.first.score <= task.UNSURE[1]


@dataclass(frozen=True, slots=True)
class Settled:
    """The second opinion, as far as it was asked.

    Attributes:
        meant: by area; None: it came too late.
        planted: on the tasks in a document; None: it was not asked, or came too late.
        late: whether it came too late.
    """

    meant: Mapping[str, Meant | None] = field(default_factory=dict[str, Meant | None])
    planted: Scored | None = None
    late: bool = False


@dataclass(frozen=True)
class IntentGuard:
    """One finding for each area of its subject: its score, and the kind that fits best.

    Attributes:
        second: asked where the linear models are unsure; None, or where it comes too late: their word stands.
        tasks: reads documents for tasks.
    """

    name: str = "intent"
    stages: frozenset[Stage] = frozenset((Stage.ENTRY, Stage.SOURCE))
    subject: Subject = HOSTILE
    steady: bool = True
    patient: bool = False
    second: SecondOpinion | None = field(default_factory=HOSTILE.second)
    tasks: TaskReader = field(default_factory=task.reader)

    @property
    def model(self) -> LinearModel:
        """The weights, read when first needed."""
        return _model(self.subject.weights)

    def tells(self, stage: Stage) -> Collection[str]:
        """The kinds that the weights know and a text can be at this stage."""
        return [kind for area in self.subject.areas for kind in self._kinds(area, stage)]

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """What the models see, also in hidden words; at most one finding for each area. Without letters, no intent."""
        begun = self.begin(text, context)
        return await begun() if callable(begun) else begun

    def begin(self, text: Text, context: Context) -> Sequence[Finding] | Later:
        """As `inspect`, where a text is short and the linear models are sure; else the rest of the work."""
        if len(text.normalised.value) <= AT_ONCE and not text.blocks and not text.hidden:
            return self._begin(text, context)
        until = meaning.until(context.budget_s)

        async def read() -> Sequence[Finding]:
            hidden = await asyncio.to_thread(lambda: [_placed(view) for view in text.hidden])
            plain = _plain(text)
            begun = [self._begin(one, context, until) for one in (*plain, *(Text(view.value) for view in hidden))]
            told = await asyncio.gather(*map(_done, begun))
            return _surest(told[0] if plain else [], zip(hidden, told[len(plain) :], strict=True))

        return read

    def _begin(self, text: Text, context: Context, until: float | None = None) -> Sequence[Finding] | Later:
        """As `begin`, without what is hidden; `until` as in `_told`."""
        value = text.normalised.value
        if not value or value.isspace():
            return []
        if len(value) <= AT_ONCE:
            return self._told(text, context, self._first(value, context.stage), until)

        async def read() -> Sequence[Finding]:
            first = await asyncio.to_thread(lambda: self._first(_placed(text.normalised).value, context.stage))
            return await _done(self._told(text, context, first, until))

        return read

    def _told(
        self, text: Text, context: Context, first: First, until: float | None = None
    ) -> Sequence[Finding] | Later:
        """What the linear models say, where they are sure; else the second opinion, yet to come.

        `until`: when that is late, by the loop's clock; None: its part of the time begins when it is asked.
        """
        value, second = text.normalised.value, self.second
        if second is None or not first.asks:
            return list(self._findings(text, context.stage, first, Settled()))

        async def settled() -> Sequence[Finding]:
            loop = asyncio.get_running_loop()
            try:
                # What has not begun by then is not begun any more, so that the queue of a busy process empties. With
                # `wait_for`, a loop that stood still would find the guards' whole time gone before this is done.
                async with asyncio.timeout_at(until or meaning.until(context.budget_s)):
                    more = await loop.run_in_executor(second.thread, self._settled, value, context.stage, first, second)
            except TimeoutError:
                more = Settled(dict.fromkeys(first.unsure), late=True)
            return list(self._findings(text, context.stage, first, more))

        return settled

    def asks(self, text: Text, stage: Stage) -> bool:
        """Whether the linear models leave this text to a second opinion."""
        values = [*(one.normalised.value for one in _plain(text)), *(view.value for view in text.hidden)]
        return any(value and not value.isspace() and self._first(value, stage).asks for value in values)

    def _first(self, value: str, stage: Stage) -> First:
        model = self.model
        raw, places = model.raw(value)
        script = japanese(value)
        told = dict(zip(model.heads, model.told(raw, places, japanese=script), strict=True))
        scored = {area: told[area] for area in self.subject.areas}
        short = len(value) <= SHORT[script]
        unsure = tuple(
            area
            for area, (low, high) in self.subject.unsure.items()
            if self._kinds(area, stage) and low <= scored[area].score <= (1.0 if short else high)
        )
        telling = unsure or any(one.score >= LEAST for one in scored.values())
        raw = raw[:, [model.heads.index(area) for area in scored]]
        return First(
            raw,
            places,
            scored,
            told if telling else {},
            self.tasks.read(value) if stage is Stage.SOURCE else None,
            unsure,
        )

    def _settled(self, value: str, stage: Stage, first: First, second: SecondOpinion) -> Settled:
        """What the second opinion says where the first is unsure; takes some hundredths of a second."""
        meant: Mapping[str, Meant] = {}
        if first.unsure:
            meant = second.scores(value, first.raw, first.places, source=stage is Stage.SOURCE)
        asked = first.read if first.asks_of_tasks else None
        planted = None if asked is None else self.tasks.again(value, asked, second)
        return Settled({area: meant[area] for area in first.unsure}, planted)

    def _findings(self, text: Text, stage: Stage, first: First, settled: Settled) -> Iterator[Finding]:
        planted = settled.planted or (first.read.first if first.read is not None else None)
        for area in self.subject.areas:
            kinds = self._kinds(area, stage)
            meant = settled.meant.get(area)
            score, start, end = meant.scored if meant else first.scored[area]
            note = "meaning" if meant else "linear, late" if area in settled.meant else "linear"
            by_task = planted if area == "attack" and planted is not None and planted.score > score else None
            if by_task:
                score, start, end = by_task
                note = "task, kernel" if settled.planted else "task, linear"
            # A text on which the second opinion is still out must not pass for one in which nothing was found: such
            # a text is not looked at again.
            asked = area in first.unsure or (area == "attack" and first.asks_of_tasks)
            if kinds and (score >= LEAST or (settled.late and asked)):
                told = first.kinds and not by_task
                kind = _fitting(kinds, first.kinds, meant.fits if meant else {}) if told else PLANTED
                yield Finding(*text.normalised.received(start, end), kind, round(score, 4), self.name, note)

    def _kinds(self, area: str, stage: Stage) -> tuple[str, ...]:
        """The kinds of an area that a text can be at this stage."""
        return _kinds(self.model.heads, area, tuple(self.subject.kinds.get(stage, ())))


def _plain(text: Text) -> list[Text]:
    """The text as it stands; none where drawn letters were read: their strokes say nothing, and look like an attack.

    A view of what is hidden holds all the rest of such a text too.
    """
    return [] if text.drawn else [text]


def _placed(view: View) -> View:
    """The view, with the places of its code points worked out: of a long text the event loop would wait for that."""
    view.received(0, 0)
    return view


async def _done(begun: Sequence[Finding] | Later) -> Sequence[Finding]:
    return await begun() if callable(begun) else begun


def _surest(plain: Sequence[Finding], hidden: Iterable[tuple[View, Sequence[Finding]]]) -> list[Finding]:
    """The surest finding of each area, in a text as it stands and in views of what is hidden in it."""
    surest = {one.area: one for one in plain}
    for view, told in hidden:
        for one in told:
            known = surest.get(one.area)
            if known is None or one.score > known.score:
                start, end = view.received(one.start, one.end)
                surest[one.area] = replace(one, start=start, end=end, note=f"{view.name}/{one.note}")
    return list(surest.values())


def _fitting(kinds: Sequence[str], scored: Mapping[str, Scored], fits: Mapping[str, float]) -> str:
    """The kind that fits best, by both opinions where there are two."""
    return max(kinds, key=lambda name: log(max(scored[name].score, 1e-9)) + fits.get(name, 0.0))


@cache
def _model(path: Path) -> LinearModel:
    return LinearModel.load(path)


@cache
def _kinds(names: tuple[str, ...], area: str, possible: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these heads that belong to an area and are one of what is possible, or below it."""
    here = [name for name in names if _below(name, area)]
    return tuple(name for name in here if any(name == kind or _below(name, kind) for kind in possible))


def _below(name: str, above: str) -> bool:
    return name.startswith(f"{above}.")


intent = IntentGuard()
# What an AI answers; a guard of its own, since a stream has to go out sentence by sentence for it.
answers = IntentGuard("answers", frozenset((Stage.EXIT,)), patient=True)
