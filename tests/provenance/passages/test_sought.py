import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sekisho.provenance.passages.postings import Postings
from sekisho.provenance.passages.prints import BITS
from sekisho.provenance.passages.sought import sought

LEVEL = 18  # bits of a bucket, which is 5 here
FIRST = 5 << BITS - LEVEL
RESTS = 1 << BITS - LEVEL


def postings(rests):
    """Sorted, with texts and places that hold the bytes of other rests."""
    hashes = np.sort(np.array(rests, np.uint64)) + np.uint64(FIRST)
    texts = np.roll(hashes, 1).astype(np.uint32)
    return Postings(hashes, texts, np.arange(len(hashes)).astype(np.uint16))


def same(found, asked, stored):
    """Whether exactly what the stored postings have of the hashes asked for was found, hash by hash."""
    which = np.concatenate([np.flatnonzero(stored.hashes == np.uint64(one)) for one in asked])
    return all(np.array_equal(*columns) for columns in zip(found, stored.taken(which), strict=True))


@given(st.integers(0, 2**32), st.integers(1, 3000), st.integers(0, 700))
def test_each_hash_is_found_with_all_its_postings_wherever_they_lie_in_the_row(seed, count, crowd):
    chance = np.random.default_rng(seed)
    crowded = [int(chance.integers(RESTS))] * crowd  # as the piece that many texts have
    stored = postings([*chance.integers(RESTS, size=count).tolist(), *crowded])
    ((bucket, raw),) = stored.rows(LEVEL)
    assert bucket == 5
    asked = [*chance.choice(stored.hashes, 20).tolist(), *(FIRST + chance.integers(RESTS, size=20)).tolist()]
    asked += [FIRST, FIRST + RESTS - 1, *(FIRST + one for one in crowded[:1])]
    assert same(sought([(one, raw) for one in asked], LEVEL), asked, stored)


def test_a_hash_that_is_far_from_where_it_is_expected_is_found():
    stored = postings([*range(1000), RESTS - 1])
    ((_, raw),) = stored.rows(LEVEL)
    asked = [FIRST + 7, FIRST + 999, FIRST + RESTS - 1, FIRST + RESTS // 2]
    assert same(sought([(one, raw) for one in asked], LEVEL), asked, stored)


def test_nothing_is_found_where_there_is_no_row():
    assert len(sought([], LEVEL)) == 0
