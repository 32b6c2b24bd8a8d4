"""What a model answered: its text, and how likely the words were that decide."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

BY_WORD = 3.0  # log-odds that a word without a probability stands for: about 0.95
WIDEST = 20.0  # log-odds beyond which nobody is surer


class Malformed(ValueError):
    """The answer is not in the format of its model. Says nothing of what the answer was: it may quote the text."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an answer, and the natural logarithm of the probability of each that could have stood there."""

    text: str
    logprobs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `tokens` is empty where the server tells no probabilities."""

    text: str
    tokens: tuple[Token, ...] = ()

    @classmethod
    def of(cls, payload: bytes) -> "Answer":
        """Reads an unstreamed answer of `/v1/chat/completions` or `/v1/completions`. Raises `Malformed`."""
        try:
            choice = msgspec.json.decode(payload, type=_Completion).choices[0]
        except (msgspec.DecodeError, IndexError) as fault:
            raise Malformed("not a completion") from fault
        text = choice.text if choice.message is None else choice.message.content
        if text is None:
            raise Malformed("no text")
        return cls(text, () if choice.logprobs is None else choice.logprobs.read())


class _Alternative(msgspec.Struct, frozen=True):
    token: str
    logprob: float


class _Token(msgspec.Struct, frozen=True):
    token: str
    top_logprobs: list[_Alternative] = []


class _Logprobs(msgspec.Struct, frozen=True):
    """`content` is the form of chats; the others are the older form of plain completions."""

    content: list[_Token] | None = None
    tokens: list[str] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None

    def read(self) -> tuple[Token, ...]:
        if self.content is not None:
            return tuple(
                Token(one.token, {other.token: other.logprob for other in one.top_logprobs}) for one in self.content
            )
        pairs = zip(self.tokens or (), self.top_logprobs or (), strict=False)
        return tuple(Token(token, logprobs or {}) for token, logprobs in pairs)


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message | None = None
    text: str | None = None
    logprobs: _Logprobs | None = None


class _Completion(msgspec.Struct, frozen=True):
    choices: Sequence[_Choice]


def odds(answer: Answer, word: str, where: re.Pattern[str], shares: Mapping[str, float]) -> float:
    """The log-odds of a yes, in [-20, 20]: by the probabilities of the words that could have decided, or by `word`.

    `shares` says how much of a yes each lower-case word is: 1.0, 0.0 or between. The token in question is that in
    which the group `word` of the last match of `where` begins. A token counts for the one word it could begin.
    """
    value = weighed(_told(answer.tokens, where), shares)
    return (2.0 * shares[word] - 1.0) * BY_WORD if value is None else value


def weighed(logprobs: Mapping[str, float], shares: Mapping[str, float]) -> float | None:
    """The log-odds of a yes, in [-20, 20], among the tokens that count for a word; None where there is none."""
    yes = no = 0.0
    for text, logprob in logprobs.items():
        share = _share(text, shares)
        if share is not None:
            chance = math.exp(min(logprob, 0.0))
            yes += share * chance
            no += (1.0 - share) * chance
    return max(-WIDEST, min(WIDEST, _log(yes) - _log(no))) if yes + no > 0.0 else None


def _log(chance: float) -> float:
    return math.log(chance) if chance > 0.0 else -WIDEST * 2


def _told(tokens: Sequence[Token], where: re.Pattern[str]) -> Mapping[str, float]:
    """The alternatives at the token that decides; empty where there is none."""
    found = list(where.finditer("".join(token.text for token in tokens)))
    if not found:
        return {}
    left = found[-1].start("word")
    for token in tokens:
        if left < len(token.text):
            return token.logprobs
        left -= len(token.text)
    return {}


def _share(token: str, shares: Mapping[str, float]) -> float | None:
    text = token.strip(" \n\t\"'.,:*").lower()
    meant = {share for word, share in shares.items() if text and word.startswith(text)}
    return meant.pop() if len(meant) == 1 else None
