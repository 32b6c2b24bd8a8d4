"""Makes src/sekisho/core/drawn.npz, by which letters that are drawn with signs are told (core/drawn_letters.py).

    python training/drawn.py

It learns from lines of drawn letters (drawn_fonts.py, drawn_outlines.py): each letter as it stands among others, and as
what is no letter the halves of letters, two or three together, signs, and pieces of tables, code and diagrams
(drawn_others.py). Two networks become one, whose say is their mean. bench/drawings.py measures it.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
from drawn_fonts import JOINS, LEARNT, LETTERS, SIGNS, Font, Line, font, line
from drawn_others import drawings
from drawn_outlines import outlined
from numpy.typing import NDArray
from saved import write

from sekisho.core.drawn_letters import CLASSES, FORMAT, NONE
from sekisho.core.drawn_page import Floats, Page, Window
from sekisho.core.drawn_picture import HIGH, SLANTS, WIDE, picture, upright

WEIGHTS = Path(__file__).parents[1] / "src/sekisho/core/drawn.npz"
DATA = Path(__file__).with_name("data")
SEED = 20261130
MEMBERS = ((150, 256, 13), (200, 320, 20))  # fonts made from outlines, hidden units, rounds
LEVELS = 12  # of a weight to either side: with more, the file is larger and nothing is read better
BATCH = 512
FEWEST = 2  # points of a window that is worth a look, in cells


def examples(font_count: int, random: Random) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """Features of windows and their classes, page by page."""
    for name in LEARNT:
        drawn = font(name)
        for join in JOINS:
            for _ in range(40):
                yield from of_line(line(drawn, _letters(drawn, random), join), random)
    for _ in range(font_count):
        drawn = outlined(random)
        letters = [*LETTERS, *random.choices(SIGNS, k=6)]
        random.shuffle(letters)
        for at in range(0, len(letters), 9):
            yield from of_line(line(drawn, "".join(letters[at : at + 9]), random.choice([*JOINS])), random)
    yield from others(random)


def _letters(drawn: Font, random: Random) -> str:
    known = [sign for sign in LETTERS if sign in drawn.glyphs]
    signs = [sign for sign in SIGNS if sign in drawn.glyphs]
    weights = [0.6 if sign.isdigit() else 1.0 for sign in known]
    chosen = random.choices(known, weights, k=8)
    if signs and random.random() < 0.3:
        chosen[random.randrange(8)] = random.choice(signs)
    return "".join(chosen)


def of_line(drawn: Line, random: Random) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """What a line teaches, upright as it is read best, or as it stands."""
    if not "".join(drawn.rows).strip():
        return
    plain = picture(drawn.rows)
    slant = random.choice(SLANTS) if random.random() < 0.15 else _steepest(plain)
    page = Page(upright(plain, slant))
    bounds = _bounds(drawn, slant, len(page.inked))
    windows: list[Window] = []
    classes: list[int] = []
    for number, letter in enumerate(drawn.letters):
        if number in bounds:
            windows.append(bounds[number])
            classes.append(CLASSES.index(letter.lower()) if letter.isalnum() else NONE)
    for window in _no_letters(bounds, random):
        windows.append(window)
        classes.append(NONE)
    kept = [at for at, one in enumerate(windows) if page.inked[one.first : one.last].any()]
    if kept:
        yield page.features([windows[at] for at in kept]), np.array([classes[at] for at in kept])


def _steepest(plain: NDArray[np.uint8]) -> float:
    def gaps(slant: float) -> int:
        ink = upright(plain, slant).reshape(len(plain), -1, WIDE).any((0, 2))
        return int((np.diff(ink.astype(np.int8)) > 0).sum())

    return max(SLANTS, key=lambda slant: gaps(slant) - (slant > 0))


def _bounds(drawn: Line, slant: float, wide: int) -> dict[int, Window]:
    """Between which columns each letter stands in the picture."""
    bounds: dict[int, Window] = {}
    for owners in (drawn.owners, drawn.also):
        for row, column in zip(*(owners >= 0).nonzero(), strict=True):
            steps = [int(slant * (row * HIGH + point) * WIDE / HIGH) for point in (0, HIGH - 1)]
            first = (column * WIDE + steps[0]) // WIDE
            last = (column * WIDE + WIDE - 1 + steps[1]) // WIDE + 1 if slant else column + 1
            number = int(owners[row, column])
            known = bounds.get(number, Window(wide, 0))
            bounds[number] = Window(min(known.first, int(first)), min(wide, max(known.last, int(last))))
    return {number: one for number, one in bounds.items() if one.last - one.first >= 1}


def _no_letters(bounds: dict[int, Window], random: Random) -> Iterator[Window]:
    for number, one in bounds.items():
        after, later = bounds.get(number + 1), bounds.get(number + 2)
        wide = one.last - one.first
        if after is not None and random.random() < 0.5:
            yield Window(one.first, max(one.last, after.last))
        if later is not None and random.random() < 0.15:
            yield Window(one.first, max(one.last, later.last))
        if wide >= 4 and random.random() < 0.6:
            middle = one.first + random.randint(1, wide - 1)
            yield Window(one.first, middle) if random.random() < 0.5 else Window(middle, one.last)
        if after is not None and random.random() < 0.4:
            yield _astride(one, after, random)


def _astride(one: Window, after: Window, random: Random) -> Window:
    first = one.first + random.randint(1, max(1, one.last - one.first - 1))
    last = after.last - random.randint(1, max(1, after.last - after.first - 1))
    return Window(first, max(last, first + 1))


def others(random: Random) -> Iterator[tuple[Floats, NDArray[np.int64]]]:
    """Pieces of what is drawn and says nothing."""
    for rows in drawings(random):
        if "".join(rows).strip():
            page = Page(picture(rows))
            atoms = page.atoms
            windows = [Window(atom.first, more.last) for at, atom in enumerate(atoms) for more in atoms[at : at + 3]]
            random.shuffle(windows)
            windows = windows[:16]
            yield page.features(windows), np.full(len(windows), NONE)


def learnt(
    features: Floats, classes: NDArray[np.int64], hidden: int, rounds: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """The network's weights, by Adam."""
    chance = np.random.default_rng(SEED)
    size = features.shape[1]
    weights = [
        (chance.standard_normal((size, hidden)) * np.sqrt(2 / size)).astype(np.float32),
        np.zeros(hidden, np.float32),
        (chance.standard_normal((hidden, NONE + 1)) * np.sqrt(1 / hidden)).astype(np.float32),
        np.zeros(NONE + 1, np.float32),
    ]
    means = [np.zeros_like(one) for one in weights]
    squares = [np.zeros_like(one) for one in weights]
    step, total = 0, rounds * (len(classes) // BATCH)
    for round_number in range(rounds):
        order = chance.permutation(len(classes))
        lost = 0.0
        for at in range(0, len(order) - BATCH + 1, BATCH):
            batch = order[at : at + BATCH]
            gradients, loss = _gradients(weights, features[batch], classes[batch])
            step, lost = step + 1, lost + loss
            rate = 2e-3 * (1 - step / (total + 1))
            for at_weight, gradient in enumerate(gradients):
                means[at_weight] += 0.1 * (gradient - means[at_weight])
                squares[at_weight] += 0.001 * (gradient * gradient - squares[at_weight])
                root = np.sqrt(squares[at_weight] / (1 - 0.999**step)) + 1e-7
                weights[at_weight] -= rate * (means[at_weight] / (1 - 0.9**step)) / root
        print(f"round {round_number}: loss {lost / (len(order) // BATCH):.4f}", flush=True)
    return tuple(weights)


def _gradients(weights: list[Floats], seen: Floats, wanted: NDArray[np.int64]) -> tuple[list[Floats], float]:
    hidden, hidden_bias, out, out_bias = weights
    inner = np.maximum(seen @ hidden + hidden_bias, 0)
    logits = inner @ out + out_bias
    grown = np.exp(logits - logits.max(1, keepdims=True))
    chances = grown / grown.sum(1, keepdims=True)
    places = np.arange(len(wanted))
    loss = float(-np.log(chances[places, wanted] + 1e-9).mean())
    chances[places, wanted] -= 1
    error = chances / len(wanted)
    back = (error @ out.T) * (inner > 0)
    decay = 1e-5
    return [seen.T @ back + decay * hidden, back.sum(0), inner.T @ error + decay * out, error.sum(0)], loss


def after() -> NDArray[np.uint8]:
    """Which letter follows which two in words of training/data/: sixteenths of what their logarithms lack."""
    texts = " ".join(path.read_text() for path in sorted(DATA.glob("*.jsonl")))
    threes, twos = np.zeros((27, 27, 27)), np.full((27, 27), 0.3)
    for word, count in Counter(re.findall("[a-z]{2,}", texts.lower())).items():
        states = [26, 26, *(ord(letter) - ord("a") for letter in word)]
        for at in range(len(word)):
            threes[tuple(states[at : at + 3])] += np.sqrt(count)
            twos[tuple(states[at + 1 : at + 3])] += np.sqrt(count)
    pairs = twos / twos.sum(1, keepdims=True)
    shares = (threes + 4 * pairs) / (threes + 4 * pairs).sum(2, keepdims=True)
    shares[:, :26, 26] = 0.004  # no digits after letters
    shares[:, 26, 26] = 0.3
    return np.rint(-16 * np.log(shares)).clip(0, 255).astype(np.uint8)


def words() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The words of training/data/ in order of the alphabet, a line each; eighths of the logarithms of their counts."""
    texts = " ".join(path.read_text() for path in sorted(DATA.glob("*.jsonl")))
    counts = Counter(re.findall("[a-z]+", texts.lower()))
    known = sorted(word for word, count in counts.items() if count > 3 and 3 <= len(word) <= 14)
    common = np.array([round(8 * np.log(counts[word])) for word in known])
    return np.frombuffer("\n".join(known).encode(), np.uint8), common.clip(0, 255).astype(np.uint8)


def quantised(weights: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Weights as small whole numbers, and what each column is to be multiplied with."""
    scale = np.abs(weights).max(0) / LEVELS
    return np.rint(weights / scale).astype(np.int8), scale.astype(np.float32)


def member(fonts: int, hidden: int, rounds: int) -> tuple[Floats, Floats, Floats, Floats]:
    """The weights of one network."""
    pages = [*examples(fonts, Random(SEED))]  # noqa: S311 - fonts, no secrets
    features = np.concatenate([one for one, _ in pages])
    classes = np.concatenate([one for _, one in pages])
    print(f"{len(classes)} windows, {(classes == NONE).mean():.0%} of them no letters", flush=True)
    return learnt(features, classes, hidden, rounds)


def main() -> None:
    """Trains and writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    asked = parser.parse_args()
    hidden, hidden_bias, out, out_bias = zip(*(member(*one) for one in MEMBERS), strict=True)
    small, scale = quantised(np.concatenate(hidden, 1))
    small_out, out_scale = quantised(np.concatenate(out) / len(MEMBERS))
    write(
        asked.to,
        {
            "format": np.array(FORMAT),
            "hidden": small,
            "hidden_scale": scale,
            "hidden_bias": np.concatenate(hidden_bias),
            "out": small_out,
            "out_scale": out_scale,
            "out_bias": np.sum(out_bias, 0) / len(MEMBERS),
            "after": after(),
            **dict(zip(("words", "counts"), words(), strict=True)),
        },
    )


if __name__ == "__main__":
    main()
