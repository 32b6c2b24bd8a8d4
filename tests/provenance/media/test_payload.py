import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.provenance.media.samples import SAMPLES
from tests.provenance.media.sounds import MELODY, flac, sung, wav

from sekisho.provenance.media import payload
from sekisho.provenance.media.code import DATA, distance, near, raw
from sekisho.provenance.media.payload import data_codes, parts

NOISE = bytes(range(256)) * 2 + sung(3)[:4000].tobytes()
TAG = b"ID3\4\0\0\0\0\2\1" + bytes(257)
OLD_TAG = b"TAG" + bytes(125)
APE = b"APETAGEX" + struct.pack("<IIII", 2000, 60, 1, 0x80000000) + bytes(8)
APE_FOOT = b"APETAGEX" + struct.pack("<IIII", 2000, 60, 1, 0x80000000) + bytes(8)


def held(data):
    return b"".join(data[start:end] for start, end in parts(data))


def box(kind, *inner, size=None, long=False):
    data = b"".join(inner)
    if long:
        return struct.pack(">I4sQ", 1, kind, len(data) + 16 if size is None else size) + data
    return struct.pack(">I4s", len(data) + 8 if size is None else size, kind) + data


HEAD = box(b"ftyp", b"isom", bytes(4))


def chunk(kind, data, size=None):
    return kind + struct.pack("<I", len(data) if size is None else size) + data + bytes(len(data) % 2)


def riff(*chunks, kind=b"RIFF", size=0):
    return kind + struct.pack("<I", size) + b"WAVE" + b"".join(chunks)


FORMAT = chunk(b"fmt ", bytes(16))


@pytest.mark.parametrize(
    "data",
    [
        NOISE,
        TAG + NOISE,
        TAG * 2 + NOISE + OLD_TAG,
        NOISE + APE[:32] + bytes(28) + APE_FOOT + OLD_TAG,
        b"ID3\4\0\0\0\0\2\x81" + NOISE,
        riff(FORMAT, chunk(b"LIST", b"INFOx"), chunk(b"data", NOISE), chunk(b"C2PA", bytes(31))),
        riff(FORMAT, chunk(b"data", NOISE, size=0xFFFFFFFF), size=0xFFFFFFFF),
        riff(FORMAT, chunk(b"data", NOISE, size=0xFFFFFFFF), kind=b"RF64"),
        riff(FORMAT, chunk(b"data", NOISE[:1001]), chunk(b"data", NOISE[1001:])),
        HEAD + box(b"moov", bytes(40)) + box(b"mdat", NOISE) + box(b"uuid", bytes(99)),
        HEAD + box(b"mdat", NOISE[:700]) + box(b"moof") + box(b"mdat", NOISE[700:], long=True),
        HEAD + box(b"mdat", NOISE, size=0),
        HEAD + box(b"mdat", NOISE, size=1 << 31),
        HEAD + box(b"mdat", NOISE, size=1 << 63, long=True),
        b"fLaC" + b"\0\0\0\4abcd" + b"\x84\0\0\5abcde" + NOISE,
        TAG + b"fLaC" + b"\x80\0\0\0" + NOISE + OLD_TAG,
    ],
    ids=range(16),
)
def test_papers_tags_and_tables_are_left_out(data):
    kept = held(data)
    assert kept == (data if data.startswith(b"ID3\4\0\0\0\0\2\x81") else NOISE)  # no such size: no tag, but sound


