"""Our tree against others' code: pymerkle computes the same roots, and accepts our inclusion proofs.

`make check-go` does the same with golang.org/x/mod/sumdb, consistency proofs and tiles included; see tests/go.
"""

import asyncio

import pytest
from pymerkle import InmemoryTree, InvalidProof, verify_inclusion

SIZE = 70


@pytest.fixture
async def both(ledger, record):
    """Our log and another's tree over the same entries."""
    await asyncio.gather(*[ledger.append(record(number)) for number in range(SIZE)])
    others = InmemoryTree(algorithm="sha256")
    for number in range(SIZE):
        others.append_entry(record(number).statement)
    return ledger, others


async def test_roots_of_all_sizes_agree(both):
    ledger, others = both
    assert [ledger.root_at(size) for size in range(SIZE + 1)] == [others.get_root(size) for size in range(SIZE + 1)]


async def test_others_accept_our_inclusion_proofs_and_no_changed_ones(both):
    ledger, others = both
    for position in range(SIZE):
        for size in {position + 1, (position + SIZE) // 2 + 1, SIZE}:
            proof = others.prove_inclusion(position + 1, size)  # it counts from one
            leaf = proof.path[0]
            proof.path = [leaf, *ledger.inclusion_proof(position, size)]
            verify_inclusion(leaf, others.get_root(size), proof)
            if len(proof.path) > 1:
                proof.path[-1] = bytes(32)
                with pytest.raises(InvalidProof):
                    verify_inclusion(leaf, others.get_root(size), proof)
