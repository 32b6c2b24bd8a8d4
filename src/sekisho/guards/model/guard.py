"""A model guard: a format, the model that is asked in it, and how its answers become probabilities."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sekisho.core.exchange import Stage
from sekisho.guards.model.answer import Answer, Malformed
from sekisho.guards.model.inquiry import Case, Format, Inquiry, Scores

Complete = Callable[[str, Mapping[str, Any], bool], Awaitable[bytes]]
"""Asks the model of a name: the body, and whether it is a raw prompt. The payload of a 200; raises what went wrong."""

STRETCHES = 16  # parts in which a long text is judged at most; a longer one makes the guard fail
OVERLAP = 200  # code points that neighbouring parts share
BESIDE = 2  # times `longest` that is read of what is shown beside a text, so that no mark of a format is cut in two
TOO_LONG = "the text is too long for this guard"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling: probability = 1 / (1 + exp(-(a · log-odds + b))).

    Source: J. Platt, Probabilistic Outputs for Support Vector Machines, 1999.
    """

    a: float = 1.0
    b: float = 0.0

    def score(self, value: float) -> float:
        """The probability for log-odds, in [0, 1]."""
        return 0.5 + 0.5 * math.tanh((self.a * value + self.b) / 2)


@dataclass(frozen=True, slots=True)
class ModelGuard:
    """Asks one model about a text.

    Attributes:
        model: its name in the settings.
        budget_s: seconds for all requests about one text.
        longest: code points of a text in one request, and of what is shown beside it.
        inside: whether it may be shown what is marked as confidential.
    """

    name: str
    format: Format
    model: str
    complete: Complete
    calibration: Calibration
    stages: frozenset[Stage]
    budget_s: float
    longest: int
    inside: bool = True

    async def ask(self, case: Case, areas: Collection[str]) -> dict[str, float]:
        """The probability of each category in these areas that the model speaks of; the highest over all stretches.

        Raises `TimeoutError`, `Malformed`, and whatever the model's client raises.
        """
        async with asyncio.timeout(self.budget_s), asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._answer(inquiry))
                for part in self._parts(case)
                for inquiry in self.format.ask(part, areas)
            ]
        scores: dict[str, float] = {}
        for category, value in (item for task in tasks for item in task.result().items()):
            if category.partition(".")[0] in areas:
                scores[category] = max(scores.get(category, 0.0), self.calibration.score(value))
        return scores

    async def _answer(self, inquiry: Inquiry) -> Scores:
        return inquiry.read(Answer.of(await self.complete(self.model, inquiry.body, inquiry.raw)))

    def _parts(self, case: Case) -> list[Case]:
        if len(case.text) > STRETCHES * self.longest:
            raise Malformed(TOO_LONG)
        beside = case.bounded(BESIDE * self.longest).plain().bounded(self.longest)
        parts = stretches(beside.text, self.longest)
        if len(parts) > STRETCHES:
            raise Malformed(TOO_LONG)
        return [replace(beside, text=part) for part in parts]


def stretches(text: str, longest: int) -> list[str]:
    """The text in parts of at most `longest` code points that overlap; each place is inside at least one of them."""
    step = max(1, longest - min(OVERLAP, longest // 2))
    return [text[start : start + longest] for start in range(0, max(1, len(text) - (longest - step)), step)]
