import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sekisho.guards.classifier import Classifier, packed


def made(**changes):
    given = {
        "areas": ("attack", "harm"),
        "mean": np.zeros(3, np.float32),
        "weights": np.asarray([[2.0, 0.0], [-1.0, 3.0], [0.0, 1.0]], np.float32),
        "bias": np.asarray([0.25, -0.5], np.float32),
        "curve": np.asarray([[[[1, 0, 0], [0, 1, 0]], [[2, 1, 0], [1, 1, -1]]]] * 2, np.float32),
        "kinds": ("attack.jailbreak", "harm.illegal"),
        "kind_weights": np.asarray([[1, 0], [0, 2], [0, 0]], np.float32),
        "kind_bias": np.asarray([0.5, -0.5], np.float32),
    }
    return Classifier(**{**given, **changes})


def test_the_score_is_the_product_with_the_weights_and_the_bias():
    (scores,) = made().raw(np.asarray([[1, 2, 3]], np.float32))
    assert scores == pytest.approx([2 - 2 + 0.25, 6 + 3 - 0.5])


def test_the_mean_is_taken_from_every_embedding():
    moved = made(mean=np.asarray([5, 5, 5], np.float32))
    given = np.asarray([[1, 2, 3]], np.float32)
    assert moved.raw(given + 5) == pytest.approx(made().raw(given), abs=1e-4)


@given(arrays(np.float32, (4, 3), elements=st.floats(-2, 2, width=32)))
def test_each_text_is_scored_by_itself(embeddings):
    together = made().raw(embeddings)
    assert together == pytest.approx(np.concatenate([made().raw(one[None]) for one in embeddings]), abs=1e-4)


def test_texts_with_japanese_characters_have_a_curve_of_their_own():
    raw, logits = np.asarray([[1.0, 2.0]], np.float32), np.asarray([3.0, 4.0], np.float32)
    without = made().scores(raw, logits, japanese=False)[0]
    assert without == pytest.approx(1 / (1 + np.exp(-np.asarray([1.0, 4.0]))), abs=1e-6)
    there = made().scores(raw, logits, japanese=True)[0]
    assert there == pytest.approx(1 / (1 + np.exp(-np.asarray([5.0, 5.0]))), abs=1e-6)


def test_documents_have_a_curve_of_their_own():
    raw, logits = np.asarray([[1.0, 2.0]], np.float32), np.asarray([3.0, 4.0], np.float32)
    one = made()
    two = made(curve=np.stack([one.curve[0], one.curve[0] - 1]))
    others = one.scores(raw, logits, japanese=True)
    assert (one.scores(raw, logits, japanese=True, source=True) == others).all()
    assert (two.scores(raw, logits, japanese=True) == others).all()
    assert (two.scores(raw, logits, japanese=True, source=True) < others).all()


@given(st.floats(-1e6, 1e6, width=32))
def test_a_probability_is_one_however_far_a_score_goes(score):
    raw = np.asarray([[score, -score]], np.float32)
    told = made().scores(raw, np.zeros(2, np.float32), japanese=False)
    assert ((told >= 0) & (told <= 1)).all()


def test_kinds_fit_by_their_weights_over_the_embedding_less_the_mean():
    fits = made(mean=np.asarray([1, 1, 1], np.float32)).fits(np.asarray([3, 2, 9], np.float32))
    assert fits == pytest.approx({"attack.jailbreak": 2.5, "harm.illegal": 1.5})


def test_what_it_knows_of_some_areas_is_the_same_in_their_order():
    embeddings = np.asarray([[1, 2, 3], [0, -1, 1]], np.float32)
    whole, turned, one = made(), made().of(("harm", "attack")), made().of(("harm",))
    assert (turned.raw(embeddings) == whole.raw(embeddings)[:, ::-1]).all()
    assert (one.raw(embeddings) == whole.raw(embeddings)[:, 1:]).all()
    assert one.kinds == ("harm.illegal",)
    assert one.fits(embeddings[0]) == {"harm.illegal": whole.fits(embeddings[0])["harm.illegal"]}
    raw, logits = whole.raw(embeddings), np.asarray([3.0, 4.0], np.float32)
    told = one.scores(raw[:, 1:], logits[1:], japanese=True)
    assert (told == whole.scores(raw, logits, japanese=True)[:, 1:]).all()


def test_it_is_read_back_as_it_was_written(tmp_path):
    np.savez_compressed(tmp_path / "one.npz", **packed(made()))
    read = Classifier.load(tmp_path / "one.npz")
    assert (read.areas, read.kinds) == (made().areas, made().kinds)
    assert all(np.array_equal(one, packed(made())[name]) for name, one in packed(read).items())


@pytest.mark.parametrize("changes", [{"format": np.asarray(0)}, {"mean": np.zeros(4, np.float32)}])
def test_a_file_of_another_form_is_refused(tmp_path, changes):
    np.savez_compressed(tmp_path / "one.npz", **{**packed(made()), **changes})
    with pytest.raises(ValueError, match="no model of this version"):
        Classifier.load(tmp_path / "one.npz")


def test_objects_in_a_file_are_not_loaded(tmp_path):
    np.savez(tmp_path / "one.npz", **{**packed(made()), "areas": np.asarray([print, open], object)})
    with pytest.raises(ValueError, match="allow_pickle"):
        Classifier.load(tmp_path / "one.npz")
