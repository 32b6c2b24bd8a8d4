import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.passages.postings import MOST_TEXTS, WHOLE, Postings, packed, unpacked
from sekisho.provenance.passages.prints import BITS, Fingerprinter

FINGERPRINTER = Fingerprinter(bytes(range(32)))
LINES = st.lists(
    st.tuples(st.integers(0, (1 << BITS) - 1), st.integers(0, 2**32 - 1), st.integers(0, WHOLE)), max_size=50
)


def postings(lines):
    if not lines:
        return Postings.none()
    columns = zip(*lines, strict=True)
    return Postings(
        *(np.array(one, kind) for one, kind in zip(columns, (np.uint64, np.uint32, np.uint16), strict=True))
    )


def lines_of(found):
    return list(zip(*(column.tolist() for column in found), strict=True))


@given(LINES, st.integers(16, 24))
def test_rows_read_back_as_what_was_written(lines, bits):
    ordered = postings(lines).sorted()
    rows = list(ordered.rows(bits))
    assert [bucket for bucket, _ in rows] == sorted({hashed >> (BITS - bits) for hashed, _, _ in lines})
    assert lines_of(Postings.read(rows, bits)) == lines_of(ordered)


@given(st.text(max_size=400), st.integers(0, 2**32 - 1))
def test_what_is_packed_comes_out_with_its_number(text, number):
    prints = FINGERPRINTER.of(text)
    found = unpacked(number, packed(prints))
    first = {}
    for hashed, start in zip(prints.hashes.tolist(), prints.starts.tolist(), strict=True):
        first.setdefault(hashed, start)
    whole = [] if prints.whole is None else [(prints.whole, number, WHOLE)]
    assert sorted(lines_of(found)) == sorted([(hashed, number, start) for hashed, start in first.items()] + whole)


def test_a_piece_beyond_the_places_that_fit_is_not_remembered():
    prints = FINGERPRINTER.of("".join(map(chr, range(0x4E00, 0x4E00 + 20_000))) * 5)
    found = unpacked(1, packed(prints))
    assert max(found.places[found.places != WHOLE]) < WHOLE
    assert (found.places == WHOLE).sum() == 1


@given(LINES)
def test_sorting_keeps_all_and_the_order_of_equals(lines):
    assert lines_of(postings(lines).sorted()) == sorted(lines, key=lambda line: line[0])


@given(LINES, LINES)
def test_joining_and_taking_are_what_lists_do(first, second):
    joined = Postings.joined([postings(first), postings(second)])
    assert lines_of(joined) == first + second
    assert lines_of(joined.taken(slice(len(first), None))) == second
    assert len(Postings.joined([])) == 0


def test_of_a_piece_that_very_many_texts_have_only_the_first_are_kept():
    common = [(7, number, 0) for number in range(MOST_TEXTS + 10)]
    kept = postings([(3, 1, 1), *common, (9, 2, 2)]).rare()
    assert lines_of(kept) == [(3, 1, 1), *common[:MOST_TEXTS], (9, 2, 2)]
    few = postings(common[:5])
    assert few.rare() is few
