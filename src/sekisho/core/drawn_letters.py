"""Letters in a picture: a small network says of each part of it which letter it shows, or that it shows none.

Where letters stand apart, the parts are those between blank columns, and what a few of them make together. Where they
touch or share a column, as FIGlet likes it, every pair of columns may be a letter's bounds. The best way through all
of these is the reading. The weights (drawn.npz) are made by training/drawn.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sekisho.core.drawn_page import Array, Floats, Page, Window
from sekisho.core.drawn_picture import HIGH, SLANTS, WIDE, Picture, picture, upright
from sekisho.core.drawn_words import Words

FORMAT = 1
NONE = 36  # the class of what is no letter
CLASSES = "abcdefghijklmnopqrstuvwxyz0123456789"
KNOWN = 0.15  # what known words make up for
AGAIN = 0.95  # a reading that is worth less is tried in other ways
BEFORE = 0.35  # what the letter before counts
APART = 3  # blank columns after which a word may begin
PIECES = 3  # of a letter, between blank columns
WIDEST = 2.6  # of a letter, in heights of the drawing's points
PORTION = 1024  # windows of which the network is asked in one step
ALONE = 0.9  # a part that is a letter so surely is not looked into
TRIED = 2  # slants under which letters that touch are looked for
_LIKE = {"0": "o", "1": "il", "5": "s", "8": "b", "2": "z", "6": "g"}  # digits that are drawn like letters


@dataclass(frozen=True, slots=True)
class Read:
    """A line of letters as read.

    Attributes:
        said: words with a blank between, in small letters.
        sure: how sure the letters are on average, between 0 and 1.
        known: whether all its words are known ones, if need be with a letter mended.
    """

    said: str
    sure: float
    known: bool

    @property
    def worth(self) -> float:
        """How good it is beside other readings of the same."""
        return self.sure + KNOWN * self.known


NOTHING = Read("", 0.0, known=False)


def read(rows: Sequence[str]) -> Read:
    """The letters of one line of a drawing, which is given as rows of signs."""
    drawn = picture(rows)
    if not drawn.any():
        return NOTHING
    best = NOTHING
    slants = sorted(SLANTS, key=lambda slant: -_gaps(upright(drawn, slant)) + (slant > 0))
    parts: list[Parts] = []
    for slant in slants:
        parts.append(_apart(Page(upright(drawn, slant))))
        best = max(best, parts[-1].read(shared=False), key=_worth)
        if best.worth >= AGAIN:
            return best
    for part in parts[:TRIED]:
        best = max(best, _touching(part).read(shared=True), key=_worth)
        if best.worth >= AGAIN:
            break
    return best


@dataclass(frozen=True, slots=True)
class Parts:
    """Windows of a page, with what the network says of each."""

    page: Page
    windows: Sequence[Window]
    chances: Floats

    @staticmethod
    def of(page: Page, windows: Sequence[Window]) -> "Parts":
        """Asks the network."""
        told = [network().chances(page.features(windows[at : at + PORTION])) for at in range(0, len(windows), PORTION)]
        return Parts(page, windows, np.concatenate(told))

    def read(self, *, shared: bool) -> Read:
        """The surest way through the windows, which cover all ink; `shared`: neighbours may have a column in common."""
        ways = Ways(self.windows, self.chances, self.page, shared=shared)
        return _told(ways, ways.best())


def _apart(page: Page) -> Parts:
    """The parts between blank columns, and what a few of them make together."""
    atoms = page.atoms
    windows: list[Window] = []
    for at, atom in enumerate(atoms):
        for more in atoms[at : at + PIECES]:
            if more is not atom and (more.last - atom.first) * WIDE > WIDEST * page.high:
                break
            windows.append(Window(atom.first, more.last))
    return Parts.of(page, windows)


def _touching(apart: Parts) -> Parts:
    """The same, and all that may be a letter within those parts that are none for sure."""
    page = apart.page
    sure = _joined(apart.chances).max(1) > ALONE
    known = [window for window, well in zip(apart.windows, sure, strict=True) if well]
    widest = int(WIDEST * page.high / WIDE / 2) + 2
    windows: list[Window] = []
    for atom in page.atoms:
        if any(one.first <= atom.first and atom.last <= one.last for one in known):
            continue
        for first in range(atom.first, atom.last):
            windows += [Window(first, last) for last in range(first + 1, min(first + widest, atom.last) + 1)]
    if not windows:
        return apart
    more = Parts.of(page, windows)
    return Parts(page, [*apart.windows, *windows], np.concatenate([apart.chances, more.chances]))


class Sign(NamedTuple):
    """One letter or digit of a way; what is none says nothing."""

    window: Window
    said: str
    chance: float


class Ways:
    """All ways through windows, from blank to blank: how likely each letter is there, and after the one before."""

    def __init__(self, windows: Sequence[Window], chances: Floats, page: Page, *, shared: bool) -> None:
        """`chances` are the network's; `shared`: a letter's last column may be the next one's first."""
        self._shared = shared
        self._windows = windows
        self._inked = page.inked
        usual = max(2.0, page.high / HIGH)  # columns of a letter
        widths = np.array([one.last - one.first for one in windows])
        digits = chances[:, 26:NONE]
        self._digits = digits.argmax(1)
        none = np.where(widths < usual * 0.6, chances[:, NONE] * 0.1, 0)
        self._silent = none > digits.max(1)
        self._seen = np.concatenate([_joined(chances), np.maximum(digits.max(1), none)[:, None]], 1)
        self._worth = np.log(self._seen + 1e-3) * (np.maximum(widths, 0.5 * usual) / usual)[:, None]
        self._starts: dict[int, list[int]] = {}
        for number, one in enumerate(windows):
            self._starts.setdefault(one.first, []).append(number)

    def best(self) -> list[Sign]:
        """The best way."""
        size, after = len(self._inked), network().after * BEFORE
        states = np.arange(27)
        prior = np.full((size + 1, 27), 26)  # the state before each, on its best way
        best = np.full((size + 1, 27), -1e9)
        via = np.full((size + 1, 27), -1)
        came = np.zeros((size + 1, 27), int)
        best[0, 26] = 0.0
        blank = 0
        for at in range(size):
            if not self._inked[at]:
                blank += 1
                _pass(best, via, came, at, parted=blank == APART)
                prior[at + 1] = np.where(via[at + 1] == -1, prior[at], 26)
                continue
            blank = 0
            told = best[at][:, None] + after[prior[at], states]
            before, reached = told.argmax(0), told.max(0)
            for number in self._starts.get(at, ()):
                worth = reached + self._worth[number]
                for end in self._ends(at, self._windows[number].last, size):
                    better = worth > best[end]
                    best[end][better] = worth[better]
                    via[end][better] = number * 27 + before[better]
                    came[end][better] = at
                    prior[end][better] = before[better]
        return self._back(best, via, came)

    def fit(self, word: str, first: int, last: int) -> float:
        """How well a word goes with what stands between two columns: a logarithm."""
        letters = [CLASSES.index(letter) for letter in word]
        best = np.full((last - first + 1, len(word) + 1), -1e9)
        best[0, 0] = 0.0
        for at in range(first, last):
            here = best[at - first]
            if not self._inked[at]:
                np.maximum(best[at - first + 1], here, out=best[at - first + 1])
                continue
            for number in self._starts.get(at, ()):
                for end in self._ends(at, self._windows[number].last, last):
                    told = best[end - first, 1:]
                    np.maximum(told, here[:-1] + self._worth[number][letters], out=told)
        return float(best[-1, -1])

    def _ends(self, first: int, last: int, size: int) -> Sequence[int]:
        """Where the letter after one between these columns may begin; none: that is beyond all."""
        if last > size:
            return ()
        return (last, last - 1) if self._shared and last - first > 2 and last < size else (last,)

    def _back(self, best: Array, via: Array, came: Array) -> list[Sign]:
        at, state = len(self._inked), int(best[-1].argmax())
        way: list[Sign] = []
        while at > 0 and (via[at, state] != -1 or came[at, state] < at):
            step = int(via[at, state])
            if step < 0:
                at, state = int(came[at, state]), (state if step == -1 else -step - 2)
                continue
            number, before = divmod(step, 27)
            said = CLASSES[state] if state < 26 else "" if self._silent[number] else CLASSES[26 + self._digits[number]]
            way.append(Sign(self._windows[number], said, float(self._seen[number, state])))
            at, state = int(came[at, state]), before
        return way[::-1]


