"""Granite Guardian 3.3 (8B), without thinking, and 3.0 to 3.2 (2B, 3B-A800M, 5B, 8B).

Source: IBM, granite-guardian repository, evaluation/models: granite_guardian_3_3.py and granite_guardian_3.py (2026),
and the cookbooks they name. The model's own chat template writes the prompt; what is looked for goes to it as
`guardian_config`, which servers with `chat_template_kwargs` (vLLM, llama-server) hand on. A server that drops it would
judge harm whatever was asked, so it must be one of these. 3.3 answers `<score> yes </score>` or `no`; the earlier ones
`Yes` or `No`, and 3.2 its confidence in words behind that, which the probability of the word stands for. From
3.2 on, the model cards name the last turn of a conversation among what is judged; 3.0 and 3.1 know prompts and answers.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sekisho.guards.model import granite_guardian
from sekisho.guards.model.answer import Answer, Malformed, odds
from sekisho.guards.model.inquiry import Case, Inquiry, Scores, areas_of, sure

RISKS = {"harm": "harm", "attack.jailbreak": "jailbreak"}
LONGEST = 32
_FORM = re.compile(r"\s*(?P<word>Yes|No)\s*(?:<confidence>\s*[A-Za-z]+\s*</confidence>\s*)?")
_WORD = re.compile(r"\A\s*(?P<word>Yes|No)")
_SHARES = {"yes": 1.0, "no": 0.0}


def _named(risk: str) -> dict[str, Any]:
    return {"guardian_config": {"risk_name": risk}}


def _criterion(risk: str) -> dict[str, Any]:
    return {"guardian_config": {"criteria_id": risk}, "think": False}


@dataclass(frozen=True, slots=True)
class GraniteGuardian3:
    """The format of one of the generations.

    Attributes:
        told: what the chat template gets, by the name of what is looked for.
        read: what the answer says of one category. Raises `Malformed`.
        recalls: whether it judges the last turn of a conversation; otherwise it gets one question and its answer.
    """

    told: Callable[[str], Mapping[str, Any]]
    read: Callable[[Answer, str], Scores]
    recalls: bool

    @property
    def categories(self) -> frozenset[str]:
        """Harm and jailbreaks."""
        return frozenset(RISKS)

    @property
    def areas(self) -> frozenset[str]:
        """The first parts of these."""
        return areas_of(RISKS)

    def ask(self, case: Case, areas: Collection[str]) -> Sequence[Inquiry]:
        """One request for each of the two in these areas."""
        shown = case if self.recalls else replace(case, earlier=())
        return [
            Inquiry(
                sure({"messages": shown.turns(), "chat_template_kwargs": self.told(risk)}, LONGEST),
                self._reader(category),
            )
            for category, risk in RISKS.items()
            if category.partition(".")[0] in areas
        ]

    def _reader(self, category: str) -> Callable[[Answer], Scores]:
        return lambda answer: self.read(answer, category)


def read(answer: Answer, category: str) -> Scores:
    """What an answer of 3.0 to 3.2 says of one category. Raises `Malformed`."""
    form = _FORM.fullmatch(answer.text)
    if form is None:
        raise Malformed("neither Yes nor No")
    return {category: odds(answer, form["word"].lower(), _WORD, _SHARES)}


GENERATION_3_3 = GraniteGuardian3(_criterion, granite_guardian.read, recalls=True)
GENERATION_3_2 = GraniteGuardian3(_named, read, recalls=False)