@pytest.mark.parametrize(
    "data",
    [
        b"",
        TAG,
        TAG[:100],
        b"ID3\4\0\0\x7f\x7f\x7f\x7f" + NOISE,  # a tag that says to be longer than the file
        b"fLaC",
        b"fLaC\x80\xff\xff\xff" + NOISE,  # metadata longer than the file
        b"fLaC" + b"\0\0\0\0" * 20,  # the last block of metadata is missing
        riff(),
        riff(FORMAT),
        riff(FORMAT, b"data"),
        riff(FORMAT, chunk(b"data", b"")),
        riff(FORMAT, chunk(b"data", NOISE, size=0)[:8]),
        riff(chunk(b"fmt ", bytes(16), size=0xFFFFFFFF), chunk(b"data", NOISE)),
        HEAD,
        HEAD + box(b"mdat"),
        HEAD + box(b"moov", size=0) + box(b"mdat", NOISE),
        HEAD + box(b"moov", size=7) + box(b"mdat", NOISE),  # smaller than its own head
        HEAD + box(b"moov", size=15, long=True) + box(b"mdat", NOISE),
        HEAD + box(b"moov", size=(1 << 64) - 1, long=True) + box(b"mdat", NOISE),
        HEAD + b"\0\0\0\1mdat",
        OLD_TAG,
    ],
    ids=range(21),
)
def test_a_container_that_holds_nothing_or_lies_has_no_code(data):
    assert (held(data), data_codes(data)) == (b"", [])


def test_a_walk_ends(monkeypatch):
    monkeypatch.setattr(payload, "MOST", 50)
    for data in (
        HEAD + box(b"free") * 60 + box(b"mdat", NOISE),
        riff(*[chunk(b"junk", b"")] * 60, chunk(b"data", NOISE)),
        b"fLaC" + b"\1\0\0\0" * 60 + b"\x81\0\0\0" + NOISE,
    ):
        assert held(data) == b""
    assert held(TAG * 40 + NOISE) != NOISE


def test_the_frame_that_sums_up_an_mp3_is_left_out():
    (start, end), *_ = parts(MELODY)
    assert b"Info" in MELODY[:start]
    assert b"Lavc" not in MELODY[start:end]
    assert (MELODY[start : start + 2], end) == (MELODY[45:47], len(MELODY))
    spoilt = MELODY[:45] + MELODY[start:]
    assert data_codes(spoilt) == data_codes(MELODY)


@pytest.mark.parametrize(
    "head", [b"\xff\xfb\xf0\0", b"\xff\xfb\x9c\0", b"\xff\xfb\0\0", b"\xff\xe3\x90\0", b"\xff\xfb"]
)
def test_a_frame_that_says_what_cannot_be_is_no_summary(head):
    assert held(head + bytes(32) + b"Xin" + NOISE) == head + bytes(32) + b"Xin" + NOISE


@pytest.mark.parametrize("data", [wav(sung(1)), flac(sung(1)), MELODY])
def test_the_code_is_the_same_without_tags_and_another_one_for_another_sound(data):
    (code,) = data_codes(data)
    assert (raw(code)[:2], len(raw(code))) == (DATA, 34)
    assert data_codes(TAG + data + OLD_TAG if data is not wav(sung(1)) else data) == [code]
    assert distance(code, data_codes(wav(sung(2)))[0]) > 60


def test_a_little_cut_off_at_the_end_changes_little_and_half_of_it_much():
    data = wav(sung(1))
    (code,) = data_codes(data)
    assert near(raw(code), raw(data_codes(data[: len(data) * 19 // 20])[0]))
    assert not near(raw(code), raw(data_codes(data[: len(data) // 2])[0]))


@pytest.mark.parametrize(
    "data",
    [SAMPLES[".wav"], SAMPLES[".mp4"], SAMPLES[".mp3"], wav([0.0] * 400_000), HEAD + box(b"mdat", bytes(99_999))],
)
def test_silence_has_no_code(data):
    assert data_codes(data) == []


@given(
    st.sampled_from(
        [b"", b"fLaC", b"RIFF\0\0\0\0WAVE", HEAD, b"ID3\4\0\x10", b"\xff\xfb\x90\x64" + bytes(32) + b"Info"]
    ),
    st.lists(st.binary(max_size=40) | st.sampled_from([b"mdat", b"data", b"TAG", b"APETAGEX", b"\xff\xff\xff\xff"])),
)
def test_parts_lie_in_the_file_one_behind_the_other(begin, pieces):
    data = begin + b"".join(pieces)
    last = 0
    for start, end in parts(data):
        assert last <= start < end <= len(data)
        last = end