def _pass(best: Array, via: Array, came: Array, at: int, *, parted: bool) -> None:
    """Goes on over a blank column; where `parted`, what follows may also begin a word."""
    better = best[at] > best[at + 1]
    best[at + 1][better], via[at + 1][better], came[at + 1][better] = best[at][better], -1, at
    if parted:
        state = int(best[at].argmax())
        if state != 26 and best[at, state] > best[at + 1, 26]:
            best[at + 1, 26], via[at + 1, 26], came[at + 1, 26] = best[at, state], -state - 2, at


def _told(ways: Ways, way: Sequence[Sign]) -> Read:
    if not way:
        return NOTHING
    widths = np.array([one.window.last - one.window.first for one in way])
    gaps = [two.window.first - one.window.last for one, two in pairwise(way)]
    usual = float(np.median(gaps)) if gaps else 0.0
    wide = max(usual + max(2.0, 0.3 * float(np.median(widths))), usual * 1.8)
    words: list[list[Sign]] = [[way[0]]]
    for one, gap in zip(way[1:], gaps, strict=True):
        if gap > wide:
            words.append([])
        words[-1].append(one)
    said = [told for word in words if (told := _mended(ways, word))]
    known = bool(said) and all(word in network().words.counts for word in said)
    sure = sum(one.chance * wide for one, wide in zip(way, widths, strict=True)) / widths.sum()
    return Read(" ".join(said), float(sure), known)


