"""The smallest files of each kind that a reader accepts, made by hand, each with a byte of its content to change."""

import io
import struct
import wave
import zipfile
import zlib


def _png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")), chunk(b"IEND", b""))
    )


def _jpeg():
    tables = bytes.fromhex("ffc40014000100000000000000000000000000000000ffc40014100100000000000000000000000000000000")
    return b"".join(
        (
            bytes.fromhex("ffd8ffe000104a46494600010100000100010000"),
            b"\xff\xdb\0\x43\0" + b"\1" * 64,
            bytes.fromhex("ffc0000b080001000101011100"),
            tables,
            bytes.fromhex("ffda0008010100003f007fa0ffd9"),
        )
    )


def _wav():
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 80)
    return out.getvalue()


def _webp():
    data = bytes.fromhex("2f00000010071011118888fe0700")
    data = b"VP8L" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data


def _flac():
    stream = struct.pack(">HH", 4096, 4096) + bytes(6) + (8000 << 44 | 15 << 36).to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80\0\0\x22" + stream


def _mp4():
    def box(kind, *parts):
        data = b"".join(parts)
        return struct.pack(">I", len(data) + 8) + kind + data

    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    head = bytes(4) + struct.pack(">IIIIIH", 0, 0, 1000, 0, 0x10000, 0x100) + bytes(10) + matrix + bytes(24)
    moov = box(b"moov", box(b"mvhd", head, struct.pack(">I", 1)))
    return box(b"ftyp", b"isom", bytes(4), b"isom") + moov + box(b"mdat", bytes(16))


def _pdf():
    out, places = b"%PDF-1.4\n", []
    for number, what in enumerate(
        (
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        ),
        1,
    ):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, what)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    return out + b"xref\n0 4\n0000000000 65535 f \n%btrailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        start,
    )


def _zip(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
CONTENT = b"<text>the content</text>"


def _office(name):
    return _zip(**{"[Content_Types].xml": _TYPES, name: CONTENT})


def _open(kind):
    return _zip(**{"mimetype": kind, "content.xml": CONTENT})


SAMPLES = {
    ".png": _png(),
    ".jpg": _jpeg(),
    ".gif": b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
    ".webp": _webp(),
    ".wav": _wav(),
    ".mp3": (b"\xff\xfb\x90\x00" + bytes(413)) * 3,
    ".flac": _flac(),
    ".mp4": _mp4(),
    ".pdf": _pdf(),
    ".docx": _office("word/document.xml"),
    ".pptx": _office("ppt/presentation.xml"),
    ".xlsx": _office("xl/workbook.xml"),
    ".odt": _open("application/vnd.oasis.opendocument.text"),
    ".epub": _open("application/epub+zip"),
}


def changed(data, at=None):
    """The file with one byte changed: at `at`, or one of its content."""
    if at is None:
        riff = data[:4] == b"RIFF"  # a manifest stands behind the content there
        what = b"the content" if CONTENT in data else b"VP8L" if riff and b"VP8L" in data else b"data"
        at = data.find(what) + 10 if CONTENT in data or riff else len(data) - 3
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
