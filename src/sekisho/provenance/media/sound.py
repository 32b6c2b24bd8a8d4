"""The Audio-Code of a sound: by it the sound is known again when it was encoded anew.

Computed in the child process (`reader`), since strangers made what is decoded. MP3, FLAC and WAV are decoded by
miniaudio; what it cannot decode, AAC among others, has no such code. The code (ISO 24138:2024) is made of Chromaprint's
fingerprint (`acoustic`).
"""

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sekisho.provenance.media.acoustic import RATE, fingerprint

FORMATS = ("audio/wav", "audio/mpeg", "audio/flac")
LONGEST_S = 600  # seconds that are listened to
PIECE = 1 << 16  # samples
LEAST = 8  # different numbers in a fingerprint, so about 3.5 s: with less there is nothing to know it by
BITS = 256


def audio_codes(data: bytes, mime: str) -> list[str]:
    """The Audio-Code of the first ten minutes, as `ISCC:…`.

    None where the format has none, or the sound does not decode, is too short, or always the same.
    """
    if mime not in FORMATS:
        return []
    try:
        found = fingerprint(_samples(data))
    except Exception:  # noqa: BLE001 - decoders raise what they like; a sound without a code can still have papers
        return []
    if len(np.unique(found)) < LEAST:
        return []
    iscc: Any = importlib.import_module("iscc_lib")
    return [str(iscc.gen_audio_code_v0(found.tolist(), BITS).iscc)]


def _samples(data: bytes) -> NDArray[np.float32]:
    return np.concatenate([np.frombuffer(piece, np.float32) for piece in _decoded(data)])


def _decoded(data: bytes) -> Iterator[Any]:
    """Samples in pieces, all channels in one. Raises what the decoder raises."""
    miniaudio: Any = importlib.import_module("miniaudio")
    left = LONGEST_S * RATE
    for piece in miniaudio.stream_memory(data, miniaudio.SampleFormat.FLOAT32, 1, RATE, PIECE):
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return
