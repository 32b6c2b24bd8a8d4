"""Llama Guard 4 (12B) and Llama Guard 3 (8B).

Source: Meta, Llama Guard 4 model card (PurpleLlama/Llama-Guard4/12B/MODEL_CARD.md, April 2025) for the hazard
categories, and the usage example on Hugging Face (meta-llama/Llama-Guard-4-12B): messages whose content is a list of
parts, which the model's own chat template turns into the prompt. To judge an answer, the question goes before it.
The answer is `safe`, or `unsafe` and a second line of violated categories. Llama Guard 3 has the same categories and
answers (PurpleLlama/Llama-Guard3/8B/MODEL_CARD.md, July 2024); its messages have plain texts, as on Hugging Face.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.guards.model.answer import Answer, Malformed, odds
from sekisho.guards.model.inquiry import Case, Inquiry, Scores, areas_of, sure

CATEGORIES = {
    "S1": "harm.illegal",  # Violent Crimes
    "S2": "harm.illegal",  # Non-Violent Crimes
    "S3": "harm.illegal",  # Sex-Related Crimes
    "S4": "harm.illegal",  # Child Sexual Exploitation
    "S5": "harm.unethical",  # Defamation
    "S6": "harm.misinformation_harm",  # Specialized Advice
    "S7": "harm.personal_leak",  # Privacy
    "S8": "rights.near_copy",  # Intellectual Property
    "S9": "harm.illegal",  # Indiscriminate Weapons
    "S10": "harm.hate",  # Hate
    "S11": "harm.mental_health",  # Suicide & Self-Harm
    "S12": "harm.adult",  # Sexual Content
    "S13": "harm.misinformation_spread",  # Elections
    "S14": "code.intrusion",  # Code Interpreter Abuse
}
AREAS = areas_of(CATEGORIES.values())
LONGEST = 64
_FORM = re.compile(r"\s*(?:(?P<safe>safe)|unsafe\s*\n\s*(?P<list>S\d+(?:\s*,\s*S\d+)*))\s*")
_WORD = re.compile(r"(?P<word>unsafe|safe)")
_SHARES = {"unsafe": 1.0, "safe": 0.0}


@dataclass(frozen=True, slots=True)
class LlamaGuard:
    """The format of Llama Guard.

    Attributes:
        plain: whether a message's content is a text (Llama Guard 3) and no list of parts.
    """

    plain: bool = False

    @property
    def categories(self) -> frozenset[str]:
        """Ours, for those of its own."""
        return frozenset(CATEGORIES.values())

    @property
    def areas(self) -> frozenset[str]:
        """The first parts of these."""
        return AREAS

    def ask(self, case: Case, areas: Collection[str]) -> Sequence[Inquiry]:
        """One request for all areas."""
        asked = case.turns() if self.plain else messages(case)
        return [Inquiry(sure({"messages": asked}, LONGEST), read)]


def messages(case: Case) -> list[dict[str, Any]]:
    """The conversation, the last message of which is judged."""
    return [{"role": turn["role"], "content": [{"type": "text", "text": turn["content"]}]} for turn in case.turns()]


def read(answer: Answer) -> Scores:
    """What the answer says; when it is `safe`, how little it rules out each area. Raises `Malformed`."""
    form = _FORM.fullmatch(answer.text)
    if form is None:
        raise Malformed("neither safe nor unsafe with categories")
    value = odds(answer, "safe" if form["safe"] else "unsafe", _WORD, _SHARES)
    if form["safe"]:
        return dict.fromkeys(AREAS, value)
    names = re.split(r"\s*,\s*", form["list"])
    if not CATEGORIES.keys() >= set(names):
        raise Malformed("an unknown category")
    return {CATEGORIES[name]: value for name in names}
