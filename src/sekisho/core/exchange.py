"""The exchange: one request and its answer, made at the door and carried through."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sekisho.core.finding import LIKELY, Finding
from sekisho.core.language import Language
from sekisho.core.verdict import Verdict


class Stage(Enum):
    """Where a text is on its way. A guard states the stages it works at, a profile judges each apart."""

    ENTRY = "entry"  # person to model
    SOURCE = "source"  # documents and tool results to model
    ACTION = "action"  # model to tool
    EXIT = "exit"  # model to person

    __hash__ = object.__hash__  # members are compared by identity; Enum hashes names, in Python


@dataclass(frozen=True, slots=True)
class Message:
    """A piece of text on its way, with the place it stands in.

    Attributes:
        stage: which rules of the profile judge it.
        author: who wrote it: `system`, `user`, `assistant`, `tool`, or `caller` for parts such as tool definitions.
        text: the text as received.
        path: keys and indexes from the top of the JSON body to the string.
    """

    stage: Stage
    author: str
    text: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding together with the rule that judged it."""

    finding: Finding
    stage: Stage
    verdict: Verdict
    rule: str  # e.g. "citizens-desk: entry.privacy → mask"
    path: tuple[str | int, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether records and people are told of it: something follows from it, or it is likelier right than not.

        A guard that gives probabilities gives a small one to nearly every text; that is no finding to hold against it.
        """
        return self.verdict is not Verdict.PASS or self.finding.score >= LIKELY


@dataclass(slots=True)
class Exchange:
    """One request and its answer. Each step of the pipeline adds to it; none takes anything away.

    Attributes:
        id: 26 characters, sortable by time (ULID).
        started_ms: Unix time in milliseconds when the request was at the door.
        key: name of the API key that sent it, never the key.
        body: the request as decoded JSON; step 3 replaces masked strings in a copy that goes to the model.
        seen: salted digest of that copy; empty where the model sees the request as it came.
    """

    id: str
    started_ms: int
    key: str
    profile: str
    language: Language
    body: dict[str, Any]
    model: str = ""
    judged: list[Judged] = field(default_factory=list)
    verdict: Verdict = Verdict.PASS
    finish: str = ""
    seen: str = ""

    def add(self, judged: Judged) -> None:
        """Adds one judged finding; the exchange's verdict only ever worsens."""
        self.judged.append(judged)
        self.verdict = max(self.verdict, judged.verdict)

    @property
    def categories(self) -> list[str]:
        """What was found in it, sorted: the categories of the findings that count."""
        return sorted({one.finding.category for one in self.judged if one.counts})

    @property
    def streamed(self) -> bool:
        """Whether the caller asked for server-sent events."""
        return self.body.get("stream") is True