def _mended(ways: Ways, word: Sequence[Sign]) -> str:
    """The word as read, or the known one near it that goes best with the picture."""
    read = "".join(one.said for one in word)
    first, last = word[0].window.first, word[-1].window.last
    return network().words.mended(read, lambda other: ways.fit(other, first, last))


def _worth(one: Read) -> float:
    return one.worth


def _joined(chances: Floats) -> Floats:
    """The chances of the letters, each with those of the digits that are drawn like it; `i` and `l` are one."""
    joined = chances[:, :26].copy()
    for digit, letters in _LIKE.items():
        for letter in letters:
            joined[:, CLASSES.index(letter)] += chances[:, CLASSES.index(digit)]
    upright = [CLASSES.index(letter) for letter in "il"]
    joined[:, upright] = chances[:, [*upright, CLASSES.index("1")]].sum(1)[:, None]
    return joined


def _gaps(drawn: Picture) -> int:
    """How many blank stretches stand between columns with ink."""
    ink = drawn.reshape(len(drawn), -1, WIDE).any((0, 2))
    return int((np.diff(ink.astype(np.int8)) > 0).sum())


@dataclass(frozen=True, slots=True)
class Network:
    """Two layers: hidden units with a rectifier, then the classes; and which letter comes after which two.

    Attributes:
        words: that it may make of letters.
        after: logarithms, for two letters (or what is none, or begins a word) those of each that follows.
    """

    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats
    after: Floats
    words: Words

    def chances(self, features: Floats) -> Floats:
        """The probability of each class, `CLASSES` and then that of no letter."""
        inner = np.maximum(features @ self.hidden + self.hidden_bias, 0)
        logits = inner @ self.out + self.out_bias
        grown = np.exp(logits - logits.max(1, keepdims=True))
        return grown / grown.sum(1, keepdims=True)


@cache
def network() -> Network:
    """The weights, read when first needed. Raises `ValueError` for a file of another version."""
    with np.load(Path(__file__).with_name("drawn.npz"), allow_pickle=False) as file:
        if int(file["format"]) != FORMAT:
            raise ValueError("drawn.npz is no model of this version")
        return Network(
            file["hidden"].astype(np.float32) * file["hidden_scale"],
            file["hidden_bias"].astype(np.float32),
            file["out"].astype(np.float32) * file["out_scale"],
            file["out_bias"].astype(np.float32),
            file["after"] / np.float32(-16),
            Words.of(file["words"].tobytes(), file["counts"].tobytes()),
        )
