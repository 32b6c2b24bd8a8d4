"""Qwen3Guard-Gen (0.6B, 4B, 8B).

Source: Qwen Team, Qwen3Guard README (github.com/QwenLM/Qwen3Guard, October 2025) and the Qwen3Guard Technical Report
(arXiv:2510.14276): plain chat messages, which the model's own chat template turns into the prompt; the same template
for all sizes. The answer is `Safety: Safe|Controversial|Unsafe`, then `Categories: …`, and for an AI's text
`Refusal: Yes|No`. `Controversial` counts as half a yes: the report treats it as either by strictness. For an AI's
text the README's own example looks for every category but `Jailbreak`.
"""

import re
from collections.abc import Collection, Sequence

from sekisho.guards.model.answer import Answer, Malformed, odds
from sekisho.guards.model.inquiry import Case, Inquiry, Scores, areas_of, sure

CATEGORIES = {
    "Violent": "harm.illegal",
    "Non-violent Illegal Acts": "harm.illegal",
    "Sexual Content or Sexual Acts": "harm.adult",
    "PII": "harm.personal_leak",
    "Suicide & Self-Harm": "harm.mental_health",
    "Unethical Acts": "harm.unethical",
    "Politically Sensitive Topics": "harm.disinformation_aid",  # "deliberate creation or spread of false information"
    "Copyright Violation": "rights.near_copy",
    "Jailbreak": "attack.jailbreak",  # of what a person wrote only
}
LONGEST = 128  # as in the published example
_FORM = re.compile(
    r"\s*Safety: ?(?P<word>Safe|Unsafe|Controversial)\s*\n\s*Categories: ?(?P<list>[^\n]+?)\s*"
    r"(?:\n\s*Refusal: ?(?:Yes|No)\s*)?"
)
_WORD = re.compile(r"Safety: ?(?P<word>[A-Z])")
_SHARES = {"unsafe": 1.0, "controversial": 0.5, "safe": 0.0}


class Qwen3Guard:
    """The format of Qwen3Guard-Gen."""

    categories = frozenset(CATEGORIES.values())
    areas = areas_of(CATEGORIES.values())

    def ask(self, case: Case, areas: Collection[str]) -> Sequence[Inquiry]:
        """One request for all areas."""
        return [Inquiry(sure({"messages": case.turns()}, LONGEST), read)]


def read(answer: Answer) -> Scores:
    """What the answer says; when it names no category, how little it rules out each area. Raises `Malformed`."""
    form = _FORM.fullmatch(answer.text)
    if form is None:
        raise Malformed("not Safety and Categories")
    word = form["word"].lower()
    value = odds(answer, word, _WORD, _SHARES)
    names = set(re.split(r"\s*,\s*", form["list"]))
    if names == {"None"} and word == "safe":
        return dict.fromkeys(Qwen3Guard.areas, value)
    if not CATEGORIES.keys() >= names:
        raise Malformed("categories that are unknown or do not fit")
    return {CATEGORIES[name]: value for name in names}
