from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.ledger import tree

# The tree that Certificate Transparency's reference implementation tests with.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


NODES = {
    name: bytes.fromhex(name + rest)
    for name, rest in (
        ("96a296d2", "24f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"),
        ("5f083f0a", "1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
        ("6b47aaf2", "9ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"),
        ("bc1a0643", "b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
        ("ca854ea1", "28ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"),
        ("d37ee418", "976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("fac54203", "e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("6e340b9c", "ffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("0ebc5d34", "37fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"),
    )
}
INCLUSION = {  # its proofs: place and size, and the nodes from the leaf upwards
    (0, 1): "",
    (0, 8): "96a296d2 5f083f0a 6b47aaf2",
    (5, 8): "bc1a0643 ca854ea1 d37ee418",
    (2, 3): "fac54203",
    (1, 5): "6e340b9c 5f083f0a bc1a0643",
}
CONSISTENCY = {  # from size to size
    (1, 1): "",
    (1, 8): "96a296d2 5f083f0a 6b47aaf2",
    (6, 8): "0ebc5d34 ca854ea1 d37ee418",
    (2, 5): "5f083f0a bc1a0643",
}


def hashes_of(ranges):
    return [tree.folded(frontier_of(LEAVES[start:stop])[1]) for start, stop in ranges]


@pytest.mark.parametrize(("place", "nodes"), INCLUSION.items())
def test_inclusion_proofs_are_those_of_the_reference_implementation(place, nodes):
    expected = [NODES[name] for name in nodes.split()]
    assert hashes_of(tree.inclusion_ranges(*place)) == expected
    position, size = place
    assert tree.root_by(tree.leaf_hash(LEAVES[position]), position, size, expected).hex() == ROOTS[size]


@pytest.mark.parametrize(("sizes", "nodes"), CONSISTENCY.items())
def test_consistency_proofs_are_those_of_the_reference_implementation(sizes, nodes):
    expected = [NODES[name] for name in nodes.split()]
    assert hashes_of(tree.consistency_ranges(*sizes)) == expected
    old, size = sizes
    assert tree.later_root(old, size, bytes.fromhex(ROOTS[old]), expected).hex() == ROOTS[size]


def frontier_of(leaves):
    return tree.grow(0, [], [tree.leaf_hash(leaf) for leaf in leaves])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_implementation(size):
    assert tree.folded(frontier_of(LEAVES[:size])[1]).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=4), max_size=70), st.data())
def test_it_does_not_matter_in_which_portions_the_tree_grows(verifier, leaves, data):
    cut = data.draw(st.integers(0, len(leaves)))
    hashes = [tree.leaf_hash(leaf) for leaf in leaves]
    first, frontier = tree.grow(0, [], hashes[:cut])
    second, frontier = tree.grow(cut, frontier, hashes[cut:])
    assert (first + second, frontier) == frontier_of(leaves)
    assert len(frontier) == len(leaves).bit_count()
    assert tree.folded(frontier) == verifier.root(leaves)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70))
def test_each_leaf_carries_the_nodes_that_it_completes(verifier, leaves):
    completed, _ = frontier_of(leaves)
    for position, hashes in enumerate(completed):
        for level in range(len(hashes) // 32):
            covered = leaves[position + 1 - (1 << level) : position + 1]
            assert hashes[32 * level : 32 * level + 32] == verifier.root(covered)


@given(st.integers(1, 5000), st.data())
def test_the_ranges_of_an_inclusion_proof_and_its_leaf_make_up_the_log(size, data):
    position = data.draw(st.integers(0, size - 1))
    ranges = tree.inclusion_ranges(position, size)
    assert len(ranges) <= (size - 1).bit_length()
    covered = sorted([*ranges, (position, position + 1)])
    assert covered[0][0] == 0
    assert covered[-1][1] == size
    assert all(left[1] == right[0] for left, right in pairwise(covered))


@given(st.integers(0, 200), st.integers(0, 12), st.integers(1, 4096))
def test_a_cover_is_made_of_complete_nodes_side_by_side(multiple, spare, width):
    start = multiple << (width.bit_length() - 1 + spare)
    at = start
    for level, index in tree.cover(start, start + width):
        assert index << level == at
        at += 1 << level
    assert at == start + width


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.data())
def test_new_leaves_get_their_proofs_from_nothing_but_the_frontier(verifier, leaves, data):
    cut = data.draw(st.integers(0, len(leaves) - 1))
    hashes = [tree.leaf_hash(leaf) for leaf in leaves]
    root, proofs = tree.proofs(cut, tree.grow(0, [], hashes[:cut])[1], hashes[cut:])
    assert root == verifier.root(leaves)
    assert len(proofs) == len(leaves) - cut
    for position, proof in enumerate(proofs, cut):
        assert verifier.included(hashes[position], position, len(leaves), proof, root)
        assert tree.root_by(hashes[position], position, len(leaves), proof) == root


@given(st.integers(1, 200), st.data())
def test_a_proof_of_another_place_or_length_gives_no_root_or_another_one(size, data):
    leaves = [tree.leaf_hash(b"%d" % number) for number in range(size)]
    root, proofs = tree.proofs(0, [], leaves)
    position, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size))
    proof = proofs[position]
    if other != position:
        try:
            assert tree.root_by(leaves[position], other, size, proof) != root
        except ValueError:
            assert not 0 <= other < size or len(proofs[other]) != len(proof)
    with pytest.raises(ValueError, match="zip"):
        tree.root_by(leaves[position], position, size, [*proof, bytes(32)])


@given(st.integers(1, 200), st.data())
def test_consistency_proofs_lead_to_the_later_root_and_changed_ones_do_not(size, data):
    old = data.draw(st.integers(1, size))
    leaves = [tree.leaf_hash(b"%d" % number) for number in range(size)]

    def root(start, stop):
        return tree.folded(tree.grow(0, [], leaves[start:stop])[1])

    proof = [root(*one) for one in tree.consistency_ranges(old, size)]
    assert tree.later_root(old, size, root(0, old), proof) == root(0, size)
    for wrong in (proof[1:], [*proof, bytes(32)]):
        if wrong != proof:
            with pytest.raises(ValueError, match="consistency proof"):
                tree.later_root(old, size, root(0, old), wrong)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        changed = [bytes(32) if at == place else one for at, one in enumerate(proof)]
        with suppress(ValueError):
            assert tree.later_root(old, size, root(0, old), changed) != root(0, size)
