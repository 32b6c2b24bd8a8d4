"""Generation, token by token: the engine says what is likely, the watermark draws.

The engine applies the caller's temperature, top-p and penalties as always; only the last step, the draw, is ours. Its
cache holds the tokens so far, so each step computes one token, as it would without us.
"""

import codecs
import random
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from sekisho.models.watermark.scheme import Watermark

FREE = 4  # first tokens of an answer that are not marked
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
MOST_OPEN = 8  # tokens of one character; it has at most four bytes
MOST_CANDIDATES = 100
USUAL_CANDIDATES = 40  # llama.cpp's own top_k

PASSED_ON = (
    "temperature", "top_p", "top_k", "min_p", "typical_p", "presence_penalty", "frequency_penalty", "repeat_penalty",
    "repeat_last_n", "logit_bias",
)  # fmt: skip


class Candidate(NamedTuple):
    """A token that may come next: its number, its bytes, its chance. None for bytes: it ends within a character."""

    token: int
    raw: bytes | None
    chance: float


class EngineRefused(Exception):
    """The engine does not compute this. `status` and `body` are its answer, as OpenAI's protocol has it."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        super().__init__(f"the engine answered {status}")


class Engine(Protocol):
    """What computes chances. `ends` are the tokens that end an answer."""

    ends: frozenset[int]

    def candidates(
        self, tokens: Sequence[int], slot: int, sampling: Mapping[str, Any], *, afresh: bool = False
    ) -> list[Candidate]:
        """What may come after `tokens`, at least one; `afresh` uses nothing computed before. Raises `EngineRefused`."""
        ...

    def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens; what is not whole ends in U+FFFD."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """How an answer is to be drawn.

    Attributes:
        sampling: members of the request that the engine understands.
        most: longest answer, in tokens.
        stops: texts that end it and are not part of it.
        seed: None draws by lot.
    """

    most: int
    sampling: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stops: Sequence[str] = ()
    seed: int | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any], longest: int) -> "Wish":
        """What a request for a chat completion asks for; what makes no sense is left to the engine to refuse."""
        sampling = {name: body[name] for name in PASSED_ON if body.get(name) is not None}
        wanted = next(
            (body[name] for name in ("max_completion_tokens", "max_tokens") if body.get(name) is not None), -1
        )
        most = min(wanted, longest) if type(wanted) is int and wanted >= 0 else longest
        top_k = sampling.get("top_k", USUAL_CANDIDATES)
        if type(top_k) is int:
            sampling["top_k"] = min(top_k, MOST_CANDIDATES) if top_k > 0 else MOST_CANDIDATES
        stops = body.get("stop") or ()
        stops = [stops] if isinstance(stops, str) else [one for one in stops if isinstance(one, str) and one]
        seed = body.get("seed")
        return cls(most, sampling, stops, seed if type(seed) is int and seed >= 0 else None)


class Ending(NamedTuple):
    """Why an answer ended, and how many tokens it has."""

    finish: Literal["stop", "length"]
    tokens: int


def generated(
    engine: Engine, mark: Watermark, prompt: Sequence[int], wish: Wish, slot: int
) -> Generator[str, None, Ending]:
    """Yields the answer piece by piece and returns how it ended.

    The first tokens are drawn freely: their context is the prompt's, which nobody has who looks for the mark, and ends
    alike for all prompts. So answers to one question differ too, though the same key and context tilt alike. A context
    that came up before in this answer is not tilted again, for the same draw over and over would bend what the model
    says. Raises `EngineRefused` before the first piece; one that comes later (no room left for
    another token) ends the answer.
    """
    tokens = list(prompt)
    drawn = random.Random(None if wish.seed is None else str(wish.seed))  # noqa: S311 - the secret is the mark's key
    contexts: set[tuple[int, ...]] = set()
    text = _Text(wish.stops, engine.text)
    for count in range(wish.most):
        try:
            # By number: the order of candidates that are about as likely depends on what else is computed meanwhile.
            sampling = wish.sampling if wish.seed is None else {**wish.sampling, "seed": drawn.getrandbits(31)}
            # What an earlier request left in the cache changes the last digits, so an answer with a seed starts afresh.
            afresh = wish.seed is not None and not count
            candidates = sorted(engine.candidates(tokens, slot, sampling, afresh=afresh))
        except EngineRefused:
            if not count:
                raise
            return (yield from _ended(text, "length", count))
        context = tuple(tokens[-mark.span :])
        chances = [one.chance for one in candidates]
        if count >= max(FREE, mark.span) and context not in contexts:
            contexts.add(context)
            chances = mark.tilted(context, [one.token for one in candidates], chances)
        [chosen] = drawn.choices(candidates, chances)
        if chosen.token in engine.ends:
            return (yield from _ended(text, "stop", count + 1))
        tokens.append(chosen.token)
        piece = text.add(chosen)
        if piece:
            yield piece
        if text.stopped:
            return Ending("stop", count + 1)
    return (yield from _ended(text, "length", wish.most))


def _ended(text: "_Text", finish: Literal["stop", "length"], tokens: int) -> Generator[str, None, Ending]:
    rest = text.rest()
    if rest:
        yield rest
    return Ending(finish, tokens)


class _Text:
    """Tokens as text, up to where a stop text begins."""

    def __init__(self, stops: Sequence[str], decoded: Callable[[Sequence[int]], str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._decoded = decoded
        self._stops = stops
        self._open: list[int] = []  # tokens that do not end a character yet
        self._held = ""
        self.stopped = False

    def add(self, chosen: Candidate) -> str:
        """What can be said now: all but the beginning of a character, or of what may become a stop text."""
        self._held += self._whole(chosen)
        places = [at for at in (self._held.find(stop) for stop in self._stops) if at >= 0]
        if places:
            self.stopped = True
            return self._held[: min(places)]
        keep = max((self._begun(stop) for stop in self._stops), default=0)
        said, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return said

    def _whole(self, chosen: Candidate) -> str:
        """The characters that a token completes. Where bytes are not known, the engine decodes."""
        if chosen.raw is not None and not self._open:
            return self._decoder.decode(chosen.raw)
        self._open.append(chosen.token)
        text = self._decoded(self._open)
        if text.endswith(UNKNOWN) and len(self._open) < MOST_OPEN:
            return ""
        self._open.clear()
        return text

    def rest(self) -> str:
        """What was held, when nothing more comes."""
        rest = self._decoder.decode(b"", final=True) + (UNKNOWN if self._open else "")
        said, self._held = self._held + rest, ""
        return said

    def _begun(self, stop: str) -> int:
        """How many of the last characters a stop text begins with."""
        longest = min(len(stop) - 1, len(self._held))
        return next((size for size in range(longest, 0, -1) if self._held.endswith(stop[:size])), 0)
