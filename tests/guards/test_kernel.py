import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sekisho.guards.kernel import BLOCK, Examples, KernelModel, packed


def machine(**changes):
    given = {
        "areas": ("attack", "harm"),
        "mean": np.zeros(3, np.float32),
        "examples": Examples(np.asarray([[100, 0, 0], [0, 100, 0]], np.int8), 0.01),
        "weights": np.asarray([[2.0, 0.0], [-1.0, 3.0]], np.float32),
        "gamma": np.asarray([1.0, 0.5], np.float32),
        "bias": np.asarray([0.25, -0.5], np.float32),
        "curve": np.asarray([[[[1, 0, 0], [0, 1, 0]], [[2, 1, 0], [1, 1, -1]]]], np.float32),
        "kinds": ("attack.jailbreak", "harm.illegal"),
        "kind_weights": np.asarray([[1, 0], [0, 2], [0, 0]], np.float32),
        "kind_bias": np.asarray([0.5, -0.5], np.float32),
    }
    return KernelModel(**{**given, **changes})


def test_the_score_is_the_sum_of_the_examples_by_their_distance():
    (scores,) = machine().raw(np.asarray([[1, 0, 0]], np.float32))
    far = 2.0  # the squared distance of the other example
    assert scores == pytest.approx([2 * 1 - np.exp(-far) + 0.25, 3 * np.exp(-0.5 * far) - 0.5], abs=1e-5)


def test_the_mean_is_taken_from_every_embedding():
    moved = machine(mean=np.asarray([5, 5, 5], np.float32))
    given = np.asarray([[1, 2, 3]], np.float32)
    assert moved.raw(given + 5) == pytest.approx(machine().raw(given), abs=1e-4)


@given(arrays(np.float32, (4, 3), elements=st.floats(-2, 2, width=32)))
def test_each_text_is_scored_by_itself(embeddings):
    together = machine().raw(embeddings)
    assert together == pytest.approx(np.concatenate([machine().raw(one[None]) for one in embeddings]), abs=1e-4)


def test_texts_with_japanese_characters_have_a_curve_of_their_own():
    raw, logits = np.asarray([[1.0, 2.0]], np.float32), np.asarray([3.0, 4.0], np.float32)
    without = machine().scores(raw, logits, japanese=False)[0]
    assert without == pytest.approx(1 / (1 + np.exp(-np.asarray([1.0, 4.0]))), abs=1e-6)
    there = machine().scores(raw, logits, japanese=True)[0]
    assert there == pytest.approx(1 / (1 + np.exp(-np.asarray([5.0, 5.0]))), abs=1e-6)


def test_documents_have_a_curve_of_their_own_where_there_is_one():
    raw, logits = np.asarray([[1.0, 2.0]], np.float32), np.asarray([3.0, 4.0], np.float32)
    one = machine()
    others = one.scores(raw, logits, japanese=True)
    assert (one.scores(raw, logits, japanese=True, source=True) == others).all()
    two = machine(curve=np.concatenate([one.curve, one.curve - 1]))
    assert (two.scores(raw, logits, japanese=True) == others).all()
    assert (two.scores(raw, logits, japanese=True, source=True) < others).all()


@given(st.floats(-1e6, 1e6, width=32))
def test_a_probability_is_one_however_far_a_score_goes(score):
    raw = np.asarray([[score, -score]], np.float32)
    told = machine().scores(raw, np.zeros(2, np.float32), japanese=False)
    assert ((told >= 0) & (told <= 1)).all()


def test_it_is_read_back_as_it_was_written(tmp_path):
    np.savez_compressed(tmp_path / "one.npz", **packed(machine()))
    read = KernelModel.load(tmp_path / "one.npz")
    assert (read.areas, read.examples.scale) == (("attack", "harm"), 0.01)
    assert read.kinds == machine().kinds
    assert (read.examples.steps == machine().examples.steps).all()
    assert (read.curve == machine().curve).all()


def test_kinds_fit_by_their_weights_over_the_embedding_less_the_mean():
    fits = machine(mean=np.asarray([1, 1, 1], np.float32)).fits(np.asarray([3, 2, 9], np.float32))
    assert fits == pytest.approx({"attack.jailbreak": 2.5, "harm.illegal": 1.5})


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
@pytest.mark.parametrize("count", [0, 1, 4])
def test_distances_are_those_of_every_row_from_every_example(size, count):
    chance = np.random.default_rng(size)
    examples = Examples(chance.integers(-127, 128, (size, 12), np.int8), 0.01)
    rows = chance.normal(0, 0.5, (count, 12)).astype(np.float32)
    apart = ((rows[:, None] - examples.steps.astype(np.float64)[None] * 0.01) ** 2).sum(axis=2)
    assert examples.squares(rows).shape == (count, size)
    assert examples.squares(rows) == pytest.approx(apart, abs=1e-4)


@pytest.mark.parametrize("changes", [{"format": np.asarray(1)}, {"mean": np.zeros(4, np.float32)}])
def test_a_file_of_another_form_is_refused(tmp_path, changes):
    np.savez_compressed(tmp_path / "one.npz", **{**packed(machine()), **changes})
    with pytest.raises(ValueError, match="no model of this version"):
        KernelModel.load(tmp_path / "one.npz")


def test_objects_in_a_file_are_not_loaded(tmp_path):
    np.savez(tmp_path / "one.npz", **{**packed(machine()), "areas": np.asarray([print, open], object)})
    with pytest.raises(ValueError, match="allow_pickle"):
        KernelModel.load(tmp_path / "one.npz")
