import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.guards import linear
from sekisho.guards.linear import BLOCK, NOTHING, STRETCH, LinearModel, buckets, code_points, packed, weight

words = st.text(st.characters(codec="utf-32-le"), max_size=300)


def model(weights):
    one = np.ones(weights.shape[1], np.float32)
    both = np.stack([one, one])
    return LinearModel(tuple(f"h{n}" for n in range(weights.shape[1])), weights, one, 0 * one, both, 0 * both, 0 * one)


@pytest.fixture(scope="module")
def random_model():
    chance = np.random.default_rng(1)
    weights = chance.integers(-127, 128, (NOTHING + 1, 3), dtype=np.int8)
    weights[NOTHING] = 0
    return model(weights)


def slow_buckets(text, order):
    """The same arithmetic, number by number."""
    found = []
    points = [int(point) for point in code_points(text)]
    for at in range(len(points) - order + 1):
        hashed = 0x9E3779B1
        for point in points[at : at + order]:
            hashed = ((hashed ^ point) * 0x01000193) & 0xFFFFFFFF
            hashed ^= hashed >> 15
        mixed = (hashed * 0x2C1B3C6D) & 0xFFFFFFFF
        found.append((mixed ^ (mixed >> 13)) & (NOTHING - 1))
    return found


@given(words)
def test_buckets_are_those_of_each_n_gram(text):
    points = code_points(text)
    for order, row in zip(linear.ORDERS, buckets(points), strict=True):
        assert row.tolist() == slow_buckets(text, order)


@given(words)
def test_every_stretch_scores_as_it_would_alone_but_for_n_grams_over_its_end(random_model, text):
    raw, places = random_model.raw(text)
    assert places[0] == (0, len(text))
    found = list(buckets(code_points(text)))
    for scores, (start, end) in zip(raw, places, strict=True):
        stop = len(text) if (start, end) == places[0] else start + STRETCH * BLOCK
        inside = np.concatenate([row[start:stop] for row in found])
        expected = random_model.weights[inside].sum(axis=0, dtype=np.int64) / weight(np.asarray(len(inside)))
        assert scores == pytest.approx(expected, rel=1e-4, abs=1e-3)


@given(words, words)
def test_a_model_of_fewer_buckets_goes_by_the_first_bits_whoever_read_the_text_before(random_model, text, other):
    bits = 10
    chance = np.random.default_rng(2)
    weights = chance.integers(-127, 128, ((1 << bits) + 1, 2), dtype=np.int8)
    weights[-1] = 0
    random_model.raw(text)
    smaller = model(weights)
    raw, _ = smaller.raw(text)
    inside = np.concatenate([row >> (linear.BITS - bits) for row in buckets(code_points(text))])
    expected = weights[inside].sum(axis=0, dtype=np.int64) / weight(np.asarray(len(inside)))
    assert raw[0] == pytest.approx(expected, rel=1e-4, abs=1e-3)
    random_model.raw(other)
    assert (smaller.raw(text)[0] == raw).all()


def test_a_text_said_over_and_over_scores_as_high_as_once(random_model):
    once = "the quick brown fox jumps over the lazy dog, and so on. ".ljust(STRETCH * BLOCK, "x")
    raw, _ = random_model.raw(once)
    many, _ = random_model.raw(once * 20)
    assert many[0] == pytest.approx(raw[0], rel=0.2, abs=0.5 * float(np.abs(raw[0]).max()))


def test_what_sums_are_divided_by_is_their_root_up_to_one_stretch_and_grows_with_the_text_beyond():
    stretch = STRETCH * BLOCK * len(linear.ORDERS)
    assert weight(np.asarray([0, 1, 100, stretch])) == pytest.approx([1, 1, 10, np.sqrt(stretch)])
    assert weight(np.asarray([4 * stretch])) == pytest.approx([4 * np.sqrt(stretch)])


def test_something_in_the_middle_of_a_long_text_is_found_with_its_place():
    weights = np.zeros((NOTHING + 1, 1), np.int8)
    for row in buckets(code_points("悪企み")):
        weights[row] = 100
    text = "fair and square " * 40 + "悪企み" + " fair and square" * 40
    (scored,) = model(weights).scores(text)
    assert scored.start <= text.index("悪企み") < scored.end
    assert scored.end - scored.start <= STRETCH * BLOCK
    assert scored.score > 0.9


def test_a_long_text_has_the_scores_that_it_would_have_if_read_at_once(random_model, monkeypatch):
    text = "ある長い文章の一部です。 And some in English. " * 40
    whole, places = random_model.raw(text)
    for part in (BLOCK, 7 * BLOCK):
        monkeypatch.setattr(linear, "PART", part)
        raw, again = random_model.raw(text)
        assert again == places
        assert raw == pytest.approx(whole, abs=1e-5)


@pytest.mark.parametrize(("times", "more"), [(100, 0), (5_000, 0), (5_000, 5_000)])
def test_something_far_into_a_text_is_found_with_its_place_however_long_that_is(times, more):
    weights = np.zeros((NOTHING + 1, 1), np.int8)
    for row in buckets(code_points("悪企み")):
        weights[row] = 100
    text = "fair and square " * times + "悪企み" + "fair and square " * more
    raw, places = model(weights).raw(text)
    start, end = places[int(raw[:, 0].argmax())]
    assert start <= text.index("悪企み") < end
    assert end - start <= STRETCH * BLOCK
    assert all(0 <= first < last <= len(text) for first, last in places)


def test_a_letter_whose_small_form_is_two_leaves_no_other_letter_large():
    assert code_points("İGNORE IT").tolist() == code_points("ignore it").tolist()


def test_a_model_survives_its_file(tmp_path, random_model):
    path = tmp_path / "some.npz"
    np.savez_compressed(path, **packed(random_model))
    again = LinearModel.load(path)
    assert again.heads == random_model.heads
    assert again.scores("ある文章です") == random_model.scores("ある文章です")


def test_a_file_of_another_version_or_with_objects_is_refused(tmp_path, random_model):
    path = tmp_path / "some.npz"
    arrays = packed(random_model)
    np.savez_compressed(path, **{**arrays, "format": np.asarray(99)})
    with pytest.raises(ValueError, match="no model of this version"):
        LinearModel.load(path)
    np.savez_compressed(path, **{**arrays, "heads": np.asarray(["a", {}], object)})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        LinearModel.load(path)


@pytest.mark.parametrize("text", ["", " ", "a", "\ud83d", "İ", "é" * 500, "あ" * 200_000])
def test_any_text_has_scores_between_none_and_one(random_model, text):
    for scored in random_model.scores(text):
        assert 0 <= scored.score <= 1
        assert 0 <= scored.start <= scored.end <= len(text)
