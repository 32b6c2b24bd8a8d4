import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards import encoder, meaning
from sekisho.guards.linear import BLOCK, STRETCH
from sekisho.guards.meaning import LONG, MOST, REMEMBERED, Embedder, SecondOpinion, excerpts


class Engine:
    """Embeds a text as its length in three dimensions; remembers the texts."""

    def __init__(self):
        self.texts = []

    def query(self, text):
        text.encode()
        self.texts.append(text)
        return np.full(384, len(text) / 1000, np.float32)


@pytest.fixture
def opinion(monkeypatch):
    embedder = Embedder()
    embedder.engine = Engine()
    monkeypatch.setattr(meaning, "embedder", embedder)
    return SecondOpinion(("attack", "harm"))


def stretches(length):
    """Places as the linear model gives them, with logits that rise towards the end."""
    blocks = -(-length // BLOCK)
    places = [(0, length), *((at * BLOCK, min(length, (at + STRETCH) * BLOCK)) for at in range(blocks - STRETCH + 1))]
    return np.linspace(-1, 1, len(places))[:, None].repeat(2, axis=1).astype(np.float32), places


@given(st.integers(1, 6_000), st.sampled_from(LONG))
def test_excerpts_are_few_of_one_length_and_within_the_text(length, width):
    logits, places = stretches(length)
    parts = excerpts(length, width, logits, places)
    assert 1 <= len(parts) <= MOST
    assert all(0 <= start < end <= length and end - start == min(width, length) for start, end in parts)
    assert parts[0][0] == 0
    assert len(set(parts)) == len(parts)


def test_a_long_text_is_read_where_the_linear_model_sees_most():
    logits, places = stretches(4_000)
    _, best, _ = excerpts(4_000, 480, logits, places)
    assert best[1] > 3_700


@given(st.integers(1, 2 * LONG[0]), st.sampled_from(LONG))
def test_nothing_is_left_out_of_a_text_that_two_excerpts_can_hold(length, width):
    length = min(length, 2 * width)
    logits, places = stretches(length)
    read = {at for start, end in excerpts(length, width, logits, places) for at in range(start, end)}
    assert read == set(range(length))


@given(st.integers(1, 6_000), st.sampled_from(LONG))
def test_the_end_of_a_text_is_read_where_the_linear_model_sees_most_there(length, width):
    logits, places = stretches(length)
    assert any(end == length for _, end in excerpts(length, width, logits, places))


def test_a_short_text_is_read_once_and_whole(opinion):
    value = "この文章はどういう意味ですか。"
    told = opinion.scores(value, np.zeros((1, 2), np.float32), [(0, len(value))])
    assert meaning.embedder.engine.texts == [value]
    assert {area: (one.scored.start, one.scored.end) for area, one in told.items()} == dict.fromkeys(
        ("attack", "harm"), (0, len(value))
    )
    assert all(0 <= one.scored.score <= 1 for one in told.values())
    assert all(set(opinion.classifier.kinds) == set(one.fits) for one in told.values())


def test_what_has_no_utf8_and_what_would_end_a_text_early_is_replaced(opinion):
    opinion.embedded(["a\0b", "c\ud800d"])
    assert meaning.embedder.engine.texts == ["a b", "c?d"]


def test_no_character_reaches_the_engine_that_needs_more_room_than_it_has(opinion):
    every = [chr(point) for point in range(1, 0x110000) if not 0xD800 <= point < 0xE000]
    large = [one for one in every if len(unicodedata.normalize("NFKC", one)) > 4 * len(one.encode())]
    opinion.embedded(["".join(large) * 20])
    assert large
    assert not set(large) & set(meaning.embedder.engine.texts[0])


def test_a_text_is_embedded_once_while_it_is_among_the_last(opinion):
    first = opinion.embedded(["a"] + [str(number) for number in range(REMEMBERED - 1)])
    again = SecondOpinion(("harm",)).embedded(["a"])
    assert (first[0] == again[0]).all()
    assert meaning.embedder.engine.texts.count("a") == 1
    opinion.embedded([f"x{number}" for number in range(REMEMBERED)])
    opinion.embedded(["a"])
    assert meaning.embedder.engine.texts.count("a") == 2


def test_without_the_package_there_is_no_second_opinion(monkeypatch):
    monkeypatch.setattr(encoder, "PACKAGE", "no_such_package")
    assert not meaning.installed()


def test_the_real_engine_tells_a_paraphrase_from_another_subject():
    near, far, here = SecondOpinion(("harm",)).embedded(
        [
            "How do I reset my password?",
            "The soup needs more salt.",
            "I forgot my login secret, how can I get a new one?",
        ]
    )
    assert here @ near > here @ far
    assert near.shape == (384,)
