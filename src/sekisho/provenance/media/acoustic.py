"""The fingerprint of a sound: 32 bits for each eighth of a second, which stay as they are when it is encoded anew.

Computed as Chromaprint 1.5 does (algorithm 2, https://acoustid.org/chromaprint, MIT License): the ISCC's Audio-Code
(ISO 24138:2024) is defined by what it computes. Its numbers were learnt by its authors; the text of this file is ours.
Sound is cut into overlapping frames, the power of each frame is added up by the twelve notes of the scale, and sixteen
filters compare notes and times. What little differs comes of another way of resampling.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rectangles = list[tuple[int, int, int, int]]  # first row and behind the last, first note and behind the last

RATE = 11_025  # samples a second
FRAME = 4096  # samples
HOP = FRAME // 3
LOWEST, HIGHEST = 28, 3520  # Hz
BASE = 27.5  # Hz: the note A
NOTES = 12
SMOOTH = (0.25, 0.75, 1.0, 0.75, 0.25)
QUIET = 0.01  # of the length of a row of notes: below there is no sound
SPAN = 16  # rows that the widest filter sees
BLOCK = 256  # frames that are transformed at once
GRAY = np.array((0, 1, 3, 2), np.uint32)

# kind of filter, its first note, notes, rows, and the three values between which its answer lies
FILTERS = (
    (0, 4, 3, 15, (1.98215, 2.35817, 2.63523)),
    (4, 4, 6, 15, (-1.03809, -0.651211, -0.282167)),
    (1, 0, 4, 16, (-0.298702, 0.119262, 0.558497)),
    (3, 8, 2, 12, (-0.105439, 0.0153946, 0.135898)),
    (3, 4, 4, 8, (-0.142891, 0.0258736, 0.200632)),
    (4, 0, 3, 5, (-0.826319, -0.590612, -0.368214)),
    (1, 2, 2, 9, (-0.557409, -0.233035, 0.0534525)),
    (2, 7, 3, 4, (-0.0646826, 0.00620476, 0.0784847)),
    (2, 6, 2, 16, (-0.192387, -0.029699, 0.215855)),
    (2, 1, 3, 2, (-0.0397818, -0.00568076, 0.0292026)),
    (5, 10, 1, 15, (-0.53823, -0.369934, -0.190235)),
    (3, 6, 2, 10, (-0.124877, 0.0296483, 0.139239)),
    (2, 1, 1, 14, (-0.101475, 0.0225617, 0.231971)),
    (3, 5, 6, 4, (-0.0799915, -0.00729616, 0.063262)),
    (1, 9, 2, 12, (-0.272556, 0.019424, 0.302559)),
    (3, 4, 2, 14, (-0.164292, -0.0321188, 0.0846339)),
)


def fingerprint(samples: NDArray[np.float32]) -> NDArray[np.int32]:
    """One number for each eighth of a second but the last 2.6 of them; empty for what is shorter.

    `samples` are of one channel, in [-1, 1], `RATE` a second.
    """
    rows = _smoothed(_notes(samples))
    if len(rows) < SPAN:
        return np.empty(0, np.int32)
    table = np.zeros((len(rows) + 1, NOTES + 1))
    table[1:, 1:] = rows.cumsum(axis=0).cumsum(axis=1)
    bits = np.zeros(len(rows) - SPAN + 1, np.uint32)
    for kind, note, notes, wide, bounds in FILTERS:
        level = np.searchsorted(bounds, _compared(table, kind, note, notes, wide)[: len(bits)], side="right")
        bits = bits << np.uint32(2) | GRAY[level]
    return bits.view(np.int32)


def _notes(samples: NDArray[np.float32]) -> Floats:
    """The power of each frame by notes."""
    count = max(0, (len(samples) - FRAME) // HOP + 1)
    window = np.hamming(FRAME)
    first, last = (round(FRAME * hertz / RATE) for hertz in (LOWEST, HIGHEST))
    octaves = np.log2(np.arange(first, last) * (RATE / FRAME / BASE))
    places = (NOTES * (octaves - np.floor(octaves))).astype(np.int64)
    sums = np.zeros((last - first, NOTES))
    sums[np.arange(last - first), places] = 1.0
    rows = np.empty((count, NOTES))
    for at in range(0, count, BLOCK):
        until = min(count, at + BLOCK)
        frames = np.stack([samples[one * HOP : one * HOP + FRAME] for one in range(at, until)]) * window
        rows[at:until] = np.square(np.abs(np.fft.rfft(frames, axis=1)[:, first:last])) @ sums
    return rows


def _smoothed(rows: Floats) -> Floats:
    """Each row with its neighbours, of length 1, or zero where it is all but silent."""
    count = max(0, len(rows) - len(SMOOTH) + 1)
    smooth = sum((part * rows[at : at + count] for at, part in enumerate(SMOOTH)), np.zeros((count, NOTES)))
    lengths = np.sqrt(np.square(smooth).sum(axis=1, keepdims=True))
    return np.where(lengths < QUIET, 0.0, smooth / np.maximum(lengths, QUIET))


def _compared(table: Floats, kind: int, note: int, notes: int, wide: int) -> Floats:
    """What a filter says of each row: the logarithm of the ratio of two sums over the rectangle that begins there."""
    more, less = (
        sum((_area(table, *one, wide) for one in side), np.zeros(len(table) - wide))
        for side in _sides(kind, note, notes, wide)
    )
    return np.log((1.0 + more) / (1.0 + less))


def _sides(kind: int, note: int, notes: int, wide: int) -> tuple[Rectangles, Rectangles]:
    """The rectangles whose sum stands above, and those whose sum stands below."""
    end = note + notes
    half, middle = wide // 2, note + notes // 2
    third, row = note + notes // 3, wide // 3
    sides: dict[int, tuple[Rectangles, Rectangles]] = {
        0: ([(0, wide, note, end)], []),
        1: ([(0, wide, middle, end)], [(0, wide, note, middle)]),
        2: ([(half, wide, note, end)], [(0, half, note, end)]),
        3: (
            [(0, half, middle, end), (half, wide, note, middle)],
            [(0, half, note, middle), (half, wide, middle, end)],
        ),
        4: (
            [(0, wide, third, third + notes // 3)],
            [(0, wide, note, third), (0, wide, third + notes // 3, end)],
        ),
        5: ([(row, 2 * row, note, end)], [(0, row, note, end), (2 * row, wide, note, end)]),
    }
    return sides[kind]


def _area(table: Floats, first: int, last: int, low: int, high: int, wide: int) -> Floats:
    """The sums over one rectangle, for each row where the filter can begin."""
    count = len(table) - wide
    top, bottom = table[first : first + count], table[last : last + count]
    return bottom[:, high] - top[:, high] - bottom[:, low] + top[:, low]
