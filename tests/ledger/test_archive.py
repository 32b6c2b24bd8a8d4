import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.ledger.archive import END, ArchiveBroken, ArchiveReader, ArchiveWriter, header

MEMBERS = st.lists(st.tuples(st.sampled_from(["a", "tile/0/000", "x" * 100]), st.binary(max_size=1500)), max_size=4)


def written(members):
    file = io.BytesIO()
    archive = ArchiveWriter(file)
    for name, content in members:
        archive.add(name, content)
    archive.end()
    return file.getvalue()


@given(MEMBERS)
def test_what_was_written_is_read_and_others_can_unpack_it(members):
    raw = written(members)
    archive = ArchiveReader(io.BytesIO(raw))
    assert [(name, archive.take(name, 2000)) for name, _ in members] == members
    archive.end()
    assert archive.read == len(raw)
    with tarfile.open(fileobj=io.BytesIO(raw)) as others:
        found = [(one.name, others.extractfile(one).read(), one.mode, one.mtime) for one in others.getmembers()]
    assert found == [(name, content, 0o644, 0) for name, content in members]


def test_both_sides_have_hashed_the_same_bytes():
    file = io.BytesIO()
    writer = ArchiveWriter(file)
    writer.add("a", b"text")
    reader = ArchiveReader(io.BytesIO(file.getvalue()))
    reader.take("a", 4)
    assert reader.digest == writer.digest


@given(st.integers(0), st.integers(0, 7))
def test_every_bit_of_an_archive_matters_or_is_its_content(place, bit):
    raw = bytearray(written([("a", b"text"), ("b", b"")]))
    place %= len(raw)
    raw[place] ^= 1 << bit
    archive = ArchiveReader(io.BytesIO(bytes(raw)))
    if 512 <= place < 516:
        assert archive.take("a", 100) != b"text"
        return
    with pytest.raises(ArchiveBroken):
        read_all(archive)


def read_all(archive):
    assert archive.take("a", 100) == b"text"
    assert archive.take("b", 100) == b""
    archive.end()


def test_a_member_longer_than_expected_is_not_read():
    raw = written([("a", b"text")])
    with pytest.raises(ArchiveBroken, match="member a"):
        ArchiveReader(io.BytesIO(raw)).take("a", 3)


@pytest.mark.parametrize("digits", [b"-0000000004", b"0x000000004", b"         4 ", b"00000000008", b"77777777777"])
def test_a_size_that_is_none_is_found(digits):
    raw = bytearray(written([("a", b"text")]))
    raw[124:135] = digits
    with pytest.raises(ArchiveBroken):
        ArchiveReader(io.BytesIO(bytes(raw))).take("a", 1 << 40)


def test_nothing_may_follow_the_end():
    for tail in (END[:-1], END + b"\0", b"", END + END):
        with pytest.raises(ArchiveBroken, match="end"):
            ArchiveReader(io.BytesIO(tail)).end()


@pytest.mark.parametrize(("name", "size"), [("x" * 101, 0), ("a", 8**11), ("a", -1), ("あ", 0)])
def test_what_a_header_cannot_say_is_refused(name, size):
    with pytest.raises(ValueError, match=r"not a member|ascii"):
        header(name, size)
