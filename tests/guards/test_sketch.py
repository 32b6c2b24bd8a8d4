import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards.sketch import BINS, EMPTY, LEAST, READ, SHINGLE, Sketcher, alike

SKETCHER = Sketcher(bytes(range(32)))
LONG_ENOUGH = st.text(min_size=LEAST, max_size=300)


def how_alike(one, other):
    return float(alike(SKETCHER.sketch(one), SKETCHER.sketch(other)[:, None])[0])


def jaccard(one, other):
    first, second = (
        {text.lower()[at : at + SHINGLE] for at in range(len(text) - SHINGLE + 1)} for text in (one, other)
    )
    return len(first & second) / len(first | second)


@given(LONG_ENOUGH)
def test_a_text_is_wholly_like_itself_and_capitals_do_not_matter(text):
    assert how_alike(text, text) == 1.0
    assert SKETCHER.digest(text) == SKETCHER.digest(text)
    if text.isascii():
        assert how_alike(text, text.upper()) == 1.0


@given(LONG_ENOUGH, LONG_ENOUGH)
def test_texts_that_differ_have_other_digests(one, other):
    assert (SKETCHER.digest(one) == SKETCHER.digest(other)) == (one == other)


@pytest.mark.parametrize("changed", [0, 20, 60, 120, 300, 600])
def test_likeness_is_about_the_jaccard_index_of_the_shingles(changed):
    drawn = random.Random(changed)
    errors = []
    for _ in range(40):
        one = "".join(drawn.choices("あいうえおかきくけこさしすせそたちつてと", k=600))
        other = "".join(drawn.choices("なにぬねのはひふへほまみむめもらりるれろ", k=changed)) + one[changed:]
        errors.append(how_alike(one, other) - jaccard(one, other))
    assert max(map(abs, errors)) < 0.4  # four and a half standard errors
    assert abs(np.mean(errors)) < 0.05


@given(st.text(max_size=LEAST - 1))
def test_a_short_text_has_no_sketch(text):
    assert SKETCHER.sketch(text) is None


def test_empty_bins_of_a_short_text_make_it_like_nobody():
    sketch = SKETCHER.sketch("短い文章のひとつをここに置きます。")
    assert (sketch == EMPTY).any()
    assert float(alike(sketch, np.zeros((BINS, 1), np.uint16))[0]) == 0.0


def test_of_a_long_text_the_beginning_the_end_and_the_length_count():
    long = "abcdefgh" * READ
    changed = f"{long[:READ]}{'x' * (len(long) - 2 * READ)}{long[-READ:]}"
    assert SKETCHER.digest(long) == SKETCHER.digest(changed)
    assert SKETCHER.digest(long) != SKETCHER.digest(long[: 3 * READ] + long[-READ:])
    assert how_alike(long, changed) == 1.0


def test_another_key_makes_other_sketches_and_digests():
    text = "A text that is long enough for a sketch."
    other = Sketcher()
    assert float(alike(SKETCHER.sketch(text), other.sketch(text)[:, None])[0]) < 0.3
    assert SKETCHER.digest(text) != other.digest(text)
    assert repr(other.key) not in repr(other)


def test_lone_surrogates_have_a_sketch():
    assert SKETCHER.sketch("\ud83d" * LEAST) is not None
    assert SKETCHER.digest("\ud83d" * LEAST) != SKETCHER.digest("\ud83e" * LEAST)
