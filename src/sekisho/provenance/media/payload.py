"""What sounds and moves in a file, without its papers, tags and tables; and the Data-Code of that.

By that code a file is known again whose papers were taken out, or whose tags were changed, as long as it was not
encoded anew. The standard (ISO 24138:2024) takes all bytes of a file; papers and tags are left out here, since a short
sound has fewer bytes than they. Strangers made the files: every size is checked against what is there, and a walk ends
after `MOST` steps.

Known are FLAC (RFC 9639), WAV (RIFF, and RF64 of EBU Tech 3306), MP3 with ID3 and APE tags, and MP4 (ISO/IEC
14496-12). Of any other file it is the whole of it.
"""

import importlib
import zlib
from collections.abc import Iterator
from typing import Any

MOST = 10_000  # parts of a file that are walked over
TAGS = 16
LEAST, SPARSE = 256, 50  # what can be pressed into so few bytes and a 50th of it, as silence, has nothing to know
PIECE = 1 << 16
BITS = 256

KILOBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)  # a second, of MPEG-1, layer III
HALVED = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)  # of MPEG-2 and 2.5
HERTZ = (44_100, 48_000, 32_000, 0)
SUMMARIES = (13, 21, 36)  # where the word may stand: behind the frame's head and what one or two channels need

Part = tuple[int, int]  # first byte, and behind the last


def data_codes(data: bytes) -> list[str]:
    """The Data-Code of what sounds or moves in a file, as `ISCC:…`; none where that says nothing."""
    found = list(parts(data))
    if not _telling(data, found):
        return []
    iscc: Any = importlib.import_module("iscc_lib")
    hasher = iscc.DataHasher()
    for start, end in found:
        hasher.update(data[start:end])
    return [str(hasher.finalize(BITS).iscc)]


def parts(data: bytes) -> Iterator[Part]:
    """Where what sounds or moves stands in a file; nowhere, where a container holds none."""
    start = _behind_tags(data)
    end = max(start, _before_tags(data))
    head = data[start : start + 12]
    if head.startswith(b"fLaC"):
        yield from _flac(data, start + 4, end)
    elif head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
        yield from _wave(data, start + 12)
    elif head[4:8] == b"ftyp":
        yield from _boxes(data, start)
    elif (start := _behind_summary(data, start)) < end:
        yield start, end


def _telling(data: bytes, found: list[Part]) -> bool:
    """Whether there is more to it than repetition."""
    press = zlib.compressobj(1)
    size, least = 0, LEAST
    for start, end in found:
        for at in range(start, end, PIECE):
            size += len(press.compress(data[at : min(end, at + PIECE)]))
            least += min(PIECE, end - at) // SPARSE
            if size >= least:
                return True
    return size + len(press.flush()) >= least


def _behind_tags(data: bytes) -> int:
    """Where the file begins behind ID3v2 tags (id3.org, 2.4, section 3.1)."""
    at = 0
    for _ in range(TAGS):
        head = data[at : at + 10]
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:]) >= 0x80:
            break
        size = sum(byte << 7 * place for place, byte in enumerate(reversed(head[6:])))
        at += 10 + size + (10 if head[5] & 0x10 else 0)
    return min(at, len(data))


def _before_tags(data: bytes) -> int:
    """Where the file ends before an ID3v1 tag (128 bytes) and one of APE (version 2, with its footer of 32 bytes)."""
    end = len(data)
    if data[max(0, end - 128) :].startswith(b"TAG"):
        end -= 128
    foot = data[max(0, end - 32) : end]
    if len(foot) == 32 and foot.startswith(b"APETAGEX"):
        end -= int.from_bytes(foot[12:16], "little") + (32 if foot[23] & 0x80 else 0)
    return max(0, end)


def _behind_summary(data: bytes, at: int) -> int:
    """Where MP3 goes on behind a first frame that sums up the others and has no sound (Xing, Info): tools rewrite it.

    `at`, where there is none.
    """
    head = data[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # layer III (ISO/IEC 11172-3, 2.4.1.3)
        return at
    version, rate, speed = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    kilobits = (KILOBITS if version == 3 else HALVED)[rate]
    hertz = HERTZ[speed] >> {3: 0, 2: 1}.get(version, 2)
    size = (144_000 if version == 3 else 72_000) * kilobits // hertz + (head[2] >> 1 & 1) if hertz else 0
    frame = data[at : at + size]
    return at + size if any(frame[mark : mark + 4] in (b"Xing", b"Info") for mark in SUMMARIES) else at


def _flac(data: bytes, at: int, end: int) -> Iterator[Part]:
    """The frames behind the blocks of metadata."""
    for _ in range(MOST):
        head = data[at : at + 4]
        if len(head) < 4:
            return
        at += 4 + int.from_bytes(head[1:])
        if head[0] & 0x80:  # the last block
            if at < end:
                yield at, end
            return


def _wave(data: bytes, at: int) -> Iterator[Part]:
    """The chunks `data`; one that says to be longer than the file ends with it, as in what was streamed."""
    for _ in range(MOST):
        head = data[at : at + 8]
        if len(head) < 8:
            return
        start, size = at + 8, int.from_bytes(head[4:], "little")
        end = min(len(data), start + size)
        if head.startswith(b"data") and start < end:
            yield start, end
        at = start + size + size % 2


def _boxes(data: bytes, at: int) -> Iterator[Part]:
    """What stands in the boxes `mdat`; the size 1 says that it follows in 64 bits, 0 that the box is the last."""
    for _ in range(MOST):
        head = data[at : at + 16]
        size, kind, inner = int.from_bytes(head[:4]), head[4:8], 8
        if size == 1:
            size, inner = int.from_bytes(head[8:]), 16
        size = size or len(data) - at
        if len(head) < inner or size < inner:
            return
        if kind == b"mdat" and at + inner < len(data):
            yield at + inner, min(len(data), at + size)
        at += size
