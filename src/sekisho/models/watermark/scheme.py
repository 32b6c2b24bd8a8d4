"""Tournament sampling: which of the likely tokens is drawn depends on a key, and how likely each is does not.

Source: Dathathri et al., "Scalable watermarking for identifying large language model outputs" (SynthID-Text), Nature
634, 818–823 (2024): two candidates a match, binary g-values, single-token non-distortionary form with masking of
repeated contexts, weighted mean as score. The pseudo-random function here is keyed BLAKE2b. Counting a context once, so
that repetitions are no evidence: Fernandez et al., "Three bricks to consolidate watermarks for LLMs", WIFS 2023.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

SPAN = 2  # with 4, as published, half as many texts are found after a fifth of their words was edited
LAYERS = 30
KEY = 32
SURE = 1e-3
_PERSON = b"sekisho.mark"


class Evidence(NamedTuple):
    """What a text's tokens say of the key.

    Attributes:
        counted: tokens with a context of their own, which are all that counts.
        z: by how many standard deviations the score lies above what chance gives.
        p: how likely chance alone reaches that score, in [0, 1].
    """

    counted: int
    z: float
    p: float

    @property
    def found(self) -> bool:
        """Whether chance is ruled out: it would say so for at most one unmarked text in a thousand."""
        return self.p < SURE


@dataclass(frozen=True, slots=True)
class Watermark:
    """The scheme under one key of 32 bytes.

    Attributes:
        span: how many tokens before one decide, with the key, what becomes of it. More hide the key better; fewer
            survive more editing, since a changed token spoils itself and the `span` tokens after it.
        layers: matches that a token must win to be drawn, at most 64.
    """

    key: bytes = field(repr=False)
    span: int = SPAN
    layers: int = LAYERS

    def tilted(self, context: Sequence[int], tokens: Sequence[int], chances: Sequence[float]) -> list[float]:
        """The chances of the candidate `tokens` after the tournament; they sum to 1, as `chances` do.

        Over all keys each token keeps its chance. `context` is what stands before; its last `span` tokens count.
        """
        bits = self._bits(context[-self.span :], tokens)
        odds = list(chances)
        for layer in range(self.layers):
            winners = [bit >> layer & 1 for bit in bits]
            share = sum(odd for odd, wins in zip(odds, winners, strict=True) if wins)
            odds = [odd * max(0.0, 1.0 + wins - share) for odd, wins in zip(odds, winners, strict=True)]
        total = sum(odds)
        return [odd / total for odd in odds]

    def evidence(self, tokens: Sequence[int]) -> Evidence:
        """How strongly a text's tokens speak for this key. Each context counts once, at its first place.

        Under no mark the bits of distinct contexts are independent coin tosses, so the weighted score is normal to
        within what its thousands of tosses allow.
        """
        weights = [10.0 - 9.0 * layer / max(1, self.layers - 1) for layer in range(self.layers)]
        middle = sum(weights) / 2.0
        seen: set[tuple[int, ...]] = set()
        score = 0.0
        for at in range(self.span, len(tokens)):
            context = tuple(tokens[at - self.span : at])
            if context in seen:
                continue
            seen.add(context)
            [bits] = self._bits(context, [tokens[at]])
            score += sum(weight for layer, weight in enumerate(weights) if bits >> layer & 1) - middle
        deviation = math.sqrt(len(seen) * sum(weight * weight for weight in weights)) / 2.0
        z = score / deviation if deviation else 0.0
        return Evidence(len(seen), z, math.erfc(z / math.sqrt(2.0)) / 2.0)

    def _bits(self, context: Sequence[int], tokens: Sequence[int]) -> list[int]:
        """64 pseudo-random bits for each token after this context; a layer takes one each."""
        begun = blake2b(key=self.key, digest_size=8, person=_PERSON)
        begun.update(b"".join([token.to_bytes(4, "big") for token in context]))
        found: list[int] = []
        for token in tokens:
            hashed = begun.copy()
            hashed.update(token.to_bytes(4, "big"))
            found.append(int.from_bytes(hashed.digest(), "big"))
        return found
