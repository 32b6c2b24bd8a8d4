from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.codes import FILE, WIDEST, Codes, Near, Veil
from sekisho.provenance.index_file import key_of
from sekisho.provenance.media.code import IMAGE, differing

CODE = st.binary(min_size=32, max_size=32)
ONE, OTHER = IMAGE + bytes(range(32)), IMAGE + bytes(range(100, 132))


def with_bits(code, count):
    """The code with its last bits turned over."""
    return (int.from_bytes(code) ^ ((1 << count) - 1)).to_bytes(34)


@pytest.fixture
def codes(tmp_path):
    with closing(Codes.open(tmp_path)) as opened:
        yield opened


def test_what_is_near_is_found_by_distance_and_what_is_far_is_not(codes):
    codes.change([(1, ONE), (2, with_bits(ONE, 5)), (3, with_bits(ONE, WIDEST + 1)), (4, OTHER)])
    assert codes.near([ONE]) == [Near(1, 0), Near(2, 5)]
    assert codes.near([OTHER, ONE]) == [Near(1, 0), Near(4, 0), Near(2, 5)]
    assert codes.near([]) == []


def test_an_entry_counts_once_with_its_nearest_code(codes):
    codes.change([(7, with_bits(ONE, 9)), (7, with_bits(ONE, 3)), (7, with_bits(ONE, 3))])
    assert codes.near([ONE, with_bits(ONE, 1)]) == [Near(7, 2)]


def test_changes_may_be_repeated_and_erased_ones_are_found_no_more(codes):
    for _ in range(2):
        codes.change([(1, ONE), (2, OTHER)], erase=[2])
    assert codes.near([ONE, OTHER]) == [Near(1, 0)]
    codes.clear()
    assert codes.near([ONE]) == []


def test_another_process_sees_what_was_added_and_erased(codes, tmp_path):
    with closing(Codes.open(tmp_path)) as reader:
        assert reader.near([ONE]) == []
        codes.change([(1, ONE)])
        assert reader.near([ONE]) == [Near(1, 0)]
        codes.change(erase=[1])
        assert reader.near([ONE]) == []


@given(CODE, CODE, st.binary(min_size=32, max_size=32))
def test_a_veil_keeps_distances_and_hides_codes(one, other, key):
    veil = Veil(key)
    assert differing(veil.over(one), veil.over(other)) == differing(one, other)
    assert veil.over(one) == Veil(key).over(one)
    assert Veil(bytes(32)).over(ONE[2:]) != Veil(bytes([1]) * 32).over(ONE[2:])


def test_no_code_stands_in_the_file_and_nobody_else_may_read_it(codes, tmp_path):
    codes.change([(1, ONE)])
    raw = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE.name}*"))
    assert ONE[2:] not in raw
    assert ((tmp_path / FILE.name).stat().st_mode & 0o777) == 0o600


def test_an_erased_code_leaves_the_files(codes, tmp_path):
    codes.change([(1, ONE), (2, OTHER)])
    codes.change(erase=[1])
    raw = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE.name}*"))
    veil = Veil(key_of(tmp_path))
    assert (veil.over(ONE[2:]) in raw, veil.over(OTHER[2:]) in raw) == (False, True)
