import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.ledger import storage
from sekisho.ledger.altered import LedgerAltered
from sekisho.ledger.record import Entry
from sekisho.ledger.storage import Appended, Head


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=5))
def test_a_head_has_a_hash_for_each_complete_subtree(frontier):
    size = (1 << len(frontier)) - 1
    assert Head.of([(size, b"".join(frontier))]) == Head(size, frontier)
    for wrong in ([], [(size, b"".join(frontier))] * 2, [(size + 1, b"".join(frontier) + b"x")], [(-1, b"")]):
        with pytest.raises(LedgerAltered):
            Head.of(wrong)


def test_proofs_of_what_was_appended_come_from_the_head_before(verifier):
    entries = [Entry(at, str(at), verifier.leaf(b"%d" % at)) for at in range(3)]
    root, proofs = Appended(Head(0, []), entries).proofs()
    assert root == verifier.root([b"0", b"1", b"2"])
    assert all(
        verifier.included(one.leaf, one.position, 3, proof, root) for one, proof in zip(entries, proofs, strict=True)
    )


@pytest.mark.parametrize("ledger", ["file", "server"], indirect=True)
async def test_contents_to_erase_are_found_the_same_way_in_both_stores(ledger, record):
    await asyncio.gather(*[ledger.append(record(number, b"x", number * 10 or None)) for number in range(5)])
    await ledger.append(record(5))

    def found(query):
        return [position for position, _ in ledger._store.read(*query)]

    assert found(storage.kept(record(3).exchange)) == [3]
    assert found(storage.kept(record(5).exchange)) == []
    assert found(storage.due(30, 9)) == [1, 2, 3]
    assert found(storage.due(30, 2)) == [1, 2]
    assert found(storage.begun_before(record(3).exchange, 9)) == [0, 1, 2]
