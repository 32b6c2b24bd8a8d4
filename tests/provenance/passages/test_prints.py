import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.passages.prints import BITS, GRAM, LEAST, WINDOW, Fingerprinter

FINGERPRINTER = Fingerprinter(bytes(range(32)))
WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzあいうえお漢字", max_size=300)


@given(WORDS)
def test_of_eight_pieces_in_a_row_one_is_remembered(text):
    starts = FINGERPRINTER.of(text).starts
    last = len(text) - GRAM  # of the pieces
    reached = -1
    for start in [*starts.tolist(), last + 1]:
        assert start - reached <= WINDOW or start > last >= start - WINDOW
        reached = start


@given(WORDS, WORDS, WORDS)
def test_a_piece_is_remembered_whatever_stands_beside_it(before, text, after):
    alone, within = FINGERPRINTER.of(text), FINGERPRINTER.of(before + text + after)
    offset = len(before)
    known = dict(zip(within.starts.tolist(), within.hashes.tolist(), strict=True))
    for start, hashed in zip(alone.starts.tolist(), alone.hashes.tolist(), strict=True):
        assert known[start + offset] == hashed
    inside = [at for at in known if offset <= at <= offset + len(text) - GRAM]
    assert len(inside) == len(alone.starts)


@given(st.text(max_size=60))
def test_fingerprints_have_48_bits_and_the_whole_text_one_where_it_is_long_enough(text):
    prints = FINGERPRINTER.of(text)
    assert (prints.hashes < np.uint64(1 << BITS)).all()
    assert (prints.whole is None) == (len(prints.letters) < LEAST)


def test_another_key_chooses_other_pieces_and_hashes_them_otherwise():
    text = "The quick brown fox jumps over the lazy dog, and then it does so again because it can."
    mine, other = FINGERPRINTER.of(text), Fingerprinter(bytes(32)).of(text)
    assert not set(mine.hashes.tolist()) & set(other.hashes.tolist())
    assert mine.whole != other.whole
    assert mine.starts.tolist() != other.starts.tolist()


def test_about_two_of_nine_pieces_are_remembered():
    chance = np.random.default_rng(1)
    text = "".join(map(chr, chance.integers(0x4E00, 0x9000, 20_000).tolist()))
    assert 0.20 < len(FINGERPRINTER.of(text).starts) / len(text) < 0.25
