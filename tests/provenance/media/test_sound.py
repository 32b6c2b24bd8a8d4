import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.provenance.media.samples import SAMPLES
from tests.provenance.media.sounds import MELODY, RATE, flac, resampled, sung, wav

from sekisho.provenance.media import sound
from sekisho.provenance.media.code import AUDIO, NEAR, distance, near, raw
from sekisho.provenance.media.sound import audio_codes

(CODE,) = audio_codes(wav(sung(1)), "audio/wav")


def test_a_code_has_256_bits_and_says_that_it_is_one_of_a_sound():
    assert CODE.startswith("ISCC:EI")
    assert raw(CODE).startswith(AUDIO)
    assert len(raw(CODE)) == 34


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (MELODY, "audio/mpeg"),
        (flac(sung(1)), "audio/flac"),
        (wav(resampled(sung(1), 8000), 8000), "audio/wav"),
        (wav(resampled(sung(1), 44_100) / 3, 44_100, channels=2), "audio/wav"),
        (wav(sung(1)[RATE // 20 :]), "audio/wav"),
    ],
)
def test_a_sound_that_was_encoded_anew_is_known_again(data, mime):
    (code,) = audio_codes(data, mime)
    assert near(raw(code), raw(CODE))


def test_other_sounds_are_far_away():
    codes = [audio_codes(wav(sung(seed)), "audio/wav")[0] for seed in range(12)]
    assert min(distance(one, other) for one in codes for other in codes if one != other) > 2 * NEAR[AUDIO]


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (SAMPLES[".wav"], "audio/wav"),  # a hundredth of a second
        (SAMPLES[".flac"], "audio/flac"),
        (SAMPLES[".mp3"], "audio/mpeg"),
        (wav(sung(1)[: 3 * RATE]), "audio/wav"),
        (wav(np.zeros(10 * RATE)), "audio/wav"),
        (wav(np.sin(np.arange(10 * RATE) / 6)), "audio/wav"),  # one tone
        (MELODY[:300], "audio/mpeg"),
        (wav(sung(1))[:40], "audio/wav"),
        (b"", "audio/wav"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff", "audio/wav"),
        (b"fLaC\x80\xff\xff\xff" + bytes(40), "audio/flac"),
        (wav(sung(1)), "video/mp4"),
        (wav(sung(1)), "audio/ogg"),
    ],
)
def test_where_there_is_nothing_to_go_by_there_is_no_code(data, mime):
    assert audio_codes(data, mime) == []


def test_what_is_cut_off_has_the_code_of_what_is_left():
    whole = wav(sung(1, 12.0))
    (cut,) = audio_codes(whole[: len(whole) // 2], "audio/wav")
    (left,) = audio_codes(wav(sung(1, 12.0)[: 6 * RATE]), "audio/wav")
    assert near(raw(cut), raw(left))


def test_no_more_is_listened_to_than_there_is_time_for(monkeypatch):
    monkeypatch.setattr(sound, "LONGEST_S", 5)
    (long,) = audio_codes(wav(np.concatenate([sung(1), sung(2, 60.0)])), "audio/wav")
    assert long == audio_codes(wav(sung(1)[: 5 * RATE + 8]), "audio/wav")[0]
    assert len(sound._samples(wav(sung(2, 60.0)))) == 5 * sound.RATE


@given(st.binary(max_size=400), st.sampled_from([b"", b"ID3", b"fLaC", b"\xff\xfb\x90\x00", b"RIFF\x90\0\0\0WAVEfmt "]))
def test_whatever_strangers_bring_has_a_code_or_none(data, begin):
    for mime in sound.FORMATS:
        assert audio_codes(begin + data, mime) == []
