"""What is asked: a text with what is known of it, and the requests that a format makes of it."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sekisho.guards.model.answer import Answer

TOP = 5  # alternatives that are asked for; servers give at least so many
_CONTROL = re.compile(r"<(?=[|/]?[A-Za-z_][A-Za-z_ -]{0,40}[|]?>)")

Scores = Mapping[str, float]  # log-odds by category
Exchanged = tuple[str, str]  # what a person said, and what an AI answered


@dataclass(frozen=True, slots=True)
class Case:
    """A text to be judged.

    Attributes:
        text: as the models behind the checkpoint may see it: what the profile masks is masked.
        by_assistant: whether an AI wrote it; otherwise a person, a document or a tool.
        question: what the person had asked before an AI wrote it; empty where that is not known.
        length: code points of the text as received, which findings span.
        earlier: what was said and answered before that question, or before the text where a person wrote it, oldest
            first; as the models behind the checkpoint may see it.
    """

    text: str
    by_assistant: bool = False
    question: str = ""
    length: int = 0
    earlier: tuple[Exchanged, ...] = ()

    def plain(self) -> "Case":
        """The same, with nothing in it that a model's tokenizer or a format could take for its own marks."""
        earlier = tuple((plain(asked), plain(answered)) for asked, answered in self.earlier)
        return replace(self, text=plain(self.text), question=plain(self.question), earlier=earlier)

    def bounded(self, longest: int) -> "Case":
        """The same with at most `longest` code points beside the text; the newest of what was said is kept."""
        question = self.question[:longest]
        return replace(self, question=question, earlier=newest(self.earlier, longest - len(question)))

    def turns(self) -> list[dict[str, Any]]:
        """As chat messages that take turns. The last is judged: an answer behind its question, or a person's text."""
        before = [one for pair in self.earlier for one in zip(("user", "assistant"), pair, strict=True)]
        if not self.by_assistant:
            before.append(("user", self.text))
        elif self.question:
            before += [("user", self.question), ("assistant", self.text)]
        else:
            before.append(("assistant", self.text))
        return [{"role": role, "content": content} for role, content in before]


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


def newest(earlier: Sequence[Exchanged], longest: int) -> tuple[Exchanged, ...]:
    """The newest of what was said and answered, `longest` code points in all; the oldest kept may lack beginnings."""
    kept: list[Exchanged] = []
    left = longest
    for said, reply in reversed(earlier):
        if left < 2:
            break
        asked = said[-(left // 2) :]
        answered = reply[-(left - len(asked)) :]
        left -= len(asked) + len(answered)
        kept.append((asked, answered))
    return tuple(reversed(kept))


def plain(text: str) -> str:
    """`text` with a space in each `<…>` that could be a mark of a prompt format, such as `<|im_end|>`."""
    return _CONTROL.sub("< ", text)


def sure(body: dict[str, Any], longest: int) -> dict[str, Any]:
    """A chat request that always gets the likeliest answer, of at most `longest` tokens, with its probabilities."""
    return {**body, "max_tokens": longest, "temperature": 0, "logprobs": True, "top_logprobs": TOP}


def areas_of(categories: Collection[str]) -> frozenset[str]:
    """The first parts of dotted names."""
    return frozenset(category.partition(".")[0] for category in categories)
