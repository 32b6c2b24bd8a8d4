"""The postings of single hashes, out of the rows in which they would stand."""

from collections.abc import Iterable
from struct import Struct

from sekisho.provenance.passages.postings import ROW, Postings
from sekisho.provenance.passages.prints import BITS

SHORT = 160  # postings: a row of so few is looked through as a whole
REACH = 20  # postings, and
REACH_SHARE = 16  # of the row one part of so many: so far from where it is expected a hash is looked for
_REST = Struct("<I")


def sought(rows: Iterable[tuple[int, bytes]], bits: int) -> Postings:
    """The postings of each hash in its row, in this order."""
    rest_bits = BITS - bits
    mask = (1 << rest_bits) - 1
    found: list[tuple[int, bytes]] = []
    for one, raw in rows:
        rest = one & mask
        near = raw if len(raw) <= SHORT * ROW.itemsize else _near(raw, rest, rest_bits)
        packed = _REST.pack(rest)
        if packed in near:  # in most rows not
            found.append((one >> rest_bits, _cut(near, packed)))
    return Postings.read(found, bits)


def _near(raw: bytes, rest: int, rest_bits: int) -> bytes:
    """The part of a row in which a rest must be, if it is anywhere; the whole row where that is not certain.

    A row is sorted, and hashes are spread evenly: each has its place at its share of the row, with a standard deviation
    of at most half the root of the row's length. What stands at both ends of the part must bracket the rest.
    """
    count = len(raw) // ROW.itemsize
    expected = rest * count >> rest_bits
    reach = REACH + count // REACH_SHARE
    low, high = max(expected - reach, 0) * ROW.itemsize, (expected + reach) * ROW.itemsize
    after = low == 0 or _REST.unpack_from(raw, low)[0] < rest
    before = high >= len(raw) or _REST.unpack_from(raw, high - ROW.itemsize)[0] > rest
    return raw[low:high] if after and before else raw


def _cut(raw: bytes, rest: bytes) -> bytes:
    """The postings of a row that begin with `rest`; they stand side by side."""
    start = raw.find(rest)
    while start >= 0 and start % ROW.itemsize:  # found across a border, or in another column
        start = raw.find(rest, start + 1)
    if start < 0:
        return b""
    end = start
    while raw.startswith(rest, end):
        end += ROW.itemsize
    return raw[start:end]
