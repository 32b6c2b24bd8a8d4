"""One line of letters as a picture, its parts, and what the network of core/drawn_letters.py sees of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sekisho.core.drawn_picture import HIGH, WIDE, Picture

GRID = 14  # cells of a letter's side, as the network sees it
COARSE = 6  # likewise, for its edges
SOFT = 2  # points around each, over which an edge is smoothed

Floats = NDArray[np.float32]
Array = NDArray[Any]


class Window(NamedTuple):
    """A part of a picture, between two columns of cells."""

    first: int
    last: int


class Page:
    """A picture of one line of letters."""

    def __init__(self, drawn: Picture) -> None:
        """Counts what features and bounds need."""
        inked: Array = np.flatnonzero(drawn.max(1))
        drawn = drawn[inked[0] : inked[-1] + 1]
        self.high, points = drawn.shape
        self.sums = np.stack([_sums(plane) for plane in (drawn, *_edges(drawn))], 2)
        ink: Array = drawn.max(0) > 0
        places = np.arange(points, dtype=np.int64)
        nexts: Array = np.where(ink, places, points)
        lasts: Array = np.where(ink, places, -1)
        self.next_ink: Array = np.minimum.accumulate(nexts[::-1])[::-1]
        self.last_ink: Array = np.maximum.accumulate(lasts)
        columns: Array = drawn.reshape(self.high, -1, WIDE).max(2)
        self.inked: Array = columns.max(0) > 0
        self.tops: Array = np.where(self.inked, columns.argmax(0), self.high)
        self.bottoms: Array = np.where(self.inked, self.high - columns[::-1].argmax(0), 0)

    @property
    def atoms(self) -> list[Window]:
        """The parts between blank columns."""
        edges = np.diff(np.concatenate(([0], self.inked.astype(np.int8), [0])))
        return [
            Window(int(first), int(last))
            for first, last in zip((edges > 0).nonzero()[0], (edges < 0).nonzero()[0], strict=True)
        ]

    def features(self, windows: Sequence[Window]) -> Floats:
        """What the network sees of windows, each of which has some ink: its points in a grid, its edges, its form."""
        first, last = (np.array(side) for side in zip(*windows, strict=True))
        tops = np.array([self.tops[one.first : one.last].min() for one in windows])
        bottoms = np.array([self.bottoms[one.first : one.last].max() for one in windows])
        left, right = self.next_ink[first * WIDE], self.last_ink[last * WIDE - 1] + 1
        box = (tops, bottoms, left, right)
        high, wide = bottoms - tops, right - left
        grid = self._parts(box, GRID, slice(0, 1))[..., 0] * (GRID * GRID / (high * wide))[:, None, None]
        edges = self._parts(box, COARSE, slice(1, None))
        edges *= COARSE * COARSE / (edges[..., :2].sum((1, 2, 3)) + 1)[:, None, None, None]
        blank: Array = np.pad(~self.inked, 1, constant_values=True)  # from the column before the first
        form: Array = np.stack(
            [
                np.log(wide / high),
                high / self.high,
                tops / self.high,
                1 - bottoms / self.high,
                np.log(high / HIGH) / 2,
                grid.mean((1, 2)),
                blank[first],
                blank[last + 1],
            ],
            1,
        )
        size = len(windows)
        return np.concatenate([grid.reshape(size, -1), edges.reshape(size, -1), form], 1).astype(np.float32)

    def _parts(self, box: tuple[Array, ...], grid: int, planes: slice) -> Array:
        """The sums of planes in each cell of a grid over boxes."""
        tops, bottoms, left, right = box
        steps = np.arange(grid + 1) / grid
        sums = self._sums_at(
            tops[:, None] + (bottoms - tops)[:, None] * steps, left[:, None] + (right - left)[:, None] * steps, planes
        )
        return sums[:, 1:, 1:] - sums[:, :-1, 1:] - sums[:, 1:, :-1] + sums[:, :-1, :-1]

    def _sums_at(self, ys: Array, xs: Array, planes: slice) -> Array:
        """The sums of planes above and left of places that may lie between points."""
        sums = self.sums[:, :, planes]
        y, x = ys.astype(int).clip(0, len(sums) - 2), xs.astype(int).clip(0, sums.shape[1] - 2)
        down, along = (ys - y)[:, :, None, None], (xs - x)[:, None, :, None]
        y, x = y[:, :, None], x[:, None, :]
        above = sums[y, x] * (1 - along) + sums[y, x + 1] * along
        below = sums[y + 1, x] * (1 - along) + sums[y + 1, x + 1] * along
        return above * (1 - down) + below * down


def _sums(plane: Array) -> Floats:
    sums = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1), np.float32)
    sums[1:, 1:] = plane.cumsum(0, dtype=np.float32).cumsum(1)
    return sums


def _edges(drawn: Picture) -> list[Floats]:
    """How much ink begins or ends at each point: upright, level, falling and rising edges."""
    high, wide = drawn.shape
    padded: Floats = np.pad(drawn, SOFT).astype(np.float32)
    around = range(2 * SOFT + 1)
    rows = np.stack([padded[at : at + high] for at in around]).sum(0)
    soft = np.stack([rows[:, at : at + wide] for at in around]).sum(0) / len(around) ** 2
    slopes: Sequence[Floats] = np.gradient(soft)
    down, along = slopes
    both = down * along
    return [np.abs(along), np.abs(down), np.sqrt(np.maximum(both, 0)), np.sqrt(np.maximum(-both, 0))]
