import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.entropy import PIECE, Entropy


@given(st.lists(st.integers(1, 64), min_size=1, max_size=400))
def test_no_byte_is_handed_out_twice(sizes):
    source = Entropy()
    taken = [source.take(size) for size in sizes]
    assert [len(one) for one in taken] == sizes
    long = [one for one in taken if len(one) >= 12]
    assert len(set(long)) == len(long)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # a fork beside threads, which is the point here
def test_a_forked_process_draws_bytes_of_its_own():
    source = Entropy()
    source.take(1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, source.take(32))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 32) != source.take(32)
    os.close(reader)
    os.close(writer)


def test_a_piece_is_the_most_that_can_be_taken_at_once():
    assert len(Entropy().take(PIECE)) == PIECE
