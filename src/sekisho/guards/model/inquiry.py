"""What is asked: a text with what is known of it, and the requests that a format makes of it."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sekisho.guards.model.answer import Answer

TOP = 5  # alternatives that are asked for; servers give at least so many
_CONTROL = re.compile(r"<(?=[|/]?[A-Za-z_][A-Za-z_ -]{0,40}[|]?>)")

Scores = Mapping[str, float]  # log-odds by category


@dataclass(frozen=True, slots=True)
class Case:
    """A text to be judged.

    Attributes:
        text: as the models behind the checkpoint may see it: what the profile masks is masked.
        by_assistant: whether an AI wrote it; otherwise a person, a document or a tool.
        question: what the person had asked before an AI wrote it; empty where that is not known.
        length: code points of the text as received, which findings span.
    """

    text: str
    by_assistant: bool = False
    question: str = ""
    length: int = 0

    def plain(self) -> "Case":
        """The same, with nothing in it that a model's tokenizer or a format could take for its own marks."""
        return replace(self, text=plain(self.text), question=plain(self.question))

    def turns(self) -> list[dict[str, Any]]:
        """As chat messages: the question and the answer, or what a person wrote."""
        if not self.by_assistant:
            return [{"role": "user", "content": self.text}]
        asked = [{"role": "user", "content": self.question}] if self.question else []
        return [*asked, {"role": "assistant", "content": self.text}]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One request about a case.

    Attributes:
        body: the request, but for the model.
        read: what its answer says. Raises `Malformed`.
        raw: whether it is a prompt for `/v1/completions`; otherwise messages for `/v1/chat/completions`.
    """

    body: Mapping[str, Any]
    read: Callable[[Answer], Scores]
    raw: bool = False


class Format(Protocol):
    """A way to ask a model that judges texts."""

    @property
    def categories(self) -> frozenset[str]:
        """The categories it speaks of."""
        ...

    @property
    def areas(self) -> frozenset[str]:
        """The first parts of these."""
        ...

    def ask(self, case: Case, areas: Collection[str]) -> Sequence[Inquiry]:
        """The requests that are needed to judge a case in these areas, at least one of which is among its own."""
        ...


def plain(text: str) -> str:
    """`text` with a space in each `<…>` that could be a mark of a prompt format, such as `<|im_end|>`."""
    return _CONTROL.sub("< ", text)


def sure(body: dict[str, Any], longest: int) -> dict[str, Any]:
    """A chat request that always gets the likeliest answer, of at most `longest` tokens, with its probabilities."""
    return {**body, "max_tokens": longest, "temperature": 0, "logprobs": True, "top_logprobs": TOP}


def areas_of(categories: Collection[str]) -> frozenset[str]:
    """The first parts of dotted names."""
    return frozenset(category.partition(".")[0] for category in categories)
