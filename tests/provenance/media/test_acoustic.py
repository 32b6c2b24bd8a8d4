import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.provenance.media.sounds import MELODY, sung

from sekisho.provenance.media.acoustic import FRAME, HOP, RATE, fingerprint
from sekisho.provenance.media.sound import _samples

# `fpcalc -raw -json -signed -length 0 melody.mp3` of Chromaprint 1.5.1
OF_CHROMAPRINT = [
    *(-828628574, -829136734, -560487246, -692942718, -157120318, -224229374, 1923201299, -224351967, -492787424),
    *(-1574917856, -1591686876, -1591604956, -1607333084, -1607324956, -1580062044, -444527993, -461104510),
    *(-1266414974, -1266677342, -1802495839, -1800394592, -1667139376, -1943808000, -1993147648, -1976373759),
    *(-1976406526, -890099198),
]
NEEDED = FRAME + (4 + 15) * HOP  # samples of the first number


def test_the_numbers_are_those_of_chromaprint():
    found = fingerprint(_samples(MELODY))
    assert len(found) == len(OF_CHROMAPRINT)
    other = np.array(OF_CHROMAPRINT, np.int32) ^ found
    assert int(np.bitwise_count(other.view(np.uint32)).sum()) <= 32 * len(found) // 100


def test_loudness_does_not_matter():
    samples = sung(1).astype(np.float32)
    different = fingerprint(samples) ^ fingerprint(samples / 4)
    assert int(np.bitwise_count(different.view(np.uint32)).sum()) <= 1


def test_silence_has_numbers_that_are_all_the_same():
    assert len(set(fingerprint(np.zeros(5 * RATE, np.float32)).tolist())) == 1


@pytest.mark.parametrize(("samples", "numbers"), [(0, 0), (1, 0), (FRAME, 0), (NEEDED - 1, 0), (NEEDED, 1)])
def test_what_is_too_short_has_no_numbers(samples, numbers):
    assert len(fingerprint(np.full(samples, 0.5, np.float32))) == numbers


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_the_beginning_of_a_sound_has_the_beginning_of_its_numbers(more, seed):
    samples = np.random.default_rng(seed).normal(0, 0.1, NEEDED + more * HOP).astype(np.float32)
    whole = fingerprint(samples)
    assert len(whole) == more + 1
    part = fingerprint(samples[: NEEDED + (more - 1) * HOP])
    different = int(np.bitwise_count((part ^ whole[:more]).view(np.uint32)).sum())
    assert different <= 1  # sums are rounded otherwise
