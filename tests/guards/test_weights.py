import numpy as np
import pytest

from sekisho.guards.weights import arrays_of, probability


def test_arrays_are_read_if_version_and_form_fit(tmp_path):
    path = tmp_path / "some.npz"
    np.savez_compressed(path, format=np.asarray(3), numbers=np.arange(4))
    assert arrays_of(path, 3, lambda found: len(found["numbers"]) == 4)["numbers"].tolist() == [0, 1, 2, 3]
    for version, length in ((2, 4), (3, 5)):
        with pytest.raises(ValueError, match=r"some\.npz is no model of this version"):
            arrays_of(path, version, lambda found, length=length: len(found["numbers"]) == length)


def test_objects_are_not_loaded(tmp_path):
    path = tmp_path / "some.npz"
    np.savez(path, format=np.asarray(3), names=np.asarray([print], object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        arrays_of(path, 3, lambda _: True)


def test_probabilities_rise_with_the_score_and_stay_within_bounds_however_steep():
    told = probability(np.asarray([-1e9, -1.0, 0.0, 1.0, 1e9], np.float32))
    assert told[2] == 0.5
    assert (np.diff(told) > 0).all()
    assert ((told > 0) & (told <= 1)).all()
