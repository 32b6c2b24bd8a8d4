"""gpt-oss-safeguard (20b, 120b): a policy of one's own, in the published form.

Source: OpenAI and ROOST, User guide for gpt-oss-safeguard (cookbook.openai.com, 29 October 2025): the policy is the
system message, the text the user message, and the policy itself says how to answer. Two of the guide's output forms
are understood: "Binary Responses" (`0` or `1`) and "Policy-referencing outputs" (JSON with `violation`, also with
rationale). The length is not limited, as the guide advises: the model reasons first, in a channel of its own.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from sekisho.guards.model.answer import Answer, Malformed, odds
from sekisho.guards.model.inquiry import TOP, Case, Inquiry, Scores, areas_of

_BINARY = re.compile(r"(?P<word>[01])\s*\Z")
_JSON = re.compile(r'"violation"\s*:\s*(?P<word>[01])')
_SHARES = {"1": 1.0, "0": 0.0}


@dataclass(frozen=True, slots=True)
class Safeguard:
    """The format of gpt-oss-safeguard; a violation of `policy` counts as `category`."""

    policy: str
    category: str

    @property
    def categories(self) -> frozenset[str]:
        """What a violation counts as."""
        return frozenset({self.category})

    @property
    def areas(self) -> frozenset[str]:
        """That of the category."""
        return areas_of({self.category})

    def ask(self, case: Case, areas: Collection[str]) -> Sequence[Inquiry]:
        """One request."""
        messages = [{"role": "system", "content": self.policy}, {"role": "user", "content": case.text}]
        return [Inquiry({"messages": messages, "temperature": 0, "logprobs": True, "top_logprobs": TOP}, self.read)]

    def read(self, answer: Answer) -> Scores:
        """What the answer says. Raises `Malformed`."""
        text = answer.text.strip()
        if text in _SHARES:
            return {self.category: odds(answer, text, _BINARY, _SHARES)}
        try:
            word = str(msgspec.json.decode(text, type=_Violation).violation)
        except msgspec.DecodeError as fault:
            raise Malformed("neither 0 or 1 nor JSON with a violation") from fault
        if word not in _SHARES:
            raise Malformed("a violation that is neither 0 nor 1")
        return {self.category: odds(answer, word, _JSON, _SHARES)}


class _Violation(msgspec.Struct, frozen=True):
    violation: int
