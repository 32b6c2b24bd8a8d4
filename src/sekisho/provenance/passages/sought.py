"""The postings of single hashes, out of the rows in which they would stand."""

from collections.abc import Iterable
from struct import Struct

from sekisho.provenance.passages.postings import ROW, Postings
from sekisho.provenance.passages.prints import BITS

SIZE = ROW.itemsize
SHORT = 160 * SIZE  # bytes: a row of so many is looked through as a whole
REACH = 20 * SIZE  # bytes, and
REACH_SHARE = 16  # of the row one part of so many: so far from where it is expected a hash is looked for
_REST = Struct("<I")


def sought(rows: Iterable[tuple[int, bytes]], bits: int) -> Postings:
    """The postings of each hash in its row, in this order.

    A row is sorted, and hashes are spread evenly: each has its place at its share of the row, with a standard deviation
    of at most half the root of the row's length. So only a part of a long row is looked through. What stands at both
    ends of that part must bracket the rest of the hash; where it does not, the whole row is.
    """
    rest_bits = BITS - bits
    mask = (1 << rest_bits) - 1
    pack, unpack = _REST.pack, _REST.unpack_from
    found: list[tuple[int, bytes]] = []
    for one, raw in rows:
        rest, start, end = one & mask, 0, len(raw)
        if end > SHORT:
            expected, reach = rest * end >> rest_bits, REACH + end // REACH_SHARE
            low, high = max(expected - reach, 0) // SIZE * SIZE, (expected + reach) // SIZE * SIZE
            after = low == 0 or unpack(raw, low)[0] < rest
            if after and (high >= end or unpack(raw, high - SIZE)[0] > rest):
                start, end = low, high
        packed = pack(rest)
        at = raw.find(packed, start, end)
        if at >= 0:  # in most rows not
            found.append((one >> rest_bits, _cut(raw, packed, at)))
    return Postings.read(found, bits)


def _cut(raw: bytes, rest: bytes, at: int) -> bytes:
    """The postings of a row that begin with `rest`, which was found there; they stand side by side."""
    while at >= 0 and at % SIZE:  # found across a border, or in another column
        at = raw.find(rest, at + 1)
    if at < 0:
        return b""
    end = at
    while raw.startswith(rest, end):
        end += SIZE
    return raw[at:end]
